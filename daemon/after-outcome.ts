/**
 * What is done after an action's outcome was recorded: shadows of experiments and audits. Nobody waits for it and
 * nobody was promised it, so it is a short line in memory: bounded in length, in time and in how much runs at once,
 * out of the way of real work (router/background-slots.ts), and forgotten at shutdown. What did happen is in the
 * ledger like every call: reserved before, settled after, `unknown` when the process dies.
 */
import type { Clock } from '../router/types/outside.ts';
import type { Logger } from './logger.ts';

/** `later`: no place was free, or real work came; it is tried again while it is not too old. */
export type AfterResult = { kind: 'done' } | { kind: 'later' | 'left'; reason: string };

export interface AfterTask {
  what: 'shadow' | 'audit';
  actionId: string;
  run(signal: AbortSignal): Promise<AfterResult>;
}

export interface AfterOutcome {
  /** Puts it in line; false when the line is full or closed: it is left out, and counted. */
  offer(task: AfterTask): boolean;
  /** Real work needs the place of what is done after this action: it ends at once and is tried again later. */
  giveWay(actionId: string): void;
  counts(): { waiting: number; running: number; done: number; leftOut: number };
  /** Ends what runs and forgets what waits. */
  close(): Promise<void>;
}

const longestLine = 200;
const atOnce = 4;
/** What could not be done within this time after the outcome is left out, in milliseconds. */
const patienceMs = 600_000;
/** The longest one task may take, in milliseconds. */
const longestRunMs = 120_000;
/** How soon a task that gave way is tried again, in milliseconds. */
const againAfterMs = 500;

interface Waiting {
  task: AfterTask;
  offeredAt: number;
  notBefore: number;
}

export function createAfterOutcome({ clock, logger }: { clock: Clock; logger: Logger }): AfterOutcome {
  const line: Waiting[] = [];
  const running = new Map<AfterTask, { stop: AbortController; ended: Promise<void> }>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let done = 0;
  let leftOut = 0;

  function startNext(): void {
    const now = clock.now();
    while (!closed && running.size < atOnce) {
      const at = line.findIndex((one) => one.notBefore <= now);
      const [next] = at === -1 ? [] : line.splice(at, 1);
      if (next === undefined) break;
      const stop = new AbortController();
      running.set(next.task, { stop, ended: runOne(next, stop).finally(() => ended(next.task)) });
    }
    if (!closed && line.length > 0 && running.size < atOnce) timer ??= setTimeout(wake, againAfterMs);
  }

  function wake(): void {
    timer = undefined;
    startNext();
  }

  function ended(task: AfterTask): void {
    running.delete(task);
    startNext();
  }

  async function runOne(waiting: Waiting, stop: AbortController): Promise<void> {
    const { task } = waiting;
    const about = { actionId: task.actionId, task: task.what };
    const timeout = setTimeout(() => stop.abort('timeout'), longestRunMs);
    try {
      const result = await task.run(stop.signal);
      const again = result.kind === 'later' || stop.signal.reason === gaveWay;
      if (result.kind === 'done') done += 1;
      else if (again && !closed && clock.now() - waiting.offeredAt < patienceMs)
        line.push({ ...waiting, notBefore: clock.now() + againAfterMs });
      else {
        leftOut += 1;
        logger.debug({ ...about, reason: result.reason }, 'left out');
      }
    } catch (error) {
      leftOut += 1;
      logger.warn({ ...about, err: error }, 'work after the outcome failed');
    } finally {
      clearTimeout(timeout);
    }
  }

  return {
    offer(task) {
      if (closed || line.length >= longestLine) {
        leftOut += 1;
        return false;
      }
      const now = clock.now();
      line.push({ task, offeredAt: now, notBefore: now });
      startNext();
      return true;
    },
    giveWay(actionId) {
      for (const [task, { stop }] of running) if (task.actionId === actionId) stop.abort(gaveWay);
    },
    counts: () => ({ waiting: line.length, running: running.size, done, leftOut }),
    async close() {
      closed = true;
      clearTimeout(timer);
      line.length = 0;
      const under = [...running.values()];
      for (const { stop } of under) stop.abort('shutdown');
      await Promise.all(under.map(({ ended }) => ended));
    },
  };
}

const gaveWay = 'gave way';
