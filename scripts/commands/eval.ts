import { closeSync, openSync, writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { SwarmdError } from '../../config/errors.ts';
import { outOfFold } from '../../router/learning/cross-validate.ts';
import { bootstrapApgr, evaluateRanking, oracleNeeds, seededRandom } from '../../router/learning/evaluate.ts';
import { countLearned } from '../../router/learning/leaks.ts';
import { prequentialNeeds } from '../../router/learning/prequential.ts';
import { type RecordedLine, readRecorded } from '../../router/learning/recorded.ts';
import { predictNeed, type RouterModel } from '../../router/learning/router-model.ts';
import { type Progress, print, screenWidth, startProgress, tell } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { tableLines } from '../terminal/table.ts';
import { curveLines, curveSvg } from './eval-curve.ts';
import { learnedOrPrior, readInput, tellUnknownFields } from './learned-file.ts';
import { assertGap, fewLines, giveawaySentence, repetitions } from './recorded-outcomes.ts';
import { type CommonOptions, withCommonOptions } from './settings.ts';

interface EvalOptions extends CommonOptions {
  protocol: 'known' | 'folds' | 'prequential';
  seed: number;
  svg?: string;
}

export function registerEval(program: Command): void {
  withCommonOptions(
    program
      .command('eval')
      .description(
        'replay recorded outcomes: APGR, CPT(50), CPT(80), beside random, prompt length and oracle',
      )
      .argument('<file>', 'JSONL, one {id, prompt, weak: {correct, response?}, strong: {correct}} a line'),
  )
    .addOption(
      new Option(
        '--protocol <name>',
        'known: what is learned now; folds: learn on four fifths, score the rest; prequential: predict each line, then learn from it',
      )
        .choices(['known', 'folds', 'prequential'])
        .default('known'),
    )
    .addOption(
      new Option('--seed <n>', 'for the intervals and the random router').default(1).argParser(whole),
    )
    .option('--svg <file>', 'write the curves as SVG')
    .addHelpText('after', '\nExample:\n  swarmd eval recorded.jsonl --protocol folds --svg curves.svg')
    .action(evaluate);
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** Its figures are those of one seed: another draw is as far from one half as its interval is wide. */
const oneDraw = 'random (one draw; 0.5 expected)';

export interface EvalRow {
  router: string;
  apgr: number;
  low: number;
  high: number;
  cpt50: number;
  cpt80: number;
  curve: Float64Array;
}

function evaluate(file: string, options: EvalOptions): void {
  const { text } = readInput(file);
  const all = readRecorded(text, file);
  const lines = all.filter((line) => line.strong !== undefined);
  assertGap(file, all);
  if (options.svg !== undefined) assertWritable(options.svg);
  tellUnknownFields(text, options);
  const records = lines.map((line) => ({
    weakCorrect: line.weak.correct,
    strongCorrect: line.strong?.correct === true,
  }));
  const progress = startProgress('evaluating');
  const answered = lines.every((line) => line.weak.response !== undefined);
  const routers: [string, number[]][] = [['prompts only', needsOf(lines, options, false, progress)]];
  if (answered) routers.push(['with answers', needsOf(lines, options, true, progress)]);
  const random = seededRandom(options.seed);
  routers.push(['random', lines.map(() => random())]);
  routers.push(['prompt length', lines.map((line) => line.prompt.length)]);
  routers.push(['oracle', oracleNeeds(records)]);
  const rows = routers.map(([router, needs]): EvalRow => {
    progress.update(`interval of ${router}`);
    const result = evaluateRanking(needs, records);
    if (result === undefined) throw new Error('no gap, although it was looked for');
    const [low, high] = bootstrapApgr(needs, records, options.seed);
    const { apgr, cpt50, cpt80, curve } = result;
    return { router, apgr, low, high, cpt50, cpt80, curve };
  });
  const leaks = leaksOf(lines, options);
  progress.end();
  for (const leak of leaks) tell(`swarmd: LEAK: ${safeLine(leak)}`);
  const few = [fewLines(lines)].filter((one) => one !== undefined);
  const warnings = [...few, ...repetitions(lines)];
  for (const warning of warnings) tell(`swarmd: ${safeLine(warning)}`);
  const shipped = options.protocol === 'known' && !learnedOrPrior(options).own;
  if (shipped) {
    const { source } = learnedOrPrior(options).provenance;
    tell(`swarmd: nothing was learned here: the router is what ships, fitted on ${source}. On prompts`);
    tell('  of those sets its figures say too much; --protocol folds fits anew on the lines of the file');
  }
  if (options.svg !== undefined) writeFileSync(options.svg, curveSvg(rows));
  if (options.json === true) {
    const shown = rows.map(({ curve: _, ...row }) => row);
    print(
      jsonLine({
        file,
        lines: lines.length,
        protocol: options.protocol,
        seed: options.seed,
        router_of:
          options.protocol !== 'known' ? 'these lines' : shipped ? 'what ships' : 'what was learned here',
        leaks,
        warnings,
        routers: shown,
      }),
    );
    return;
  }
  const accuracy = evaluateRanking(routers[0]?.[1] ?? [], records);
  print(
    `${lines.length} lines, weak model right ${percent(accuracy?.weakAccuracy)}, strong ${percent(accuracy?.strongAccuracy)}; protocol ${options.protocol}`,
  );
  print();
  const columns = [
    { title: 'ROUTER', value: (row: EvalRow) => (row.router === 'random' ? oneDraw : row.router) },
    { title: 'APGR', value: (row: EvalRow) => row.apgr.toFixed(3), align: 'right' as const },
    { title: '95 %', value: (row: EvalRow) => `${row.low.toFixed(3)} to ${row.high.toFixed(3)}` },
    { title: 'CPT(50)', value: (row: EvalRow) => percent(row.cpt50), align: 'right' as const },
    { title: 'CPT(80)', value: (row: EvalRow) => percent(row.cpt80), align: 'right' as const },
  ];
  for (const line of tableLines(rows, columns, screenWidth())) print(line);
  print();
  for (const line of curveLines(rows)) print(line);
}

/** Before anything is computed: a place that cannot be written is a slip in the command. */
function assertWritable(path: string): void {
  try {
    closeSync(openSync(path, 'a'));
  } catch (error) {
    throw new SwarmdError('USAGE', `cannot write ${path}: ${(error as Error).message}`, {
      where: '--svg',
      allowed: 'a file in a folder that exists and can be written',
      cause: error,
    });
  }
}

/** Why these figures are not to be believed; empty where nothing was found. */
function leaksOf(lines: readonly RecordedLine[], options: EvalOptions): string[] {
  const found: string[] = [];
  if (options.protocol === 'known') {
    const { provenance } = learnedOrPrior(options);
    const learned = provenance.prompts === undefined ? 0 : countLearned(lines, provenance.prompts);
    if (learned > 0)
      found.push(
        `${learned} of ${lines.length} prompts were learned from (${provenance.source}, ${provenance.learnedAt}): evaluate on others, or with --protocol folds`,
      );
  }
  const giveaway = giveawaySentence(lines);
  if (giveaway !== undefined) found.push(giveaway);
  return found;
}

/** The predicted needs of the strong model, by the protocol that was asked for. */
function needsOf(
  lines: readonly RecordedLine[],
  options: EvalOptions,
  answers: boolean,
  progress: Progress,
): number[] {
  const visible = answers
    ? lines
    : lines.map((line) => ({ ...line, weak: { ...line.weak, response: undefined } }));
  const name = `evaluating ${answers ? 'with answers' : 'prompts only'}`;
  const need = (line: RecordedLine, model: RouterModel) =>
    predictNeed(model, line.prompt, answers ? line.weak.response : undefined)?.escalate;
  if (options.protocol === 'known') {
    const { model } = learnedOrPrior(options);
    return visible.map((line) => need(line, model) ?? line.prompt.length);
  }
  if (options.protocol === 'prequential')
    return prequentialNeeds(visible, need, (seen) => progress.busy(`${name}: learning from ${seen} lines`));
  progress.busy(name);
  const needs = outOfFold(visible, undefined, need, (done, of) =>
    progress.update(`${name}: ${done} of ${of} folds`),
  );
  if (needs === undefined) {
    throw new SwarmdError('INPUT_INVALID', `${lines.length} lines are too few for five folds`, {
      allowed: '--protocol known, which scores with what is learned already',
    });
  }
  return needs;
}

function percent(share: number | undefined): string {
  return share === undefined ? '-' : `${(100 * share).toFixed(1)} %`;
}
