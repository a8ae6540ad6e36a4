import type { Experiment } from '../router/experiment/experiment.ts';
import { judgeRollout } from '../router/experiment/verdict.ts';
import type { Deps } from './deps.ts';

/** What a rollout did by itself, for whoever is to be told. */
export interface RolloutNews {
  kind: 'advanced' | 'returned';
  name: string;
  /** One line for people. */
  line: string;
}

/**
 * Judges the running rollout by the record: on to its next step when enough answers speak for it, back to the
 * baseline when they speak against it. Everything is read from SQLite and the change is one transaction that names
 * the step it leaves, so a restart or a second daemon changes nothing about it. Returns what happened, if anything.
 */
export async function watchRollout(
  { memory, clock, logger }: Pick<Deps, 'memory' | 'clock' | 'logger'>,
  tell: (news: RolloutNews) => void = () => {},
): Promise<RolloutNews | undefined> {
  const rollout = memory.experiments.running().find((one) => one.kind === 'rollout');
  if (rollout === undefined) return undefined;
  const verdict = judgeRollout(rollout, memory.experiments.tally(rollout));
  if (verdict.kind === 'wait') return undefined;
  const { name } = rollout;
  const at = clock.now();
  const { reason } = verdict;
  const changed = await memory.experiments.change(
    verdict.kind === 'return'
      ? { name, at, change: { kind: 'end', state: 'returned', reason } }
      : { name, at, change: { kind: 'advance', toStep: verdict.toStep, reason } },
  );
  if (!changed) return undefined;
  const news = newsOf(rollout, verdict);
  if (news.kind === 'returned') logger.warn({ alert: 'rollout', rollout: name }, news.line);
  else logger.info({ rollout: name }, news.line);
  tell(news);
  return news;
}

function newsOf(
  { name, steps }: Experiment,
  verdict: { kind: 'return'; reason: string } | { kind: 'advance'; toStep: number; reason: string },
): RolloutNews {
  if (verdict.kind === 'return')
    return { kind: 'returned', name, line: `rollout ${name} was returned: ${verdict.reason}` };
  const share = Math.round((steps[verdict.toStep]?.share ?? 0) * 100);
  return { kind: 'advanced', name, line: `rollout ${name} went on to ${share} %: ${verdict.reason}` };
}
