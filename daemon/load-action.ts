import type { Job } from 'bullmq';
import type { ActionRecord } from '../memory/types/actions.ts';
import { parseActionInput } from './action-input.ts';
import type { Deps } from './deps.ts';
import { atEnd } from './notify/deliveries.ts';
import { externalJobKey } from './queue/action-queue.ts';
import type { JobData, JobResult } from './queue/backend.ts';

type ActionJob = Job<JobData, JobResult, string>;

export type Loaded =
  /** Claimed for this worker. */
  | { kind: 'claimed'; action: ActionRecord }
  /** Terminal already: the job only brings its result back. */
  | { kind: 'ended'; action: ActionRecord }
  /** The job's data is no action. */
  | { kind: 'invalid'; action: ActionRecord }
  /** The job names an action this record does not know. */
  | { kind: 'unknown'; id: string };

/** job -> action: swarmd's own jobs name theirs, another program's are recorded on arrival. */
export async function loadAction(job: ActionJob, deps: Deps): Promise<Loaded> {
  const named = namedAction(job.data);
  if (named !== undefined) return await claim(named, deps);
  return await recordExternal(job, deps);
}

async function claim(id: string, deps: Deps): Promise<Loaded> {
  const claimed = await deps.memory.actions.claim(id, deps.clock.now());
  if (claimed !== undefined) return { kind: 'claimed', action: claimed };
  const known = deps.memory.actions.get(id);
  return known === undefined ? { kind: 'unknown', id } : { kind: 'ended', action: known };
}

/**
 * A plain BullMQ job: name = type, data = the input. It is validated and committed before anything is done;
 * bad data is committed too, as an action that failed at once, so that nothing that arrived is unaccounted for.
 */
async function recordExternal(job: ActionJob, deps: Deps): Promise<Loaded> {
  const queueJob = externalJobKey({ id: job.id ?? '', timestamp: job.timestamp });
  const known = deps.memory.actions.byQueueJob(queueJob);
  if (known !== undefined) return await claim(known.id, deps);

  const now = deps.clock.now();
  const input = withJobsOwn(job);
  const parsed = parseActionInput(input, {
    config: deps.config(),
    now,
    newId: deps.newId,
    agents: deps.agents,
    queueJob,
  });
  if (parsed.ok) {
    const { action } = await deps.memory.actions.accept({ ...parsed.action, createdAt: job.timestamp });
    return await claim(action.id, deps);
  }
  const message = parsed.errors.map((error) => error.message).join('; ');
  const { action } = await deps.memory.actions.accept({
    id: deps.newId(),
    type: job.name,
    input: { refused: JSON.stringify(job.data).slice(0, 10_000) },
    client: undefined,
    agent: undefined,
    parentId: undefined,
    idempotencyKey: undefined,
    queueJob,
    privacy: 'local',
    priority: 5,
    attempts: 1,
    budget: undefined,
    deadlineAt: undefined,
    runAt: undefined,
    tags: [],
    createdAt: job.timestamp,
  });
  const claimed = await claim(action.id, deps);
  if (claimed.kind !== 'claimed') return claimed;
  const where = parsed.errors.map((error) => error.field).join(', ');
  await deps.memory.actions.finish(
    action.id,
    claimed.action.fence,
    { status: 'failed', error: { code: 'INPUT_INVALID', message, where, retryable: false } },
    now,
    atEnd(action, 'failed', { config: deps.config(), newId: deps.newId, at: now }),
  );
  return { kind: 'invalid', action: deps.memory.actions.get(action.id) ?? claimed.action };
}

/** The job's name is its type, its priority and attempts are the action's where the data does not say otherwise. */
function withJobsOwn(job: ActionJob): unknown {
  const { data } = job;
  if (data === null || typeof data !== 'object' || Array.isArray(data)) return data;
  const priority = job.opts.priority;
  return {
    type: job.name,
    ...(priority === undefined || priority < 1 || priority > 10 ? {} : { priority }),
    ...data,
  };
}

/** The id in a job of swarmd's own. */
export function namedAction(data: JobData | null): string | undefined {
  if (data === null || typeof data !== 'object') return undefined;
  const keys = Object.keys(data);
  return keys.length === 1 && typeof data.action_id === 'string' ? data.action_id : undefined;
}
