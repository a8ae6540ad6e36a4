import type { Tallies } from '../../../memory/experiments.ts';
import { currentStep, type Experiment } from '../../../router/experiment/experiment.ts';
import { type ArmTally, judgeRollout } from '../../../router/experiment/verdict.ts';
import { iso, usd } from './units.ts';

interface ArmJson {
  name: string;
  /** As in swarmd.yaml; empty: as things are. */
  settings: Readonly<Record<string, unknown>>;
  /** First answers to a request that the gate judged, and how many of them it accepted; of the newest 500. */
  answers: number;
  accepted: number;
  /** Of these, how many have a label of a source that can say good and bad, and how many of those say good. */
  labels: number;
  labelled_good: number;
  /** Of these, how many failed hard. */
  hard_failures: number;
}

export interface ExperimentJson {
  name: string;
  kind: string;
  state: string;
  /** 0..1 of the requests that fall to the tried arm now. */
  share: number;
  steps: readonly { share: number; since: string | null }[];
  baseline: ArmJson;
  tried: ArmJson;
  minimum_answers: number;
  tolerance: number;
  budget_usd: number | null;
  spent_usd: number | null;
  reserved_usd: number | null;
  started_at: string | null;
  ended_at: string | null;
  /** Why it ended or went on; while a rollout waits, what it waits for. */
  reason: string | null;
}

export function experimentJson(experiment: Experiment, tallies: Tallies): ExperimentJson {
  const waits =
    experiment.kind === 'rollout' && experiment.state === 'running'
      ? judgeRollout(experiment, tallies)
      : undefined;
  return {
    name: experiment.name,
    kind: experiment.kind,
    state: experiment.state,
    share: experiment.steps[currentStep(experiment)]?.share ?? 0,
    steps: experiment.steps.map(({ share, since }) => ({ share, since: iso(since) })),
    baseline: armJson(experiment.baseline, tallies.baseline),
    tried: armJson(experiment.tried, tallies.tried),
    minimum_answers: experiment.minimumAnswers,
    tolerance: experiment.tolerance,
    budget_usd: usd(experiment.budget),
    spent_usd: usd(experiment.spent),
    reserved_usd: usd(experiment.reserved),
    started_at: iso(experiment.startedAt),
    ended_at: iso(experiment.endedAt),
    reason: waits?.reason ?? experiment.reason,
  };
}

function armJson(
  { name, settings }: Experiment['tried'],
  { answers, labels, hardFailures }: ArmTally,
): ArmJson {
  return {
    name,
    settings,
    answers: answers.count,
    accepted: answers.good,
    labels: labels.count,
    labelled_good: labels.good,
    hard_failures: hardFailures,
  };
}
