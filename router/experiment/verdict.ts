/** Whether a rollout goes on, waits or comes back: from counted answers, by intervals and not by means. */
import { wilsonInterval } from '../plan/learned.ts';
import { currentStep, type Experiment } from './experiment.ts';

/** Answers counted, and how many of them were good. */
export interface Tally {
  count: number;
  good: number;
}

/** What is known of one arm. */
export interface ArmTally {
  /** First answers to a request, as the gate judged them: good is accepted. Of the newest. */
  answers: Tally;
  /** The same answers where a label of a source that can say good and bad says it better than the gate. */
  labels: Tally;
  /** The same answers that failed hard: these say bad only, so they are no share of good ones. */
  hardFailures: number;
}

export type Verdict =
  | { kind: 'wait'; reason: string }
  | { kind: 'advance'; toStep: number; reason: string }
  | { kind: 'return'; reason: string };

/** Fewer than this say nothing of an arm, whatever their share. */
export const leastAnswers = 20;

/**
 * Compares the tried arm with the baseline. `sinceStep` counts the tried arm's judged answers since its step began.
 * Comes back when the upper end of the tried arm's 95 % interval is below the lower end of the baseline's by more
 * than the tolerance: for the gate's judgement, and for labels where both arms have enough.
 */
export function judgeRollout(
  experiment: Experiment,
  arms: { baseline: ArmTally; tried: ArmTally; sinceStep: number },
): Verdict {
  const { baseline, tried, sinceStep } = arms;
  const step = currentStep(experiment);
  const measures = [
    { what: 'answers accepted', tried: tried.answers, baseline: baseline.answers },
    { what: 'answers labelled good', tried: tried.labels, baseline: baseline.labels },
  ];
  for (const measure of measures) {
    if (tooFew(measure.tried) || tooFew(measure.baseline)) continue;
    const margin = lowest(measure.baseline) - experiment.tolerance;
    if (highest(measure.tried) < margin)
      return {
        kind: 'return',
        reason: `${measure.what}: ${percentOf(measure.tried)}, below the baseline's ${percentOf(measure.baseline)}`,
      };
  }
  const next = experiment.steps[step + 1];
  if (next === undefined) return { kind: 'wait', reason: 'at its last step' };
  if (sinceStep < experiment.minimumAnswers)
    return { kind: 'wait', reason: `${sinceStep} of ${experiment.minimumAnswers} judged answers` };
  if (tooFew(baseline.answers))
    return {
      kind: 'wait',
      reason: `the baseline has ${baseline.answers.count} of ${leastAnswers} judged answers`,
    };
  return {
    kind: 'advance',
    toStep: step + 1,
    reason: `answers accepted: ${percentOf(tried.answers)}, not below the baseline's ${percentOf(baseline.answers)}`,
  };
}

function tooFew({ count }: Tally): boolean {
  return count < leastAnswers;
}

function lowest(tally: Tally): number {
  return wilsonInterval(tally.good / tally.count, tally.count).low;
}

function highest(tally: Tally): number {
  return wilsonInterval(tally.good / tally.count, tally.count).high;
}

/** `85.0 % (76.7 to 90.7) of 100`. */
export function percentOf(tally: Tally): string {
  if (tally.count === 0) return 'none yet';
  const { low, high } = wilsonInterval(tally.good / tally.count, tally.count);
  const percent = (share: number) => (100 * share).toFixed(1);
  return `${percent(tally.good / tally.count)} % (${percent(low)} to ${percent(high)}) of ${tally.count}`;
}
