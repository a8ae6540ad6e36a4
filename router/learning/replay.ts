/**
 * What the recorded actions would have cost, and how good their answers would have been, with another threshold or
 * another order of models. Where an action's own record has the answers that would have been given, they count as
 * they were; a model that was not asked is represented by an answer it gave to another action of the same kind,
 * drawn at random. The same seed gives the same figures.
 */
import type { TierName } from '../../config/config.ts';
import type { NanoUsd } from '../../config/money.ts';
import { seededRandom } from './evaluate.ts';

/** One recorded answer. */
export interface ReplayAnswer {
  model: string;
  tier: TierName;
  quality: number;
  /** As recorded. */
  accepted: boolean;
  /** Rejected at any threshold: a hard failure, or the critique alone. */
  fails: boolean;
  /** The chance that it is good: a label's where there is one, else the gate's. */
  good: number;
  cost: NanoUsd;
  /** Of the call alone; what another model would have charged for. */
  inputTokens: number;
  outputTokens: number;
}

export interface ReplayAction {
  /** Names what answers may stand in for one another, best first: type, complexity and model, then less. */
  kinds: (model: string) => readonly string[];
  /** An answer of another model as one of this model's: with its price. */
  standFor: (answer: ReplayAnswer, model: string) => ReplayAnswer;
  /** As recorded, in their order. */
  answers: readonly ReplayAnswer[];
  /** The models that would be asked, in order. */
  candidates: readonly string[];
  threshold: number;
}

export interface ReplayMeasures {
  cost: NanoUsd;
  /** Share of the actions. */
  good: number;
  api: number;
  /** No answer reached the threshold: the best one was returned. */
  degraded: number;
  /** Answers asked for, per action. */
  calls: number;
}

export interface Interval {
  value: number;
  low: number;
  high: number;
}

export interface Replay {
  /** Replayed; of them so many by their own record alone. */
  actions: number;
  exact: number;
  /** Of the others so many by answers of another model of the same tier. */
  borrowed: number;
  /** Of the estimated so many by answers of, at the widest: the same type and complexity, the same complexity, any. */
  representedBy: { sameKind: number; sameComplexity: number; any: number };
  /** Left out: a model would have been asked of which no answer of any kind is recorded. */
  unknown: number;
  actual: ReplayMeasures;
  replayed: Record<keyof ReplayMeasures, Interval>;
  /** Replayed less actual, action by action. */
  difference: Record<keyof ReplayMeasures, Interval>;
}

export interface ReplayOptions {
  maxEscalations: number;
  seed: number;
  rounds: number;
  progress?: (share: number) => void;
}

/** Fewer answers than this cannot stand for a model's others: the next wider kind is taken. */
const leastOfKind = 5;

/** A model that may be asked: its own recorded answer, or several that may stand for it. */
interface Step {
  answers: readonly ReplayAnswer[];
  recorded: boolean;
  /** They are another model's. */
  borrowed: boolean;
  /** How far they are from the action: 0 the same type and complexity, 1 the same complexity, 2 any. */
  width: number;
}

type Row = Record<keyof ReplayMeasures, number>;
const measures = ['cost', 'good', 'api', 'degraded', 'calls'] as const;

/** `pool`: recorded answers by kind. */
export function replay(
  actions: readonly ReplayAction[],
  pool: ReadonlyMap<string, readonly ReplayAnswer[]>,
  options: ReplayOptions,
): Replay {
  const paths = actions.map((action) => prepare(action, pool, options.maxEscalations));
  const known = actions.flatMap((action, i) => {
    const path = paths[i];
    return path === undefined ? [] : [{ action, path, actual: actualRow(action) }];
  });
  const random = seededRandom(options.seed);
  const draw = ({ action, path }: (typeof known)[number]): Row => follow(action.threshold, path, random);
  const sum = (rows: readonly Row[]): Row =>
    rows.reduce(
      (total, row) => {
        for (const name of measures) total[name] += row[name];
        return total;
      },
      { cost: 0, good: 0, api: 0, degraded: 0, calls: 0 },
    );
  const count = known.length;
  const ofWidth = (width: number) =>
    known.filter(
      ({ path }) =>
        path.some((step) => !step.recorded) && Math.max(...path.map((step) => step.width)) === width,
    ).length;
  const actual = sum(known.map((one) => one.actual));
  const points: Row[] = [];
  const resampled: Row[] = [];
  const differences: Row[] = [];
  for (let round = 0; round < options.rounds && count > 0; round++) {
    points.push(sum(known.map(draw)));
    const picked = known.map(() => known[Math.floor(random() * count)] as (typeof known)[number]);
    const [then, now] = [sum(picked.map((one) => one.actual)), sum(picked.map(draw))];
    resampled.push(now);
    differences.push(Object.fromEntries(measures.map((name) => [name, now[name] - then[name]])) as Row);
    options.progress?.((round + 1) / options.rounds);
  }
  const summary = (value: (name: (typeof measures)[number]) => number, rows: readonly Row[]) =>
    Object.fromEntries(
      measures.map((name) => {
        const scale = name === 'cost' ? 1 : Math.max(1, count);
        const sorted = rows.map((row) => row[name] / scale).sort((a, b) => a - b);
        const at = (share: number) =>
          sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
        // What is rarer than the bootstrap's own resolution is in its mean and not in its percentiles.
        const mid = value(name) / scale;
        const [low, high] = [Math.min(mid, at(0.025)), Math.max(mid, at(0.975))];
        return [name, { value: round(mid), low: round(low), high: round(high) }];
      }),
    ) as Record<keyof ReplayMeasures, Interval>;
  const mean = (name: (typeof measures)[number]) =>
    points.reduce((total, row) => total + row[name], 0) / Math.max(1, points.length);
  const perAction = (name: (typeof measures)[number]) => (name === 'cost' ? 1 : Math.max(1, count));
  return {
    actions: count,
    exact: known.filter((one) => one.path.every((step) => step.recorded)).length,
    borrowed: known.filter((one) => one.path.some((step) => step.borrowed)).length,
    representedBy: { sameKind: ofWidth(0), sameComplexity: ofWidth(1), any: ofWidth(2) },
    unknown: actions.length - count,
    actual: Object.fromEntries(measures.map((name) => [name, actual[name] / perAction(name)])) as Row,
    replayed: summary(mean, resampled),
    difference: summary((name) => mean(name) - actual[name], differences),
  };
}

/** Nine decimals: no trace of the order of additions. */
function round(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

/** For each model that may be asked: its recorded answer, or those that may stand for it. Undefined: there are none. */
function prepare(
  action: ReplayAction,
  pool: ReadonlyMap<string, readonly ReplayAnswer[]>,
  maxEscalations: number,
): Step[] | undefined {
  const path: Step[] = [];
  for (const model of action.candidates.slice(0, maxEscalations + 1)) {
    const own = action.answers.filter((answer) => answer.model === model).at(-1);
    if (own !== undefined) path.push({ answers: [own], recorded: true, borrowed: false, width: 0 });
    else {
      const found = standIns(action.kinds(model), pool);
      if (found === undefined) return undefined;
      const { answers: stand, width } = found;
      const borrowed = stand.some((answer) => answer.model !== model);
      const answers = borrowed ? stand.map((answer) => action.standFor(answer, model)) : stand;
      path.push({ answers, recorded: false, borrowed, width });
    }
    // What comes after an answer that is known to pass is never asked.
    if (own !== undefined && passes(own, action.threshold)) break;
  }
  return path.length === 0 ? undefined : path;
}

function standIns(
  kinds: readonly string[],
  pool: ReadonlyMap<string, readonly ReplayAnswer[]>,
): { answers: readonly ReplayAnswer[]; width: number } | undefined {
  let most: { answers: readonly ReplayAnswer[]; width: number } | undefined;
  for (const [at, kind] of kinds.entries()) {
    const answers = pool.get(kind) ?? [];
    // Three of the model itself, then the same three of its tier.
    const found = { answers, width: at % 3 };
    if (answers.length >= leastOfKind) return found;
    if (answers.length > (most?.answers.length ?? 0)) most = found;
  }
  return most;
}

function follow(threshold: number, path: readonly Step[], random: () => number): Row {
  const asked: ReplayAnswer[] = [];
  for (const { answers } of path) {
    const answer = answers.length === 1 ? answers[0] : answers[Math.floor(random() * answers.length)];
    if (answer === undefined) break;
    asked.push(answer);
    if (passes(answer, threshold)) return rowOf(asked, answer);
  }
  return rowOf(asked, undefined);
}

/** What happened: every recorded answer was paid for, and the accepted one was returned. */
function actualRow({ answers }: ReplayAction): Row {
  return rowOf(
    answers,
    answers.findLast((answer) => answer.accepted),
  );
}

/** Without an accepted answer the best one is returned. */
function rowOf(asked: readonly ReplayAnswer[], accepted: ReplayAnswer | undefined): Row {
  const returned = accepted ?? asked.reduce<ReplayAnswer | undefined>(better, undefined);
  return {
    cost: asked.reduce((total, answer) => total + answer.cost, 0),
    good: returned?.good ?? 0,
    api: returned?.tier === 'api_fallback' ? 1 : 0,
    degraded: accepted === undefined ? 1 : 0,
    calls: asked.length,
  };
}

function better(best: ReplayAnswer | undefined, answer: ReplayAnswer): ReplayAnswer {
  if (best === undefined) return answer;
  if (best.fails !== answer.fails) return best.fails ? answer : best;
  return answer.quality > best.quality ? answer : best;
}

function passes(answer: ReplayAnswer, threshold: number): boolean {
  return !answer.fails && answer.quality >= threshold;
}
