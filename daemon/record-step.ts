import { DelayedError, UnrecoverableError, WaitingChildrenError } from 'bullmq';
import { crashPoint } from '../config/crash-points.ts';
import { toUsd } from '../config/money.ts';
import type { ActionError, ActionRecord, ActionResult } from '../memory/types/actions.ts';
import type { Outcome } from '../router/types.ts';
import { resultOf } from './action-result.ts';
import type { Deps } from './deps.ts';
import type { StopReason } from './in-flight.ts';
import type { Loaded } from './load-action.ts';
import { atEnd } from './notify/deliveries.ts';
import { parkedForMs } from './parking.ts';
import type { ActionJob } from './process-action.ts';
import type { JobResult } from './queue/backend.ts';
import type { Step } from './step.ts';
import { tellFinished, tellParked } from './tell.ts';

/** What is in hand when a visit to an action ends. */
interface Visit {
  job: ActionJob;
  token: string | undefined;
  action: ActionRecord;
  step: Step;
  stopped: AbortSignal;
}

/** Bytes of an answer that travel through the queue; the whole is in SQLite. */
const jobAnswerBytes = 64 * 1024;
/** How soon a parent looks again when its children's jobs do not know it (they were enqueued again without it). */
const lookAgainMs = 2_000;

/** A paused budget's waiters look by themselves this often: in case nobody was there to release them. */
const lookAtPauseMs = 3_600_000;

type Failed = Extract<Outcome, { kind: 'failed' }>;

/** Writes what a visit came to into the record, then tells the queue. The record first: it is the truth. */
export async function recordStep(visit: Visit, deps: Deps): Promise<JobResult> {
  const { step } = visit;
  const reason = visit.stopped.reason as StopReason | undefined;
  const unfinished = step.kind !== 'outcome' || step.outcome.kind !== 'answered';
  if (visit.stopped.aborted && unfinished && reason !== 'cancelled') return await putBack(visit, deps);
  switch (step.kind) {
    case 'children':
      return await waitForChildren(visit, step, deps);
    case 'failed':
      return await fail(visit, step.error, undefined, deps);
    case 'outcome':
      return await recordOutcome(visit, step.outcome, deps);
  }
}

async function recordOutcome(visit: Visit, outcome: Outcome, deps: Deps): Promise<JobResult> {
  switch (outcome.kind) {
    case 'answered':
      return await finish(visit, resultOf(outcome), deps);
    case 'waiting':
      return await parkForSlot(visit, outcome.model, deps);
    case 'failed': {
      const { code, message, retryable } = outcome.error;
      const waited = waitedInVain(visit.action, outcome);
      return await fail(visit, waited ?? { code, message, retryable }, outcome, deps);
    }
  }
}

/** Tried again after a backoff while attempts and deadline allow, else failed for good. */
async function fail(
  visit: Visit,
  error: ActionError,
  outcome: Failed | undefined,
  deps: Deps,
): Promise<JobResult> {
  const { action } = visit;
  // Waiting for money is no attempt.
  const waitingFor = outcome?.error.waitsFor;
  const runAt = error.retryable ? retryTime(action, outcome, deps) : undefined;
  if (runAt !== undefined) {
    const at = deps.clock.now();
    const parked = await deps.memory.actions.park({
      id: action.id,
      fence: action.fence,
      status: 'delayed',
      ...(waitingFor === undefined ? {} : { waitingFor }),
      runAt,
      attempt: waitingFor === undefined,
      error,
      at,
    });
    if (!parked) return await superseded(visit, deps);
    const until =
      waitingFor === 'budget_paused' ? 'budget paused' : `tried again at ${new Date(runAt).toISOString()}`;
    tellParked(deps, action, 'delayed', `${until}: ${error.message}`);
    return await delayJob(visit, runAt);
  }
  const result: ActionResult =
    outcome === undefined ? { status: 'failed', error } : { ...resultOf(outcome), error };
  return await finish(
    visit,
    visit.stopped.reason === 'cancelled' ? { ...result, status: 'cancelled' } : result,
    deps,
  );
}

/** When to try again; undefined when no attempt or no time is left. */
function retryTime(action: ActionRecord, outcome: Failed | undefined, deps: Deps): number | undefined {
  const { backoff } = deps.config().queue;
  const { waitsFor, retryAt } = outcome?.error ?? {};
  const now = deps.clock.now();
  if (waitsFor === 'budget_paused') return untilResumed(action, retryAt, now);
  if (waitsFor === undefined && action.attemptsMade + 1 >= action.attempts) return undefined;
  const pause =
    Math.min(backoff.maxMs, backoff.initialMs * 2 ** action.attemptsMade) * (0.75 + deps.random() / 2);
  const runAt = Math.round(Math.max(retryAt ?? 0, now + pause));
  return action.deadlineAt !== undefined && runAt >= action.deadlineAt ? undefined : runAt;
}

/** Whoever resumes the budget ends this wait; the deadline does too, and what then comes of it is said there. */
function untilResumed(action: ActionRecord, retryAt: number | undefined, now: number): number | undefined {
  const { deadlineAt = Number.POSITIVE_INFINITY } = action;
  return now >= deadlineAt ? undefined : Math.min(retryAt ?? now + lookAtPauseMs, deadlineAt);
}

/** The deadline passed while the action waited for money: that is why it failed. */
function waitedInVain(action: ActionRecord, { error }: Failed): ActionError | undefined {
  if (error.code !== 'DEADLINE_EXCEEDED' || action.error?.code !== 'BUDGET_REFUSED') return undefined;
  const message = `the deadline passed while it waited: ${action.error.message}`;
  return { code: 'BUDGET_REFUSED', message, retryable: false };
}

async function finish(visit: Visit, result: ActionResult, deps: Deps): Promise<JobResult> {
  const { action } = visit;
  const at = deps.clock.now();
  const outbox = atEnd(action, result.status, { config: deps.config(), newId: deps.newId, at });
  const recorded = await deps.memory.actions.finish(action.id, action.fence, result, at, outbox);
  crashPoint('recorded');
  if (!recorded) return await superseded(visit, deps);
  const ended = deps.memory.actions.get(action.id) ?? action;
  tellFinished(deps, ended);
  return bringBack({ kind: 'ended', action: ended });
}

/** The action was ended by somebody else meanwhile (cancelled, or taken over): the job brings back what is true. */
async function superseded(visit: Visit, deps: Deps): Promise<JobResult> {
  const now = deps.memory.actions.get(visit.action.id);
  if (now !== undefined && ['completed', 'failed', 'cancelled'].includes(now.status))
    return bringBack({ kind: 'ended', action: now });
  throw new Error(`action ${visit.action.id} was taken over by another worker`);
}

/** Spawned children enter the queue with this job as their parent; the slot is free until they have ended. */
async function waitForChildren(
  visit: Visit,
  step: Extract<Step, { kind: 'children' }>,
  deps: Deps,
): Promise<JobResult> {
  const { job, token, action } = visit;
  const at = deps.clock.now();
  const parked = await deps.memory.actions.park({
    id: action.id,
    fence: action.fence,
    status: 'waiting',
    waitingFor: 'children',
    // What was done to plan belongs to what the action did; the next visit ends it.
    ...(step.trail === undefined ? {} : { state: { steps: step.trail.steps } }),
    at,
  });
  if (!parked) return await superseded(visit, deps);
  const jobId = job.id ?? action.id;
  const open = deps.memory.actions.children(action.id).filter((child) => child.status === 'queued');
  await deps.queue.enqueue(open, jobId);
  crashPoint('children-added');
  tellParked(
    deps,
    action,
    'waiting',
    `waits for ${deps.memory.actions.pendingChildren(action.id)} sub-agents`,
  );
  for (const child of step.spawned)
    deps.events.tell({
      kind: 'queued',
      actionId: child.id,
      rootId: child.rootId,
      parentId: action.id,
      type: child.type,
      client: child.client,
      at,
      line: `spawned by ${action.id}`,
    });
  const waits = await job.moveToWaitingChildren(token ?? '');
  crashPoint('waiting-children');
  if (waits) throw new WaitingChildrenError();
  return await delayJob(visit, deps.memory.actions.pendingChildren(action.id) === 0 ? at : at + lookAgainMs);
}

async function parkForSlot(visit: Visit, model: string, deps: Deps): Promise<JobResult> {
  const { action, job } = visit;
  const at = deps.clock.now();
  const runAt = Math.min(at + parkedForMs, action.deadlineAt ?? Number.POSITIVE_INFINITY);
  const parked = await deps.memory.actions.park({
    id: action.id,
    fence: action.fence,
    status: 'waiting',
    waitingFor: 'slot',
    runAt,
    at,
  });
  if (!parked) return await superseded(visit, deps);
  await visit.job.moveToDelayed(runAt, visit.token);
  // Only now: whoever fetches it must find it delayed.
  deps.parking.park(action, job.id ?? action.id, model);
  throw new DelayedError();
}

/** Shutdown, kill switch or a lost lock: back into the queue as if it had not been tried. */
async function putBack(visit: Visit, deps: Deps): Promise<JobResult> {
  const { action } = visit;
  const at = deps.clock.now();
  await deps.memory.actions.park({ id: action.id, fence: action.fence, status: 'queued', at });
  return await delayJob(visit, at);
}

/** The job comes back at `runAt`; not an attempt in BullMQ's counting either. */
async function delayJob(visit: Visit, runAt: number): Promise<never> {
  await visit.job.moveToDelayed(runAt, visit.token);
  throw new DelayedError();
}

/** What the job's own result is when there is nothing left to do for it. A failed action is a failed job. */
export function bringBack(loaded: Exclude<Loaded, { kind: 'claimed' }>): JobResult {
  if (loaded.kind === 'unknown')
    throw new UnrecoverableError(`there is no action ${loaded.id} in the record`);
  const { action } = loaded;
  if (action.status !== 'completed') throw new UnrecoverableError(action.error?.message ?? action.status);
  const answer = action.answer ?? '';
  const short = Buffer.byteLength(answer) > jobAnswerBytes;
  crashPoint('completed');
  return {
    id: action.id,
    status: 'completed',
    tier: action.tier,
    model: action.model,
    quality: action.quality,
    cost_usd: toUsd(action.cost),
    answer: short ? cutUtf8(answer, jobAnswerBytes) : action.answer,
    truncated: short,
  };
}

/** The longest prefix of at most this many bytes that ends between characters. */
function cutUtf8(text: string, bytes: number): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true });
}
