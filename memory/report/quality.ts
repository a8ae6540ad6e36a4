/** What the ledger says of the gate since it was calibrated: labels, calibration error, drift. */
import { type Calibration, chanceOf, labelCounts } from '../../router/learning/calibrate.ts';
import { type CalibrationError, calibrationError } from '../../router/learning/calibration-error.ts';
import { type DriftRow, driftRows } from '../../router/learning/drift.ts';
import type { LearnedFile } from '../../router/learning/model-file.ts';
import { countPeriod } from '../../router/learning/period.ts';
import type { Store } from '../database.ts';
import { firstAnswers, judgedAnswers, labelledAnswers } from '../evidence.ts';
import { listLabels, tallyLabels } from '../labels.ts';
import type { LabelTally } from '../types/labels.ts';

const dayMs = 86_400_000;
/** Drift is looked for in the answers of so many days, at most. */
export const driftDays = 7;
/** The newest so many answers are enough; reading them takes the daemon's own thread some 10 ms. */
const mostAnswers = 2_000;
/** The first answers under a learned file show the mix of complexity that later ones are compared with. */
const firstOfARouter = 200;

export interface CalibrationRow {
  type: string;
  /** On the labels it was fitted on, each left out of its own fit; undefined where the type is not calibrated. */
  fitted: CalibrationError | undefined;
  /** On labels given since. */
  since: CalibrationError;
  /** Labels of the type in all: what a first calibration needs. */
  labels: { labels: number; good: number; bad: number };
}

export interface GateQuality {
  labels: readonly LabelTally[];
  calibration: readonly CalibrationRow[];
  drift: readonly DriftRow[];
}

/** For `swarmd report`: labels given in the window; calibration and drift as they stand now. */
export function gateQuality(
  store: Store,
  learned: LearnedFile | undefined,
  window: { since: number; now: number },
): GateQuality {
  const fresh = freshLabels(store, learned);
  const counts = labelCounts(labelledAnswers(listLabels(store, { each: 'answer' })));
  const calibrated = new Map((learned?.calibrations ?? []).map((one) => [one.type, one]));
  const types = new Set([...calibrated.keys(), ...counts.map((one) => one.type)]);
  return {
    labels: tallyLabels(store, window.since, window.now + 1),
    calibration: [...types].map((type) => {
      const fitted = calibrated.get(type);
      const { labels = 0, good = 0, bad = 0 } = counts.find((one) => one.type === type) ?? {};
      return {
        type,
        fitted: fitted === undefined ? undefined : calibrationError(fitted.judged),
        since: calibrationError(fresh.filter((one) => one.type === type)),
        labels: { labels, good, bad },
      };
    }),
    drift: drift(store, learned, window.now),
  };
}

/** Compares the answers of the last days with those of the period that the gate was calibrated in. */
export function drift(store: Store, learned: LearnedFile | undefined, now: number): DriftRow[] {
  const { period } = learned ?? {};
  if (learned === undefined || period === undefined) return driftRows(undefined, undefined, []);
  const inForceSince = Math.max(period.until, learned.restoredAt ?? 0);
  const since = Math.max(inForceSince, now - driftDays * dayMs);
  const counted = (from: number) =>
    countPeriod(
      judgedAnswers(store, { since: from, until: now + 1, most: mostAnswers }),
      learned.calibrations,
      { ...period, since: from, until: now },
    );
  const recent = counted(since);
  // How hard a prompt is, was judged by the router of its time: only what this one classified is compared.
  const first = firstAnswers(store, { since: inForceSince, until: now + 1, most: firstOfARouter });
  const { complexity: before } = countPeriod(first.answers, learned.calibrations, period);
  const { complexity } = counted(Math.max(since, first.until));
  return driftRows({ ...period, complexity: before }, { ...recent, complexity }, freshLabels(store, learned));
}

/** Labels given since it was learned, with the chance that the calibration in force gives their answers. */
function freshLabels(
  store: Store,
  learned: LearnedFile | undefined,
): { type: string; chance: number; good: boolean }[] {
  if (learned === undefined || learned.calibrations.length === 0) return [];
  const byType = new Map<string, Calibration>(learned.calibrations.map((one) => [one.type, one]));
  const since = Date.parse(learned.provenance.learnedAt) + 1;
  return labelledAnswers(listLabels(store, { since, each: 'answer', limit: mostAnswers })).flatMap(
    (label) => {
      const calibration = byType.get(label.type);
      return calibration === undefined
        ? []
        : [{ type: label.type, chance: chanceOf(calibration, label), good: label.good }];
    },
  );
}
