/** Figures with their 95 % intervals, by methods that need no shape of the distribution. */
import { seededRandom } from '../../router/learning/evaluate.ts';
import { wilsonInterval } from '../../router/plan/learned.ts';

export interface Figure {
  value: number;
  /** Undefined where so few cases cannot bound it. */
  low: number | undefined;
  high: number | undefined;
  count: number;
}

/** Fewer cases than this have no bootstrap interval worth the name. */
const leastForBootstrap = 10;
/** Cases drawn in all, so that a large report takes no longer than a second. */
const mostDrawn = 20_000_000;

/** The mean with a percentile bootstrap interval (Efron 1979); the same values give the same interval. */
export function meanFigure(values: readonly number[]): Figure | undefined {
  if (values.length === 0) return undefined;
  const [low, high] = bootstrap([values], ([drawn]) => drawn ?? Number.NaN);
  return { value: meanOf(values), low, high, count: values.length };
}

/** How much higher the second mean is than the first, with the bootstrap interval of the difference. */
export function differenceFigure(first: readonly number[], second: readonly number[]): Figure | undefined {
  if (first.length === 0 || second.length === 0) return undefined;
  const [low, high] = bootstrap([first, second], ([one = Number.NaN, other = Number.NaN]) => other - one);
  return {
    value: meanOf(second) - meanOf(first),
    low,
    high,
    count: Math.min(first.length, second.length),
  };
}

/** A share with Wilson's interval (1927). */
export function shareFigure(count: number, good: number): Figure | undefined {
  if (count === 0) return undefined;
  return { value: good / count, ...wilsonInterval(good / count, count), count };
}

/**
 * How much higher the second share is than the first, with Newcombe's interval of the difference (1998, method 10), which
 * is built of both Wilson intervals.
 */
export function shareDifference(first: Figure, second: Figure): Figure | undefined {
  if (first.low === undefined || first.high === undefined) return undefined;
  if (second.low === undefined || second.high === undefined) return undefined;
  const value = second.value - first.value;
  return {
    value,
    low: value - Math.hypot(second.value - second.low, first.high - first.value),
    high: value + Math.hypot(second.high - second.value, first.value - first.low),
    count: Math.min(first.count, second.count),
  };
}

/**
 * A quantile (nearest rank) with the exact interval by order statistics: between which two of the sorted values it
 * lies with at least 95 % is a matter of the binomial distribution alone. An end that the values cannot bound is
 * undefined: the 95th percentile of twenty values has no upper end.
 */
export function quantileFigure(values: readonly number[], quantile: number): Figure | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  const count = sorted.length;
  const value = sorted[Math.max(0, Math.ceil(quantile * count) - 1)];
  if (value === undefined) return undefined;
  const [lower, upper] = ranksAround(count, quantile);
  return { value, low: sorted[lower - 1], high: sorted[upper - 1], count };
}

/** Ranks from 1: the largest with P(below) ≤ 2.5 %, the smallest with P(above) ≤ 2.5 %; 0 or count + 1: none. */
function ranksAround(count: number, quantile: number): [number, number] {
  const logOdds = Math.log(quantile / (1 - quantile));
  let logTerm = count * Math.log(1 - quantile);
  let below = 0;
  let lower = 0;
  let upper = count + 1;
  for (let k = 0; k <= count; k += 1) {
    below += Math.exp(logTerm);
    // `below` is P(at most k values are below the quantile).
    if (below <= 0.025) lower = k + 1;
    if (below >= 0.975 && upper > k + 1) upper = k + 1;
    logTerm += Math.log((count - k) / (k + 1)) + logOdds;
  }
  return [lower, upper];
}

function bootstrap(
  samples: readonly (readonly number[])[],
  figure: (means: readonly number[]) => number,
): [number | undefined, number | undefined] {
  const cases = samples.reduce((sum, values) => sum + values.length, 0);
  if (samples.some((values) => values.length < leastForBootstrap)) return [undefined, undefined];
  const rounds = Math.max(200, Math.min(1000, Math.floor(mostDrawn / cases)));
  const random = seededRandom(1);
  const drawn = Array.from({ length: rounds }, () =>
    figure(samples.map((values) => resampled(values, random))),
  );
  drawn.sort((one, other) => one - other);
  return [drawn[Math.floor(0.025 * rounds)], drawn[Math.ceil(0.975 * rounds) - 1]];
}

/** The mean of as many values, drawn with replacement. */
function resampled(values: readonly number[], random: () => number): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[Math.floor(random() * values.length)] ?? 0;
  return sum / values.length;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
