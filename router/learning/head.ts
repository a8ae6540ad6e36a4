import { hashedFeatures } from './hashing.ts';
import { fitLogistic, type LogisticModel, predictLogistic, type Row } from './logistic.ts';
import type { Signals } from './prompt-signals.ts';

/** One example as a head sees it: named signals, and the hashed text. */
export interface Example {
  signals: Signals;
  text: Row;
}

/** A fitted head: how signals are scaled, and one weight for each signal and each place of the hash. */
export interface Head {
  names: readonly string[];
  means: Float64Array;
  deviations: Float64Array;
  /** A signal's value counts up to so many deviations from its mean. */
  furthest: number;
  /** False: signals only. Words do not carry over from one set of tasks to another, signals do a little. */
  readsText: boolean;
  /** The chance that the first choice falls short. */
  weak: LogisticModel;
  /** The chance that the stronger one would be right; undefined where nobody recorded it. */
  strong: LogisticModel | undefined;
}

export interface HeadOptions {
  /** Ridge penalties, in rows: of one signal (scaled to unit deviation) and of one hashed place. */
  signalPenalty: number;
  textPenalty: number | 'no text';
  /** See `Head`; 4 when left out. Closer for what is to hold for other tasks: each signal then has only its say. */
  furthest?: number;
}

export interface Target {
  weakFails: number;
  strongRight: number | undefined;
}

/** Fits a head. Equal inputs give equal heads; the number of rows should be well above the number of signals. */
export function fitHead(
  examples: readonly Example[],
  targets: readonly Target[],
  options: HeadOptions,
): Head {
  const names = Object.keys(examples[0]?.signals ?? {});
  const textPenalty = options.textPenalty === 'no text' ? undefined : options.textPenalty;
  const means = new Float64Array(names.length);
  const deviations = new Float64Array(names.length);
  for (const [j, name] of names.entries()) {
    const values = examples.map((example) => example.signals[name] ?? 0);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    means[j] = mean;
    deviations[j] = Math.sqrt(variance) || 1;
  }
  const furthest = options.furthest ?? usualFurthest;
  const scaling = { names, means, deviations, furthest, readsText: textPenalty !== undefined };
  const rows = examples.map((example) => rowOf(scaling, example));
  const fitOptions = {
    features: names.length + (textPenalty === undefined ? 0 : hashedFeatures),
    penalty: (feature: number) => (feature < names.length ? options.signalPenalty : (textPenalty ?? 0)),
    iterations: 80,
  };
  const weak = fitLogistic(
    rows,
    targets.map((target) => target.weakFails),
    fitOptions,
  );
  const withStrong = targets.flatMap((target, i) =>
    target.strongRight === undefined ? [] : [{ row: rows[i] as Row, right: target.strongRight }],
  );
  // Half of the rows at least: a stronger model judged on a chosen few would be judged on the hard ones.
  const strong =
    withStrong.length * 2 < rows.length
      ? undefined
      : fitLogistic(
          withStrong.map(({ row }) => row),
          withStrong.map(({ right }) => right),
          fitOptions,
        );
  return { ...scaling, weak, strong };
}

/** Chances for one example. Without a record of the stronger model it is taken to be right. */
export function predictHead(head: Head, example: Example): { weakFails: number; strongRight: number } {
  const row = rowOf(head, example);
  return {
    weakFails: predictLogistic(head.weak, row),
    strongRight: head.strong === undefined ? 1 : predictLogistic(head.strong, row),
  };
}

/** Signals far outside of what was seen are held: a model must not extrapolate. */
const usualFurthest = 4;

type Scaling = Pick<Head, 'names' | 'means' | 'deviations' | 'furthest' | 'readsText'>;

function rowOf(scaling: Scaling, example: Example): Row {
  const { names, means, deviations, furthest } = scaling;
  const places = scaling.readsText ? example.text.indices.length : 0;
  const size = names.length + places;
  const indices = new Int32Array(size);
  const values = new Float64Array(size);
  for (const [j, name] of names.entries()) {
    const scaled = ((example.signals[name] ?? 0) - (means[j] as number)) / (deviations[j] as number);
    indices[j] = j;
    values[j] = Math.min(furthest, Math.max(-furthest, scaled));
  }
  for (let k = 0; k < places; k++) {
    indices[names.length + k] = names.length + (example.text.indices[k] as number);
    values[names.length + k] = example.text.values[k] as number;
  }
  return { indices, values };
}
