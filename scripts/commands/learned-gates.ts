/** What `swarmd learn` says of the gates: those that were calibrated, and those whose labels know nothing. */
import type { Config } from '../../config/config.ts';
import { type Attempt, attemptOf, type Calibration, flawless } from '../../router/learning/calibrate.ts';
import type { Discrimination } from '../../router/learning/discrimination.ts';
import type { LearnedFile } from '../../router/learning/model-file.ts';

/** The gates of a lesson. */
export interface LearnedGates {
  /** Those that judge from now on: the proven ones, and of the types whose labels know nothing the one before. */
  calibrations: Calibration[];
  attempts: readonly Attempt[];
  /** What an answer of the type has to reach. */
  thresholdOf: (type: string) => number;
}

/** A gate is replaced only by one that tells good from bad; one before that was never shown to, is left out too. */
export function gatesOf(
  attempts: readonly Attempt[],
  before: LearnedFile | undefined,
  config: Config,
): LearnedGates {
  const calibrations = attempts.flatMap(({ calibration, proven }) => {
    if (proven) return [calibration];
    const old = before?.calibrations.find((one) => one.type === calibration.type);
    return old !== undefined && attemptOf(old).proven
      ? [{ ...old, learnedAt: old.learnedAt ?? before?.provenance.learnedAt ?? '' }]
      : [];
  });
  const thresholdOf = (type: string) =>
    config.actionTypes[type]?.qualityThreshold ?? config.routing.qualityThreshold;
  return { calibrations, attempts, thresholdOf };
}

/** As `--json` prints them. */
export function gatesJson({ attempts }: LearnedGates) {
  const row = ({ calibration, discrimination }: Attempt) => ({
    type: calibration.type,
    labels: calibration.labels,
    discrimination,
    calibration_error: calibration.calibrationError,
  });
  return {
    calibrated: attempts
      .filter(({ proven }) => proven)
      .map((attempt) => ({
        ...row(attempt),
        reads_critique: attempt.calibration.readsCritique ?? true,
        critique_lift: attempt.calibration.critiqueLift ?? null,
        flawless_answer: flawless(attempt.calibration, false),
      })),
    not_calibrated: attempts.filter(({ proven }) => !proven).map(row),
  };
}

/** For a person, a line or two each. */
export function gateLines({ attempts, thresholdOf }: LearnedGates): string[] {
  return attempts.flatMap((attempt) =>
    attempt.proven
      ? provenLines(attempt, thresholdOf(attempt.calibration.type))
      : [`  ${unprovenText(attempt)}`],
  );
}

function provenLines({ calibration, discrimination }: Attempt, threshold: number): string[] {
  const { type, labels, calibrationError, critiqueLift, readsCritique } = calibration;
  const dropped =
    critiqueLift === undefined || readsCritique === true
      ? ''
      : '; its self-critique does not help and is dropped';
  const most = flawless(calibration, readsCritique === true);
  return [
    `  gate calibrated for type ${type}: ${labels} labels, expected calibration error ${calibrationError.toFixed(3)}, ${toldApart(discrimination)}${dropped}`,
    ...(most < threshold
      ? [
          `  warning: of type ${type} even an answer in which nothing is found has a chance of ${most.toFixed(2)} only; at the threshold ${threshold} none could pass, so there the checks go on judging`,
        ]
      : []),
  ];
}

/** Why a type has no gate of its own. */
export function unprovenText({ calibration, discrimination }: Attempt): string {
  return `the ${calibration.labels} labels of type ${calibration.type} do not tell good from bad answers: ${toldApart(discrimination)}; its gate stays as it was`;
}

function toldApart({ auc, low, high }: Discrimination): string {
  return `AUC ${auc.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}] (5-fold; chance is 0.5)`;
}
