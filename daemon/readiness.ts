import type { DaemonStatus } from './control.ts';
import type { Deps } from './deps.ts';

/** Work waits, nothing runs and nothing has ended for this long: the daemon is not doing its job. */
const stuckAfterMs = 120_000;

/** Readiness proves that work moves, not that a server answers a ping. */
export async function describeReadiness(input: {
  deps: Deps;
  state: () => DaemonStatus['state'];
  lastFinishedAt: () => number | undefined;
  startedAt: number;
}): Promise<{ ready: boolean; reasons: readonly string[] }> {
  const { deps } = input;
  const reasons: string[] = [];
  const state = input.state();
  if (state === 'draining' || state === 'killed') reasons.push(`the daemon is ${state}`);
  if (!(await deps.memory.writable())) reasons.push('SQLite takes no write');
  const jobs = await deps.queue.bullmq.getJobCounts().catch((error: unknown) => {
    reasons.push(`the queue does not answer: ${(error as Error).message}`);
    return undefined;
  });
  const waiting = (jobs?.waiting ?? 0) + (jobs?.prioritized ?? 0);
  const quietFor = deps.clock.now() - (input.lastFinishedAt() ?? input.startedAt);
  if (state === 'running' && waiting > 0 && deps.inFlight.size() === 0 && quietFor > stuckAfterMs) {
    reasons.push(`${waiting} jobs wait, none runs and none has ended for ${Math.round(quietFor / 1_000)} s`);
  }
  return { ready: reasons.length === 0, reasons };
}
