import { expectedCalibrationError } from './calibrate.ts';
import { seededRandom } from './evaluate.ts';

export interface CalibrationError {
  /** Labelled answers it rests on. */
  sample: number;
  /** Undefined where there are too few. */
  error: number | undefined;
  /** 95 % bootstrap interval. With few labels the error is too high by itself: noise counts as error. */
  low: number | undefined;
  high: number | undefined;
}

/** With fewer labels than this an expected calibration error is mostly noise. */
export const leastForError = 30;
const rounds = 400;

/** Expected calibration error over ten bins, with its interval. Deterministic. */
export function calibrationError(judged: readonly { chance: number; good: boolean }[]): CalibrationError {
  const sample = judged.length;
  if (sample < leastForError) return { sample, error: undefined, low: undefined, high: undefined };
  const random = seededRandom(1);
  const errors = Array.from({ length: rounds }, () =>
    expectedCalibrationError(
      Array.from(
        { length: sample },
        () => judged[Math.floor(random() * sample)] ?? { chance: 0, good: false },
      ),
    ),
  ).sort((a, b) => a - b);
  return {
    sample,
    error: expectedCalibrationError(judged),
    low: errors[Math.floor(0.025 * rounds)],
    high: errors[Math.ceil(0.975 * rounds) - 1],
  };
}
