/** What `swarmd learn` says of what it learned. */
import { leastLabels } from '../../router/learning/calibrate.ts';
import type { Measured } from '../../router/learning/cross-validate.ts';
import type { LearnedFile, Provenance } from '../../router/learning/model-file.ts';
import { leastLines } from '../../router/learning/router-model.ts';
import type { FromLedger } from './learn-from-ledger.ts';
import { gateLines, gatesJson, type LearnedGates } from './learned-gates.ts';

/** What was learned, from wherever, before it is written. */
export interface Lesson {
  file: LearnedFile;
  gates: LearnedGates;
  measured: readonly Measured[] | undefined;
  ledger?: FromLedger;
  /** A router was fitted on the ledger and left out, being no better than chance as far as is shown. */
  routerLeftOut?: boolean;
  /** What speaks against the file that a person named. */
  doubts?: FileDoubts;
}

export interface FileDoubts {
  distinctPrompts: number;
  /** Words that give the outcome away: what is learned is then worth nothing. */
  leaks: readonly string[];
  /** Lines and ids that come more than once. */
  warnings: readonly string[];
  /** Why there is no APGR, where it was to be measured. */
  notMeasured: string | undefined;
}

/** Where it comes from, without the hashes of its prompts. */
export function provenanceJson({ prompts: _, learnedAt, ...rest }: Provenance) {
  return { learned_at: learnedAt, ...rest };
}

/** As `--json` prints it. */
export function lessonJson(
  { file, gates, measured, ledger, routerLeftOut, doubts }: Lesson,
  path: string,
  dryRun: boolean,
) {
  return {
    ...provenanceJson(file.provenance),
    path,
    measured:
      measured?.map(({ strongAssumed, ...row }) => ({ ...row, strong_assumed: strongAssumed })) ?? null,
    ...gatesJson(gates),
    dry_run: dryRun,
    ...(doubts === undefined
      ? {}
      : {
          distinct_prompts: doubts.distinctPrompts,
          leaks: doubts.leaks,
          warnings: doubts.warnings,
          not_measured: doubts.notMeasured ?? null,
        }),
    ...(ledger === undefined
      ? {}
      : {
          types: ledger.types,
          prompts: ledger.prompts,
          router_kept: ledger.prompts.enough && routerLeftOut !== true,
        }),
  };
}

/** For a person; what is indented belongs to the line before. */
export function lessonLines({ file, gates, measured, ledger, routerLeftOut, doubts }: Lesson): string[] {
  const { provenance } = file;
  const distinct =
    doubts === undefined || doubts.distinctPrompts === provenance.lines
      ? ''
      : ` (${doubts.distinctPrompts} distinct prompts)`;
  const from =
    ledger === undefined
      ? `${provenance.lines} lines${distinct} of ${provenance.source}`
      : `${provenance.lines} labelled answers of the ledger (${Object.entries(provenance.labels ?? {})
          .map(([source, count]) => `${source} ${count}`)
          .join(', ')})`;
  return [
    `learned from ${from}`,
    ...(measured ?? []).map(measuredLine),
    ...(doubts?.notMeasured === undefined ? [] : [`  no APGR: ${doubts.notMeasured}`]),
    ...gateLines(gates),
    ...(ledger === undefined || ledger.notOfTheGate === 0
      ? []
      : [
          `  ${ledger.notOfTheGate} of them teach the gate nothing: hard failures, wrong-tier, answers out of the cache, doubtful labels`,
        ]),
    ...(ledger?.types ?? [])
      .filter((one) => !one.enough)
      .map(
        (one) =>
          `  too few labels for type ${one.type}: ${one.labels} of ${leastLabels} (${one.good} good, ${one.bad} bad)`,
      ),
    ...(ledger !== undefined
      ? [promptLine(ledger, routerLeftOut === true)]
      : provenance.kept === undefined
        ? []
        : [`  kept: ${provenance.kept}`]),
  ];
}

function measuredLine({ name, strongAssumed, apgr, low, high }: Measured): string {
  const assumed = strongAssumed ? ', the stronger model taken to be right where it was not asked' : '';
  const verdict = low > 0.5 ? '' : ': not shown to be better than chance';
  return `  ${name}: APGR ${apgr.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] (5-fold; chance is 0.5${assumed})${verdict}`;
}

function promptLine({ prompts, file }: FromLedger, leftOut: boolean): string {
  const counted = `${prompts.labelled} prompts with a known outcome, ${prompts.right} answered well by a local model`;
  const { kept } = file.provenance;
  if (leftOut)
    return `  router fitted on ${counted}, and not kept: it is not shown to rank better than chance (--keep-unproven keeps it); ${kept === undefined ? 'what ships ranks on' : `kept: ${kept}`}`;
  if (prompts.enough) return `  router fitted on ${counted}`;
  return `  router not fitted: ${counted}; ${leastLines} are needed${kept === undefined ? '' : ` (kept: ${kept})`}`;
}
