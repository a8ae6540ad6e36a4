import type { LearnedQuality } from '../assess.ts';
import type { CheckResult } from '../types/assessment.ts';
import { type Discrimination, discrimination, tellsApart } from './discrimination.ts';
import { seededRandom } from './evaluate.ts';
import { type Example, fitHead, type Head, predictHead, type Target } from './head.ts';
import type { Signals } from './prompt-signals.ts';

/** An answer of which it is known whether it was good: by feedback, by an escalated answer, by a judge. */
export interface LabelledAnswer {
  type: string;
  checks: readonly CheckResult[];
  /** The critique's score; undefined where there was none. */
  critique: number | undefined;
  good: boolean;
  /** The chance that the label is right, 0.5..1; 1 unless stated. */
  confidence?: number;
}

/** What was learned about the answers of one type. */
export interface Calibration {
  type: string;
  labels: number;
  head: Head;
  /** True where the head reads the critique: its lift is above zero with confidence. */
  readsCritique?: boolean;
  /** Expected calibration error over ten bins, on labels it was not fitted on. */
  calibrationError: number;
  /** How much the critique lowers the mean log loss of the answers that had one, with its 95 % interval; undefined where none was given. */
  critiqueLift: { mean: number; low: number; high: number } | undefined;
  /** Out-of-fold chances beside the truth, best first: what a threshold is chosen from. */
  judged: readonly { chance: number; good: boolean }[];
  /** When, where it is older than the file it is in: nothing better was learned since. ISO date and time. */
  learnedAt?: string;
}

/** Nothing is fitted on fewer labels of a type, nor where fewer than ten are good or fewer than ten are bad. */
export const leastLabels = 60;
export const leastOfEach = 10;
const folds = 5;
const penalty = 3;
const nothing = { indices: new Int32Array(0), values: new Float64Array(0) };

/** What came of one type's labels: a calibration that may be used, or one that knows nothing. */
export interface Attempt {
  calibration: Calibration;
  /** Of chances that were not fitted on the answers they are about. */
  discrimination: Discrimination;
  /** Better than the constant share of good answers, with 95 % confidence: only then it may judge. */
  proven: boolean;
}

/** Fits one calibration for every type with enough labels, and measures whether it tells good from bad. Deterministic. */
export function attemptCalibrations(labels: readonly LabelledAnswer[]): Attempt[] {
  const byType = Map.groupBy(labels, (label) => label.type);
  return labelCounts(labels).flatMap(({ type, enough }) =>
    enough ? [attemptOf(calibrateType(type, byType.get(type) ?? []))] : [],
  );
}

export function attemptOf(calibration: Calibration): Attempt {
  const found = discrimination(calibration.judged);
  return { calibration, discrimination: found, proven: tellsApart(found) };
}

/** Those that are proven. */
export function calibrate(labels: readonly LabelledAnswer[]): Calibration[] {
  return attemptCalibrations(labels).flatMap(({ calibration, proven }) => (proven ? [calibration] : []));
}

/** How many labels each type has, and whether they are enough to calibrate it. */
export function labelCounts(
  labels: readonly LabelledAnswer[],
): { type: string; labels: number; good: number; bad: number; enough: boolean }[] {
  return [...Map.groupBy(labels, (label) => label.type)].map(([type, own]) => {
    const good = own.filter((label) => label.good).length;
    const bad = own.length - good;
    const enough = own.length >= leastLabels && good >= leastOfEach && bad >= leastOfEach;
    return { type, labels: own.length, good, bad, enough };
  });
}

function calibrateType(type: string, labels: readonly LabelledAnswer[]): Calibration {
  const without = outOfFold(labels, false);
  const withIt = labels.some((label) => label.critique !== undefined) ? outOfFold(labels, true) : undefined;
  const critiqueLift = withIt === undefined ? undefined : lift(labels, without, withIt);
  // What is not asked for any more must not be weighed either.
  const readsCritique = critiqueLift !== undefined && critiqueLift.low > 0;
  const chances = readsCritique && withIt !== undefined ? withIt : without;
  const judged = chances
    .map((chance, i) => ({ chance, good: labels[i]?.good === true }))
    .sort((a, b) => b.chance - a.chance);
  return {
    type,
    labels: labels.length,
    head: fit(labels, readsCritique),
    readsCritique,
    calibrationError: expectedCalibrationError(judged),
    critiqueLift,
    judged,
  };
}

/**
 * The gate's view of what was learned: calibrated chances, and whether asking a critic is worth it. `learnedAt`: ISO
 * date and time.
 */
export function learnedQuality(
  calibrations: readonly Calibration[],
  learnedAt: string | undefined,
): LearnedQuality {
  const byType = new Map(calibrations.map((calibration) => [calibration.type, calibration]));
  const thresholds = new Map<string, number | undefined>();
  return {
    learnedOn: (type) => (byType.get(type)?.learnedAt ?? learnedAt)?.slice(0, 10),
    probability({ request, checks, critique }) {
      const calibration = byType.get(request.type);
      return calibration && chanceOf(calibration, { checks, critique: critique?.score });
    },
    most(type, criticised) {
      const calibration = byType.get(type);
      return calibration && flawless(calibration, criticised);
    },
    critiqueHelps(type) {
      const found = byType.get(type)?.critiqueLift;
      // Not measured: it stays on. Measured: it has to help with confidence.
      return found === undefined || found.low > 0;
    },
    threshold(type, rate) {
      const key = `${rate} ${type}`;
      if (!thresholds.has(key))
        thresholds.set(key, thresholdFor(byType.get(type)?.judged ?? [], rate)?.threshold);
      return thresholds.get(key);
    },
  };
}

/** The calibrated chance that an answer is good. */
export function chanceOf(
  { head }: Pick<Calibration, 'head'>,
  answer: Pick<LabelledAnswer, 'checks' | 'critique'>,
): number {
  return 1 - predictHead(head, exampleOf(answer, usualCritique(head))).weakFails;
}

/** The chance of an answer in which nothing is found, with a perfect critique or with none. */
export function flawless(calibration: Pick<Calibration, 'head'>, criticised: boolean): number {
  return chanceOf(calibration, { checks: [], critique: criticised ? 1 : undefined });
}

/** The mean critique it was fitted among; undefined where it reads none. */
function usualCritique({ names, means }: Head): number | undefined {
  return means[names.indexOf('critique')];
}

/** Thresholds are tried at these shares of accepted answers; each with a tenth of the allowed error. */
const tried = 10;

/**
 * The lowest threshold whose accepted answers are wrong at most at `rate`, with 95 % confidence; undefined where
 * none can promise that on these labels. Ten thresholds are tried, each against a one-sided Clopper-Pearson
 * bound at 99.5 % (Bonferroni): the deepest of many that pass by luck would break the promise.
 */
export function thresholdFor(
  judged: readonly { chance: number; good: boolean }[],
  rate: number,
): { threshold: number; accepted: number; wrong: number } | undefined {
  let best: { threshold: number; accepted: number; wrong: number } | undefined;
  for (let step = 1; step <= tried; step++) {
    let accepted = Math.round((step / tried) * judged.length);
    // Nearly equal chances cannot be told apart by a threshold: those at the cut are all in.
    const cut = (judged[accepted - 1]?.chance ?? 1) - 0.005;
    while (accepted < judged.length && (judged[accepted]?.chance ?? 0) >= cut) accepted++;
    const wrong = judged.slice(0, accepted).filter((one) => !one.good).length;
    const next = judged[accepted]?.chance ?? 0;
    const threshold = Math.max(0, ((judged[accepted - 1]?.chance ?? 1) + next) / 2);
    if (accepted > 0 && upperBound(wrong, accepted, 0.05 / tried) <= rate)
      best = { threshold, accepted, wrong };
  }
  return best;
}

/** The upper bound, at confidence 1 - `error`, of a share of which `wrong` of `count` were seen. */
export function upperBound(wrong: number, count: number, error = 0.05): number {
  if (wrong >= count) return 1;
  let low = wrong / count;
  let high = 1;
  for (let round = 0; round < 50; round++) {
    const middle = (low + high) / 2;
    if (atMost(wrong, count, middle) > error) low = middle;
    else high = middle;
  }
  return high;
}

/** The chance of at most `k` of `n` at probability `p`. */
function atMost(k: number, n: number, p: number): number {
  let term = n * Math.log1p(-p);
  let sum = Math.exp(term);
  for (let i = 1; i <= k; i++) {
    term += Math.log((n - i + 1) / i) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(term);
  }
  return sum;
}

export function expectedCalibrationError(judged: readonly { chance: number; good: boolean }[]): number {
  const bins = Array.from({ length: 10 }, () => ({ count: 0, chance: 0, good: 0 }));
  for (const { chance, good } of judged) {
    const bin = bins[Math.min(9, Math.floor(chance * 10))];
    if (bin === undefined) continue;
    bin.count++;
    bin.chance += chance;
    bin.good += Number(good);
  }
  return bins.reduce((sum, bin) => sum + Math.abs(bin.chance - bin.good), 0) / Math.max(1, judged.length);
}

function fit(labels: readonly LabelledAnswer[], critique: boolean): Head {
  const targets: Target[] = labels.map(({ good, confidence = 1 }) => ({
    weakFails: good ? 1 - confidence : confidence,
    strongRight: undefined,
  }));
  const given = labels.flatMap((label) => label.critique ?? []);
  const usual = critique
    ? given.reduce((sum, score) => sum + score, 0) / Math.max(1, given.length)
    : undefined;
  return fitHead(
    labels.map((label) => exampleOf(label, usual)),
    targets,
    { signalPenalty: penalty, textPenalty: 'no text' },
  );
}

/**
 * Not among the signals: whether the API gave it, and whether nobody criticised it (which is nearly the same).
 * Either is an intercept: with labels of 200 prompts it put every API answer at 0.694, below the threshold of 0.7,
 * whatever the answer. An answer that nobody criticised counts as one with the usual critique.
 */
function exampleOf(
  { checks, critique }: Pick<LabelledAnswer, 'checks' | 'critique'>,
  usual: number | undefined,
): Example {
  const worst = (group: CheckResult['group']) =>
    checks.filter((check) => check.group === group).reduce((low, check) => Math.min(low, check.score), 1);
  const signals: Signals = {
    format: worst('format'),
    completeness: worst('completeness'),
    coherence: worst('coherence'),
    failures: checks.filter((check) => check.score < 0.5).length,
    // A critic that always says the same has no deviation and so no weight: it is as if nobody had been asked.
    ...(usual === undefined ? {} : { critique: critique ?? usual }),
  };
  return { signals, text: nothing };
}

function outOfFold(labels: readonly LabelledAnswer[], critique: boolean): number[] {
  const chances: number[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const head = fit(
      labels.filter((_, i) => i % folds !== fold),
      critique,
    );
    for (let i = fold; i < labels.length; i += folds) {
      const label = labels[i];
      if (label !== undefined) chances[i] = chanceOf({ head }, label);
    }
  }
  return chances;
}

function lift(labels: readonly LabelledAnswer[], without: readonly number[], withIt: readonly number[]) {
  // Of the answers that were criticised: the others say nothing of the critic.
  const gains = labels.flatMap((label, i) =>
    label.critique === undefined
      ? []
      : [loss(without[i] ?? 0.5, label.good) - loss(withIt[i] ?? 0.5, label.good)],
  );
  const random = seededRandom(1);
  const means: number[] = [];
  for (let round = 0; round < 500; round++) {
    let sum = 0;
    for (let k = 0; k < gains.length; k++) sum += gains[Math.floor(random() * gains.length)] ?? 0;
    means.push(sum / gains.length);
  }
  means.sort((a, b) => a - b);
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  return { mean, low: means[12] ?? 0, high: means[487] ?? 0 };
}

function loss(chance: number, good: boolean): number {
  return -Math.log(Math.max(1e-9, good ? chance : 1 - chance));
}
