import type { Signals } from './prompt-signals.ts';

/**
 * How far what was learned reaches: the mean and covariance of the signals learned from. A task far outside
 * (Mahalanobis distance) is of another kind, about which trees and words know nothing.
 */
export interface Reach {
  names: readonly string[];
  means: Float64Array;
  deviations: Float64Array;
  /** The lower triangle of the Cholesky factor of the signals' correlations, row by row. */
  factor: Float64Array;
  /** The squared distance that 99 in 100 of the lines learned from keep within, or another share of them. */
  usual: number;
}

/** Keeps the correlations invertible, and gives a signal that never varied some room before it is strange. */
const ridge = 0.05;
const leastDeviation = 0.1;
const furthest = 20;

export function fitReach(signals: readonly Signals[], share = 0.99): Reach {
  const names = Object.keys(signals[0] ?? {});
  const count = Math.max(1, signals.length);
  const means = Float64Array.from(
    names,
    (name) => signals.reduce((sum, one) => sum + (one[name] ?? 0), 0) / count,
  );
  const deviations = Float64Array.from(names, (name, j) => {
    const mean = means[j] as number;
    const variance = signals.reduce((sum, one) => sum + ((one[name] ?? 0) - mean) ** 2, 0) / count;
    return Math.max(leastDeviation, Math.sqrt(variance));
  });
  const scaling = { names, means, deviations };
  const rows = signals.map((one) => scaled(scaling, one));
  const factor = choleskyOfCorrelations(rows, names.length);
  const distances = rows.map((row) => distance(factor, row)).sort((a, b) => a - b);
  const usual = distances[Math.floor(share * distances.length)] ?? 0;
  return { ...scaling, factor, usual };
}

/** 0 for a task like those learned from, 1 for one at more than twice their usual squared distance. */
export function strangeness(reach: Reach, signals: Signals): number {
  const ratio = distance(reach.factor, scaled(reach, signals)) / Math.max(reach.usual, 1e-9);
  return Math.min(1, Math.max(0, ratio - 1));
}

function scaled(
  { names, means, deviations }: Pick<Reach, 'names' | 'means' | 'deviations'>,
  signals: Signals,
): Float64Array {
  return Float64Array.from(names, (name, j) => {
    const value = ((signals[name] ?? 0) - (means[j] as number)) / (deviations[j] as number);
    return Math.min(furthest, Math.max(-furthest, value));
  });
}

function choleskyOfCorrelations(rows: readonly Float64Array[], size: number): Float64Array {
  const factor = new Float64Array((size * (size + 1)) / 2);
  const at = (i: number, j: number) => factor[(i * (i + 1)) / 2 + j] as number;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? ridge : 0;
      for (const row of rows) sum += ((row[i] as number) * (row[j] as number)) / rows.length;
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
      factor[(i * (i + 1)) / 2 + j] = i === j ? Math.sqrt(sum) : sum / at(j, j);
    }
  }
  return factor;
}

/** The squared length of the row after the correlations are taken out (forward substitution). */
function distance(factor: Float64Array, row: Float64Array): number {
  const solved = new Float64Array(row.length);
  let total = 0;
  for (let i = 0; i < row.length; i++) {
    const start = (i * (i + 1)) / 2;
    let sum = row[i] as number;
    for (let k = 0; k < i; k++) sum -= (factor[start + k] as number) * (solved[k] as number);
    const value = sum / (factor[start + i] as number);
    solved[i] = value;
    total += value * value;
  }
  return total;
}
