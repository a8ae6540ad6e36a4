import { mkdirSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, Option } from 'commander';
import { SwarmdError } from '../../config/errors.ts';
import { sinceTime } from '../../daemon/http/query.ts';
import { version } from '../../daemon/version.ts';
import { attemptCalibrations, type LabelledAnswer, leastLabels } from '../../router/learning/calibrate.ts';
import { crossValidate, type Measured } from '../../router/learning/cross-validate.ts';
import { promptHashes } from '../../router/learning/leaks.ts';
import { type LearnedFile, rollBackLearned, writeLearned } from '../../router/learning/model-file.ts';
import { checksOf } from '../../router/learning/offline-checks.ts';
import { type RecordedLine, readRecorded } from '../../router/learning/recorded.ts';
import { fitRouterModel, leastLines } from '../../router/learning/router-model.ts';
import { type Progress, print, startProgress, tell } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { type FromLedger, learnFromLedger, withoutRouter } from './learn-from-ledger.ts';
import { learnedHere, learnedPath, readInput, shippedPrior, tellUnknownFields } from './learned-file.ts';
import { gatesOf, unprovenText } from './learned-gates.ts';
import { type Lesson, lessonJson, lessonLines, provenanceJson } from './lesson.ts';
import {
  distinctPrompts,
  giveawaySentence,
  refuseSwapped,
  repetitions,
  whyNotMeasured,
} from './recorded-outcomes.ts';
import { type CommonOptions, configOf, dataDirOf, withCommonOptions } from './settings.ts';

interface LearnOptions extends CommonOptions {
  rollback?: boolean;
  dryRun?: boolean;
  since?: string;
  check: boolean;
  keepUnproven?: boolean;
}

export function registerLearn(program: Command): void {
  withCommonOptions(
    program
      .command('learn')
      .description(
        'learn which prompts and answers need a stronger model: from this installation’s own ledger, or from a file',
      )
      .argument(
        '[file]',
        'JSONL, one {id, prompt, weak: {correct, response?}, strong?: {…}, domain?} a line; without it the ledger',
      ),
  )
    .option('--rollback', 'go back to what was known before the last learn')
    .option('--dry-run', 'say what would be learned, and keep nothing')
    .addOption(
      new Option('--since <time>', 'from the ledger: labels given since 90d, 2026-11-21 (default: all)'),
    )
    .option(
      '--no-check',
      'do not measure by cross-validation what was learned (a router of the ledger is then kept unmeasured)',
    )
    .option('--keep-unproven', 'from the ledger: keep a router that is not shown to be better than chance')
    .addHelpText(
      'after',
      `
From the ledger the gate is calibrated for every type with enough labels (swarmd feedback, hard failures,
comparison with escalated answers, audits), and the router is fitted on prompts with a known outcome. It is kept only
if cross-validation shows it to be better than chance. A running daemon uses what was learned within seconds.

Example:
  swarmd learn --dry-run && swarmd learn
  swarmd learn recorded.jsonl && swarmd score prompts.jsonl`,
    )
    .action(learn);
}

async function learn(file: string | undefined, options: LearnOptions): Promise<void> {
  const path = learnedPath(options);
  if (options.rollback === true) {
    rollBack(file, options, path);
    return;
  }
  const forLedger =
    options.since !== undefined ? '--since' : options.keepUnproven === true ? '--keep-unproven' : undefined;
  if (file !== undefined && forLedger !== undefined)
    throw new SwarmdError('USAGE', `${forLedger} is for the ledger, and a file was named`, {
      where: forLedger,
      allowed: `swarmd learn ${forLedger}${forLedger === '--since' ? ' 90d' : ''}, or swarmd learn FILE.jsonl (a file that a person names is kept whatever it is worth)`,
    });
  const progress = startProgress(`learning from ${file ?? 'the ledger'}`);
  let lesson: Lesson;
  try {
    lesson =
      file === undefined
        ? await learnHere(options, progress)
        : learnFile(file, learnedHere(options), options, progress);
  } finally {
    progress.end();
  }
  for (const leak of lesson.doubts?.leaks ?? []) {
    tell(`swarmd: LEAK: ${safeLine(leak)}`);
    tell('  on prompts without that word, what was learned here is worth little');
  }
  for (const warning of lesson.doubts?.warnings ?? []) tell(`swarmd: ${safeLine(warning)}`);
  if (options.dryRun !== true) {
    mkdirSync(dataDirOf(options), { recursive: true, mode: 0o700 });
    writeLearned(path, lesson.file);
  }
  if (options.json === true) print(jsonLine(lessonJson(lesson, path, options.dryRun === true)));
  else for (const line of lessonLines(lesson)) print(`${/^ */.exec(line)?.[0] ?? ''}${safeLine(line)}`);
  if (options.json === true) return;
  print(
    options.dryRun === true
      ? 'nothing was kept: a dry run'
      : `kept in ${path}; undo with swarmd learn --rollback`,
  );
}

function rollBack(file: string | undefined, options: LearnOptions, path: string): void {
  const beside =
    file !== undefined
      ? safeLine(file)
      : options.dryRun === true
        ? '--dry-run'
        : options.since !== undefined
          ? '--since'
          : options.keepUnproven === true
            ? '--keep-unproven'
            : options.check
              ? undefined
              : '--no-check';
  if (beside !== undefined)
    throw new SwarmdError('USAGE', `--rollback learns nothing, and ${beside} was given with it`, {
      where: '--rollback',
      allowed: 'swarmd learn --rollback, alone or with --json; a second one undoes it',
    });
  const provenance = rollBackLearned(path)?.provenance;
  if (options.json === true)
    print(jsonLine({ path, back_to: provenance === undefined ? null : provenanceJson(provenance) }));
  else if (provenance === undefined)
    print(
      'back to what ships with swarmd; what was learned is set aside, swarmd learn --rollback brings it back',
    );
  else print(safeLine(`back to what was learned ${provenance.learnedAt} from ${provenance.source}`));
}

async function learnHere(options: LearnOptions, progress: Progress): Promise<Lesson> {
  const now = Date.now();
  const since = options.since === undefined ? 0 : sinceTime(options.since, now);
  const before = learnedHere(options);
  const ledger = await learnFromLedger(configOf(options).config, before, { since, now }, (prompts) =>
    progress.busy(`learning from ${prompts} prompts`),
  );
  const measured =
    options.check && ledger.lines.length > 0 ? measureShowing(progress, ledger.lines, true) : undefined;
  if (options.keepUnproven === true || measured === undefined || isProven(measured))
    return { file: ledger.file, gates: ledger.gates, measured, ledger };
  const kept = withoutRouter(ledger, before);
  if (!ledger.gates.attempts.some((attempt) => attempt.proven)) throw nothingProven(measured, ledger);
  return { file: kept.file, gates: ledger.gates, measured, ledger: kept, routerLeftOut: true };
}

/** Better than chance with 95 % confidence. Too few prompts for five folds show nothing. */
function isProven(measured: readonly Measured[]): boolean {
  return measured.length > 0 && measured.every(({ low }) => low > 0.5);
}

function nothingProven([row]: readonly Measured[], { prompts, gates }: FromLedger): SwarmdError {
  const shown =
    row === undefined
      ? 'too few to measure it'
      : `APGR ${row.apgr.toFixed(3)} [${row.low.toFixed(3)}, ${row.high.toFixed(3)}], chance is 0.5`;
  const gateless =
    gates.attempts.length === 0
      ? 'no type has enough labels for the gate'
      : gates.attempts.map(unprovenText).join('; ');
  return new SwarmdError(
    'INPUT_INVALID',
    `the router fitted on ${prompts.labelled} prompts is not shown to be better than chance (${shown}), and ${gateless}: nothing was kept`,
    {
      where: 'learn',
      allowed: `more labels (at least ${leastLabels} of one type for the gate), or swarmd learn --keep-unproven`,
    },
  );
}

function learnFile(
  file: string,
  before: LearnedFile | undefined,
  options: LearnOptions,
  progress: Progress,
): Lesson {
  const { text, sha256 } = readInput(file);
  const lines = readRecorded(text, file === '-' ? 'stdin' : file);
  tellUnknownFields(text, options);
  if (lines.length < leastLines) {
    throw new SwarmdError('INPUT_INVALID', `${lines.length} labelled lines are too few to learn from`, {
      where: file,
      allowed: `at least ${leastLines}: with fewer the uncertainty is greater than what could be learned`,
    });
  }
  const distinct = distinctPrompts(lines);
  if (distinct < leastLines)
    throw new SwarmdError(
      'INPUT_INVALID',
      `${lines.length} labelled lines with ${distinct} distinct ${distinct === 1 ? 'prompt' : 'prompts'} are too few to learn from`,
      {
        where: file,
        allowed: `at least ${leastLines} prompts that differ by more than case, spacing and punctuation`,
      },
    );
  refuseSwapped(file, lines);
  const right = lines.filter((line) => line.weak.correct).length;
  if (right === 0 || right === lines.length) {
    throw new SwarmdError(
      'INPUT_INVALID',
      `the weak model is ${right === 0 ? 'wrong' : 'right'} on all ${lines.length} lines: nothing tells one prompt from another`,
      { where: file, allowed: 'lines with weak.correct true and lines with weak.correct false' },
    );
  }
  progress.busy(`learning from ${lines.length} lines`);
  const model = fitRouterModel(lines, shippedPrior().model);
  const measured = options.check ? measureShowing(progress, lines, false) : undefined;
  const provenance = {
    learnedAt: new Date().toISOString(),
    source: file === '-' ? 'stdin' : basename(file),
    sha256,
    lines: lines.length,
    swarmd: version,
    prompts: promptHashes(lines),
  };
  const leak = giveawaySentence(lines);
  const doubts = {
    distinctPrompts: distinct,
    leaks: leak === undefined ? [] : [leak],
    warnings: repetitions(lines),
    notMeasured: measured?.length === 0 ? whyNotMeasured(lines) : undefined,
  };
  const gates = gatesOf(attemptCalibrations(lines.flatMap(labelOf)), before, configOf(options).config);
  const { calibrations } = gates;
  // A file without types says nothing of the gate: what the ledger taught of it stays.
  if (calibrations.length > 0 || before === undefined || before.calibrations.length === 0)
    return { file: { provenance, model, calibrations }, gates, measured, doubts };
  const kept = `the calibration of the gate of ${before.provenance.learnedAt} from ${before.provenance.source}`;
  return { file: { ...before, provenance: { ...provenance, kept }, model }, gates, measured, doubts };
}

function measureShowing(
  progress: Progress,
  lines: readonly RecordedLine[],
  strongAssumed: boolean,
): Measured[] {
  progress.busy('measuring by cross-validation');
  return crossValidate(lines, undefined, strongAssumed, (done, of) =>
    progress.update(`measuring by cross-validation: ${done} of ${of} folds`),
  );
}

/** An answer with its label, where the line says of which action type it is: the gate is calibrated by type. */
function labelOf(line: RecordedLine): LabelledAnswer[] {
  const { prompt, type, weak } = line;
  if (type === undefined || weak.response === undefined) return [];
  return [{ type, checks: checksOf(prompt, weak.response), critique: weak.critique, good: weak.correct }];
}
