import type { ActionSummary } from '../memory/types/actions.ts';
import type { Deps } from './deps.ts';

export interface Reconciliation {
  /** Open actions compared with the queue. */
  compared: number;
  /** Their jobs were missing and are there again. */
  enqueued: number;
  /** Parents whose children had all ended without the queue noticing. */
  released: number;
  /** Direct requests whose connection is gone. */
  abandoned: number;
}

const page = 500;
/** An action this young may be on its way into the queue right now, in milliseconds. */
const graceMs = 5_000;

/**
 * Compares the record with the queue and repairs the queue: the record is the truth, a lost queue is rebuilt.
 * Never repeats what is finished, never touches what a worker holds.
 */
export async function reconcile(deps: Deps, atStart: boolean): Promise<Reconciliation> {
  const done: Reconciliation = { compared: 0, enqueued: 0, released: 0, abandoned: 0 };
  // Who would have released them may have died with the last daemon; a pause may have ended while one worked.
  if (atStart) await deps.memory.actions.releaseFromBudget('all');
  else if (deps.memory.budget.status().paused === undefined)
    await deps.memory.actions.releaseFromBudget('paused');
  let after: string | undefined;
  for (;;) {
    const actions = deps.memory.actions.open(after, page);
    await Promise.all(actions.map((action) => reconcileOne(action, deps, atStart, done)));
    after = actions.at(-1)?.id;
    if (actions.length < page || after === undefined) break;
  }
  if (done.enqueued + done.released + done.abandoned > 0)
    deps.logger.info(done, 'queue repaired from the record');
  return done;
}

async function reconcileOne(
  action: ActionSummary,
  deps: Deps,
  atStart: boolean,
  done: Reconciliation,
): Promise<void> {
  done.compared += 1;
  if (deps.inFlight.has(action.id)) return;
  if (!atStart && deps.clock.now() - action.createdAt < graceMs) return;
  if (isDirect(action)) {
    await deps.memory.actions.cancel(
      action.id,
      'the connection that waited for the answer is gone',
      deps.clock.now(),
    );
    done.abandoned += 1;
    return;
  }
  const state = await deps.queue.jobState(action);
  if (atStart && state === 'delayed' && action.waitingFor === 'slot') {
    // Who would have fetched it when its host had room died with the last daemon.
    await deps.queue.promote(action);
    return;
  }
  if (state === 'delayed' && action.status === 'queued') {
    // It was released from its wait, and the queue was not told.
    await deps.queue.promote(action);
    return;
  }
  if (state === 'missing') {
    await enqueueAgain(action, deps);
    done.enqueued += 1;
  } else if (state === 'completed' || state === 'failed') {
    // The job ended without the record agreeing: the worker died between the two, or another tool moved it.
    if (!(await deps.queue.forget(action))) return;
    await enqueueAgain(action, deps);
    done.enqueued += 1;
  } else if (state === 'waiting-children' && deps.memory.actions.pendingChildren(action.id) === 0) {
    if (!(await deps.queue.forget(action))) return;
    await enqueueAgain(action, deps);
    done.released += 1;
  }
}

async function enqueueAgain(action: ActionSummary, deps: Deps): Promise<void> {
  const waitsForSlot = action.waitingFor === 'slot';
  await deps.queue.enqueue([waitsForSlot ? { ...action, runAt: undefined } : action]);
  deps.events.tell({
    kind: 'queued',
    actionId: action.id,
    rootId: action.rootId,
    ...(action.parentId === undefined ? {} : { parentId: action.parentId }),
    type: action.type,
    client: action.client,
    at: deps.clock.now(),
    line: 'enqueued again from the record',
  });
}

/** Marks requests answered on their own connection, which never enter the queue. */
export const directJobPrefix = 'direct/';

function isDirect(action: ActionSummary): boolean {
  return action.queueJob?.startsWith(directJobPrefix) === true;
}
