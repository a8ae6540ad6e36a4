import type { Experiment } from '../router/experiment/experiment.ts';
import { judgeRollout } from '../router/experiment/verdict.ts';
import type { Deps } from './deps.ts';

/**
 * Judges the running rollout by the record: on to its next step when enough answers speak for it, back to the
 * baseline when they speak against it. Everything is read from SQLite and the change is one transaction that names
 * the step it leaves, so a restart or a second daemon changes nothing about it. `tell` gets one line for people.
 */
export async function watchRollout(
  { memory, clock, logger }: Pick<Deps, 'memory' | 'clock' | 'logger'>,
  tell: (line: string) => void,
): Promise<void> {
  const rollout = memory.experiments.running().find((one) => one.kind === 'rollout');
  if (rollout === undefined) return;
  const verdict = judgeRollout(rollout, memory.experiments.tally(rollout));
  if (verdict.kind === 'wait') return;
  const { name } = rollout;
  const at = clock.now();
  const { reason } = verdict;
  const changed = await memory.experiments.change(
    verdict.kind === 'return'
      ? { name, at, change: { kind: 'end', state: 'returned', reason } }
      : { name, at, change: { kind: 'advance', toStep: verdict.toStep, reason } },
  );
  if (!changed) return;
  const line = lineOf(rollout, verdict);
  if (verdict.kind === 'return') logger.warn({ alert: 'rollout', rollout: name }, line);
  else logger.info({ rollout: name }, line);
  tell(line);
}

function lineOf(
  { name, steps }: Experiment,
  verdict: { kind: 'return'; reason: string } | { kind: 'advance'; toStep: number; reason: string },
): string {
  if (verdict.kind === 'return') return `rollout ${name} was returned: ${verdict.reason}`;
  const share = Math.round((steps[verdict.toStep]?.share ?? 0) * 100);
  return `rollout ${name} went on to ${share} %: ${verdict.reason}`;
}
