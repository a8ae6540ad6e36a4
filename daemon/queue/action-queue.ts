import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import type { ActionSummary } from '../../memory/types/actions.ts';
import type { ActionJobQueue, ActionJobWorker, JobProcessor, QueueBackend } from './backend.ts';

/** What the daemon needs to know of an action to put its job into the queue. */
export type Enqueueable = Pick<ActionSummary, 'id' | 'type' | 'priority' | 'runAt' | 'queueJob'>;

/** The queue as the rest of the daemon uses it: by actions, not by jobs. */
export interface ActionQueue {
  readonly kind: QueueBackend['kind'];
  /** BullMQ's own queue, for Bull Board and for counts. */
  readonly bullmq: ActionJobQueue;
  enqueue(actions: readonly Enqueueable[], parentJobId?: string): Promise<void>;
  /** The state of the action's job (BullMQ's word), `missing` when the queue has none. */
  jobState(action: Enqueueable): Promise<string>;
  /** Forgets the action's job, whatever its state; false when a worker holds it. */
  forget(action: Enqueueable): Promise<boolean>;
  /** Runs the action's delayed job now; quiet when it is not delayed any more. */
  promote(action: Enqueueable): Promise<void>;
  /** Runs a delayed job now and before all others; quiet when it is not delayed any more. */
  fetch(jobId: string): Promise<void>;
  openWorker(processor: JobProcessor): ActionJobWorker;
  /** Said before everything is closed: a server that is gone is not waited for any more. */
  ending(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the queue that the configuration names. The heavy parts load lazily: a Redis user never pays for
 * PGlite. `embedded` needs the data directory's lock to be held by the caller.
 */
export async function openActionQueue(config: Config, now: () => number): Promise<ActionQueue> {
  const backend = await openBackend(config);
  const bullmq = backend.openQueue();
  bullmq.on('error', () => {});

  const jobOptions = (action: Enqueueable, parentJobId: string | undefined) => ({
    jobId: action.id,
    priority: action.priority,
    ...(action.runAt === undefined || action.runAt <= now() ? {} : { delay: action.runAt - now() }),
    // One failure option per child: the parent resumes when its children have ended, however they ended.
    ...(parentJobId === undefined
      ? {}
      : { parent: { id: parentJobId, queue: bullmq.qualifiedName }, ignoreDependencyOnFailure: true }),
  });

  return {
    kind: backend.kind,
    bullmq,
    async enqueue(actions, parentJobId) {
      const jobs = actions.map((action) => ({
        name: action.type,
        data: { action_id: action.id },
        opts: jobOptions(action, parentJobId),
      }));
      const [only] = jobs;
      if (jobs.length === 1 && only !== undefined) await bullmq.add(only.name, only.data, only.opts);
      else if (jobs.length > 0) await bullmq.addBulk(jobs);
    },
    async jobState(action) {
      for (const id of jobIds(action)) {
        const state = await bullmq.getJobState(id);
        if (state !== 'unknown') return state;
      }
      return 'missing';
    },
    async forget(action) {
      let free = true;
      for (const id of jobIds(action)) {
        const job = await bullmq.getJob(id);
        // BullMQ refuses to remove what a worker has locked.
        if (job !== undefined) await job.remove().catch(() => (free = false));
      }
      return free;
    },
    async promote(action) {
      for (const id of jobIds(action)) {
        const job = await bullmq.getJob(id);
        await job?.promote().catch(() => {});
      }
    },
    async fetch(jobId) {
      const job = await bullmq.getJob(jobId);
      // Jobs without a priority go before all that have one; ours all have one, and the record keeps it.
      await job?.changePriority({ priority: 0 }).catch(() => {});
      await job?.promote().catch(() => {});
    },
    openWorker(processor) {
      const worker = backend.openWorker(processor, {
        concurrency: config.queue.concurrency,
        lockMs: config.queue.lockMs,
      });
      worker.on('error', () => {});
      return worker;
    },
    ending: async () => await backend.ending?.(),
    async close() {
      await bullmq.close();
      await backend.close();
    },
  };
}

async function openBackend(config: Config): Promise<QueueBackend> {
  const { url, prefix } = config.queue;
  if (url === 'embedded') {
    const { openEmbeddedBackend } = await import('./embedded.ts');
    return await openEmbeddedBackend(join(config.dataDir, 'queue'), prefix);
  }
  if (/^postgres(ql)?:/.test(url)) {
    const { openPostgresBackend } = await import('./postgres.ts');
    return await openPostgresBackend(url, prefix);
  }
  const { openRedisBackend } = await import('./redis.ts');
  return await openRedisBackend(url, prefix);
}

/** The job swarmd made for the action, and the one another program brought it in with. */
function jobIds(action: Enqueueable): string[] {
  return action.queueJob === null ? [action.id] : [action.id, externalJobId(action.queueJob)];
}

/**
 * Names a job of another program for good: its id alone is not enough, because a queue that lost its data
 * counts from 1 again.
 */
export function externalJobKey(job: { id: string; timestamp: number }): string {
  return `${job.timestamp}/${job.id}`;
}

export function externalJobId(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}
