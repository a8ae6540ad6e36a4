import type { ExperimentJson } from '../../daemon/http/wire/experiment-json.ts';
import { percentOf } from '../../router/experiment/verdict.ts';
import { dollars } from '../terminal/words.ts';

/** An experiment for people: what runs since when, the two arms, and why it is where it is. */
export function experimentLines(experiment: ExperimentJson): string[] {
  const { baseline, tried, kind } = experiment;
  return [
    `${experiment.name}: ${headOf(experiment)}`,
    ...[baseline, tried].map(
      (arm) =>
        `  ${arm.name.padEnd(9)} ${settingsOf(arm.settings)}; first answers accepted: ${percentOf({ count: arm.answers, good: arm.accepted })}${labelsOf(arm)}`,
    ),
    ...(kind === 'shadow'
      ? [
          `  budget    ${dollars(experiment.spent_usd)} spent, ${dollars(experiment.reserved_usd)} reserved of ${dollars(experiment.budget_usd)}`,
        ]
      : []),
    ...(experiment.reason === null
      ? []
      : [`  ${experiment.state === 'running' ? 'now' : 'why'}       ${experiment.reason}`]),
  ];
}

/** `rollout, 10 % of the traffic (step 1 of 3: 10 %, 50 %, 100 %), since 2026-11-21 12:00`. */
function headOf(experiment: ExperimentJson): string {
  const { kind, state, steps, share } = experiment;
  const since = (experiment.started_at ?? '').slice(0, 16).replace('T', ' ');
  const step = steps.filter((one) => one.since !== null).length;
  const row =
    steps.length > 1
      ? ` (step ${step} of ${steps.length}: ${steps.map((one) => percent(one.share)).join(', ')})`
      : '';
  if (state === 'running') return `${kind}, ${percent(share)} of the traffic${row}, since ${since}`;
  const until = (experiment.ended_at ?? '').slice(0, 16).replace('T', ' ');
  return `${kind}, ${state.toUpperCase()} at ${percent(share)}${row}, ${since} to ${until}`;
}

function settingsOf(settings: Readonly<Record<string, unknown>>): string {
  const set = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return set.length === 0 ? 'as configured' : set.join(', ');
}

function labelsOf(arm: ExperimentJson['tried']): string {
  const good =
    arm.labels === 0
      ? ''
      : `; labelled good: ${percentOf({ count: arm.labels, good: arm.labelled_good })} labelled first answers`;
  return arm.hard_failures === 0 ? good : `${good}; hard failures: ${arm.hard_failures}`;
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}
