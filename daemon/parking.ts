import type { ActionRecord } from '../memory/types/actions.ts';
import type { HostSlots } from '../router/slots.ts';
import type { ActionQueue } from './queue/action-queue.ts';

/** Actions put back because no slot was free. */
export interface Parking {
  /** The action's job is delayed: from now on it may be fetched. */
  park(action: Pick<ActionRecord, 'id' | 'priority' | 'client'>, jobId: string, model: string): void;
  /** The action has ended. */
  forget(actionId: string): void;
  /** Fetches nothing any more: what is put back stays in the queue for the next start. */
  close(): void;
}

/**
 * Without this, five hundred actions waiting for one GPU would each come back on a timer of their own and the
 * queue would do nothing else. Each is put back for long and keeps its place in the line of its host
 * (router/slots.ts), which fetches it by the same rule that serves requests: its job is run at once, before
 * all that wait in the queue, because its place stands empty until it comes.
 */
export function createParking(
  slots: Pick<HostSlots, 'putAside' | 'forget' | 'onFetch'>,
  queue: Pick<ActionQueue, 'fetch'>,
): Parking {
  const jobs = new Map<string, string>();
  let closed = false;
  slots.onFetch((actionId) => {
    const jobId = jobs.get(actionId);
    jobs.delete(actionId);
    // One that does not come now comes by itself when its time is over.
    if (jobId !== undefined) void queue.fetch(jobId).catch(() => {});
  });
  return {
    park({ id, priority, client }, jobId, model) {
      if (closed) return;
      jobs.set(id, jobId);
      slots.putAside(id, model, priority, client);
    },
    forget(actionId) {
      jobs.delete(actionId);
      slots.forget(actionId);
    },
    close() {
      closed = true;
      const waiting = [...jobs.keys()];
      jobs.clear();
      for (const actionId of waiting) slots.forget(actionId);
    },
  };
}

/** Put back for this long at most, in milliseconds: in case the one that would fetch it died. */
export const parkedForMs = 30_000;
