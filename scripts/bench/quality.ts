/**
 * The figures of docs/quality.md, from recorded prompts with real answers:
 *
 *   node scripts/bench/quality.ts [DATA_DIR]        default ../shared/data
 *
 * Three rows for each set, and every score is of a line that the model was not fitted on: prompts only
 * (comparable with RouteLLM's routers), with the weak answer seen and its call paid (comparable with cascades),
 * out of the box (the prior fitted on the other set only; on the other halves of both). Beside: random, prompt length, oracle. Fitted on one
 * half and scored on the other, both ways, halves drawn by ten seeds; "of 4/5": fitted on four fifths, each line
 * scored by the model that has not seen it. Intervals are 95 % bootstrap ones.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../config/paths.ts';
import { outOfFold } from '../../router/learning/cross-validate.ts';
import {
  bootstrapApgr,
  evaluateRanking,
  oracleNeeds,
  type Recorded,
  seededRandom,
} from '../../router/learning/evaluate.ts';
import { type RecordedLine, readRecorded } from '../../router/learning/recorded.ts';
import {
  fitPrior,
  fitRouterModel,
  predictNeed,
  type RouterModel,
} from '../../router/learning/router-model.ts';
import { printCheckRates } from './quality-checks.ts';
import { printCodeTimes } from './quality-code.ts';
import { printDamage } from './quality-damage.ts';
import { printGate } from './quality-gate.ts';

const folder = process.argv[2] ?? join(packageRoot(), '..', 'shared', 'data');
if (!existsSync(folder)) {
  console.error(`no data at ${folder}: nothing measured`);
  process.exit(69);
}
const load = (name: string) =>
  readRecorded(readFileSync(join(folder, `${name}-recorded.dev.jsonl`), 'utf8'), name);
const sets = { gsm8k: load('gsm8k'), mmlu: load('mmlu') };
const priors = { gsm8k: fitPrior(sets.mmlu), mmlu: fitPrior(sets.gsm8k) };

for (const name of ['gsm8k', 'mmlu'] as const) {
  const lines = sets[name];
  const records = lines.map(recordOf);
  const halves = name === 'gsm8k' ? 10 : 2;
  console.log(`\n${name}: ${lines.length} lines`);
  row('prompts only, no prior', acrossHalves(lines, halves, undefined, false));
  row('prompts only', acrossHalves(lines, halves, priors[name], false));
  if (lines.every((line) => line.weak.response !== undefined))
    row('with answers', acrossHalves(lines, halves, priors[name], true));
  row('prompts only, of 4/5', acrossFifths(lines, priors[name], false));
  if (lines.every((line) => line.weak.response !== undefined))
    row('with answers, of 4/5', acrossFifths(lines, priors[name], true));
  row('out of the box, both sets', acrossPriors(name));
  const outOfTheBox = lines.map((line) => predictNeed(priors[name], line.prompt, undefined)?.escalate ?? 0);
  row('out of the box', single(outOfTheBox, records));
  const random = seededRandom(1);
  row(
    'random',
    single(
      lines.map(() => random()),
      records,
    ),
  );
  row(
    'prompt length',
    single(
      lines.map((line) => line.prompt.length),
      records,
    ),
  );
  row('oracle', single(oracleNeeds(records), records));
}

printGate(sets.gsm8k);
await printCheckRates(folder);
await printDamage(folder);
await printCodeTimes();

function recordOf(line: RecordedLine): Recorded {
  return { weakCorrect: line.weak.correct, strongCorrect: line.strong?.correct === true };
}

interface Figures {
  apgr: number;
  low: number;
  high: number;
  cpt50: number;
  cpt80: number;
}

function single(needs: readonly number[], records: readonly Recorded[]): Figures {
  const result = evaluateRanking(needs, records);
  if (result === undefined) throw new Error('both models are equally good');
  const [low, high] = bootstrapApgr(needs, records, 1, 300);
  return { apgr: result.apgr, low, high, cpt50: result.cpt50, cpt80: result.cpt80 };
}

/** Means over the halves; the interval is that of the scores of one whole set, each by the other half's model. */
function acrossHalves(
  lines: readonly RecordedLine[],
  seeds: number,
  prior: RouterModel | undefined,
  answers: boolean,
): Figures {
  const results: Figures[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const random = seededRandom(seed);
    const side = lines.map(() => random() < 0.5);
    for (const trained of [true, false]) {
      const train = lines.filter((_, i) => side[i] === trained);
      const test = lines.filter((_, i) => side[i] !== trained);
      const model = fitRouterModel(answers ? train : train.map(withoutResponse), prior);
      const needs = test.map(
        (line) => predictNeed(model, line.prompt, answers ? line.weak.response : undefined)?.escalate ?? 0.5,
      );
      results.push(single(needs, test.map(recordOf)));
    }
  }
  return meanOf(results);
}

function meanOf(results: readonly Figures[]): Figures {
  const mean = (pick: (one: Figures) => number) =>
    results.reduce((sum, one) => sum + pick(one), 0) / results.length;
  return {
    apgr: mean((one) => one.apgr),
    low: mean((one) => one.low),
    high: mean((one) => one.high),
    cpt50: mean((one) => one.cpt50),
    cpt80: mean((one) => one.cpt80),
  };
}

/** The prior fitted on one half of both sets, as the one that ships is on all of it, and scored on one set's other half. */
function acrossPriors(name: keyof typeof sets): Figures {
  const results: Figures[] = [];
  for (let seed = 1; seed <= 2; seed++) {
    const random = seededRandom(seed);
    const halves = Object.values(sets).map((lines) => lines.map((line) => ({ line, side: random() < 0.5 })));
    for (const trained of [true, false]) {
      const train = halves.flatMap((half) => half.filter(({ side }) => side === trained));
      const prior = fitPrior(train.map(({ line }) => withoutResponse(line)));
      const half = halves[Object.keys(sets).indexOf(name)] ?? [];
      const test = half.filter(({ side }) => side !== trained).map(({ line }) => line);
      const needs = test.map((line) => predictNeed(prior, line.prompt, undefined)?.escalate ?? 0.5);
      results.push(single(needs, test.map(recordOf)));
    }
  }
  return meanOf(results);
}

/** Fitted on four fifths, each line scored by the model that has not seen it: nearer to what all lines would give. */
function acrossFifths(
  lines: readonly RecordedLine[],
  prior: RouterModel | undefined,
  answers: boolean,
): Figures {
  const needs = outOfFold(
    answers ? lines : lines.map(withoutResponse),
    prior,
    (line, model) => predictNeed(model, line.prompt, answers ? line.weak.response : undefined)?.escalate,
  );
  if (needs === undefined) throw new Error('too few lines for five parts');
  return single(needs, lines.map(recordOf));
}

function withoutResponse(line: RecordedLine): RecordedLine {
  return { ...line, weak: { ...line.weak, response: undefined } };
}

function row(name: string, { apgr, low, high, cpt50, cpt80 }: Figures): void {
  const interval = `[${low.toFixed(3)}, ${high.toFixed(3)}]`;
  const shares = `CPT50 ${(100 * cpt50).toFixed(1)} %  CPT80 ${(100 * cpt80).toFixed(1)} %`;
  console.log(`  ${name.padEnd(24)} APGR ${apgr.toFixed(3)} ${interval}  ${shares}`);
}
