/**
 * Whether answers have changed since the gate was calibrated: the share that passes, the mix of complexity, the
 * mix of quality, and how right the calibrated chances are. Four tests at one per cent together (Bonferroni), and
 * each also has to matter: with many answers a difference of no consequence is soon certain.
 */
import { complexities } from '../../config/config.ts';
import type { AnswerPeriod } from './period.ts';

export interface DriftRow {
  what: 'pass rate' | 'mix of complexity' | 'mix of quality' | 'calibration';
  /** What the test is: of the difference, and of its size. */
  test: string;
  /** In the fitted period and now, in words of the measure. */
  before: string;
  now: string;
  /** The chance of such a difference without any drift. */
  p: number | undefined;
  /** The size of the difference, and from where on it matters. */
  size: number | undefined;
  matters: number;
  /** Cases of the smaller side, and how many are needed. */
  sample: number;
  minimumSample: number;
  verdict: 'steady' | 'drift' | 'no data';
}

const familyError = 0.01;
const tests = 4;
/** Cases on each side; labels for the calibration. */
const leastAnswers = 100;
const leastLabels = 30;

type Judged = readonly { chance: number; good: boolean }[];

/** `labels`: answers labelled since the fit, with the chance that the calibration in force gives them. */
export function driftRows(
  fitted: AnswerPeriod | undefined,
  recent: AnswerPeriod | undefined,
  labels: Judged,
): DriftRow[] {
  return [passRate(fitted, recent), ...mixes(fitted, recent), calibration(labels)];
}

/** One line a kind of drift that was noticed. */
export function driftLines(rows: readonly DriftRow[]): string[] {
  return rows
    .filter((row) => row.verdict === 'drift')
    .map((row) => `${row.what}: ${row.before} when it was learned, ${row.now} now`);
}

function passRate(fitted: AnswerPeriod | undefined, recent: AnswerPeriod | undefined): DriftRow {
  const [one, other] = [shareOf(fitted), shareOf(recent)];
  const [m, n] = [fitted?.answers ?? 0, recent?.answers ?? 0];
  const pooled = ((fitted?.passed ?? 0) + (recent?.passed ?? 0)) / Math.max(1, m + n);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / Math.max(1, m) + 1 / Math.max(1, n)));
  const z = error === 0 ? 0 : (other - one) / error;
  return row({
    what: 'pass rate',
    test: 'two proportions, difference',
    before: percent(one, m),
    now: percent(other, n),
    p: chiSquareTail(z * z, 1),
    size: Math.abs(other - one),
    matters: 0.05,
    sample: Math.min(m, n),
    minimumSample: leastAnswers,
  });
}

function mixes(fitted: AnswerPeriod | undefined, recent: AnswerPeriod | undefined): DriftRow[] {
  const count = (period: AnswerPeriod | undefined) =>
    complexities.map((name) => period?.complexity[name] ?? 0);
  const bins = (period: AnswerPeriod | undefined) => period?.quality ?? [];
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value, i) => sum + (value * (i + 0.5)) / 10, 0) / Math.max(1, total(values));
  const shares = (values: readonly number[]) =>
    complexities
      .map((name, i) => `${name} ${percent((values[i] ?? 0) / Math.max(1, total(values)), 1)}`)
      .join(', ');
  const mix = (
    what: DriftRow['what'],
    one: readonly number[],
    other: readonly number[],
    words: (values: readonly number[]) => string,
    measure: Pick<DriftRow, 'test' | 'matters'> & { size: number },
  ): DriftRow =>
    row({
      ...measure,
      what,
      before: total(one) === 0 ? '-' : words(one),
      now: total(other) === 0 ? '-' : words(other),
      p: homogeneity(one, other),
      sample: Math.min(total(one), total(other)),
      minimumSample: leastAnswers,
    });
  const [mixBefore, mixNow, before, now] = [count(fitted), count(recent), bins(fitted), bins(recent)];
  return [
    mix('mix of complexity', mixBefore, mixNow, shares, {
      test: 'chi-square, population stability index',
      size: stabilityIndex(mixBefore, mixNow),
      matters: 0.1,
    }),
    // By the mean: answers that moved from one bin into the next are another mix, and no worse for it.
    mix('mix of quality', before, now, (values) => `mean ${mean(values).toFixed(2)}`, {
      test: 'chi-square, difference of the means',
      size: Math.abs(mean(now) - mean(before)),
      matters: 0.05,
    }),
  ];
}

/** Are as many labelled answers good as the chances say (Spiegelhalter's z for calibration in the large)? */
function calibration(labels: Judged): DriftRow {
  const said = labels.reduce((sum, one) => sum + one.chance, 0);
  const good = labels.filter((one) => one.good).length;
  const variance = labels.reduce((sum, one) => sum + one.chance * (1 - one.chance), 0);
  const z = variance === 0 ? 0 : (good - said) / Math.sqrt(variance);
  const n = labels.length;
  return row({
    what: 'calibration',
    test: 'good answers against the sum of their chances',
    before: n === 0 ? '-' : `${percent(said / n, n)} of the labelled answers expected to be good`,
    now: n === 0 ? '-' : `${percent(good / n, n)} are`,
    p: chiSquareTail(z * z, 1),
    size: n === 0 ? 0 : Math.abs(good - said) / n,
    matters: 0.05,
    sample: n,
    minimumSample: leastLabels,
  });
}

function row(given: Omit<DriftRow, 'verdict' | 'p' | 'size'> & { p: number; size: number }): DriftRow {
  if (given.sample < given.minimumSample)
    return { ...given, p: undefined, size: undefined, verdict: 'no data' };
  const certain = given.p < familyError / tests;
  return { ...given, verdict: certain && given.size >= given.matters ? 'drift' : 'steady' };
}

/** Pearson's chi-square test that two counted samples have one mix; neighbouring bins with few cases are merged. */
function homogeneity(one: readonly number[], other: readonly number[]): number {
  const [m, n] = [total(one), total(other)];
  if (m === 0 || n === 0) return 1;
  const merged: [number, number][] = [];
  let [a, b] = [0, 0];
  one.forEach((value, i) => {
    a += value;
    b += other[i] ?? 0;
    // Five expected cases on the smaller side, as the approximation needs.
    if (((a + b) * Math.min(m, n)) / (m + n) < 5) return;
    merged.push([a, b]);
    [a, b] = [0, 0];
  });
  const last = merged.at(-1);
  if (last !== undefined) merged[merged.length - 1] = [last[0] + a, last[1] + b];
  if (merged.length < 2) return 1;
  let statistic = 0;
  for (const [x, y] of merged) {
    const [expectedX, expectedY] = [((x + y) * m) / (m + n), ((x + y) * n) / (m + n)];
    statistic += (x - expectedX) ** 2 / expectedX + (y - expectedY) ** 2 / expectedY;
  }
  return chiSquareTail(statistic, merged.length - 1);
}

/** Sum of (now - before) × ln(now / before) over the bins, each with half a case more, so that none is empty. */
function stabilityIndex(one: readonly number[], other: readonly number[]): number {
  const share = (values: readonly number[], i: number) =>
    ((values[i] ?? 0) + 0.5) / (total(values) + 0.5 * values.length);
  return one.reduce((sum, _, i) => {
    const [before, now] = [share(one, i), share(other, i)];
    return sum + (now - before) * Math.log(now / before);
  }, 0);
}

/** The chance that a chi-square variable with so many degrees of freedom is greater than `x`. */
export function chiSquareTail(x: number, degrees: number): number {
  if (x <= 0) return 1;
  // Closed forms: for even degrees a sum of Poisson terms, for odd ones that of the normal tail and its like.
  const half = x / 2;
  if (degrees % 2 === 0) {
    let term = Math.exp(-half);
    let sum = term;
    for (let i = 1; i < degrees / 2; i++) {
      term *= half / i;
      sum += term;
    }
    return Math.min(1, sum);
  }
  let sum = errorComplement(Math.sqrt(half));
  let term = 2 * Math.sqrt(half / Math.PI) * Math.exp(-half);
  for (let i = 1; i < degrees; i += 2) {
    sum += term;
    term *= x / (i + 2);
  }
  return Math.min(1, sum);
}

/** erfc for x ≥ 0, to 1.2e-7 relative (Numerical Recipes' Chebyshev fit). */
function errorComplement(x: number): number {
  const t = 1 / (1 + x / 2);
  const fit = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
    -0.82215223, 0.17087277,
  ];
  return t * Math.exp(-x * x + fit.reduceRight((sum, coefficient) => sum * t + coefficient, 0));
}

function shareOf(period: AnswerPeriod | undefined): number {
  return period === undefined || period.answers === 0 ? 0 : period.passed / period.answers;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function percent(share: number, sample: number): string {
  return sample === 0 ? '-' : `${(100 * share).toFixed(0)} %`;
}
