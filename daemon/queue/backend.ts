import type { Queue, Worker } from 'bullmq';

/** What is in a job: swarmd's own carry only the action's id, other programs' carry the input itself. */
export type JobData = { action_id: string } | Record<string, unknown>;

/** What BullMQ's `job.returnvalue` holds for whoever waits on the queue. */
export interface JobResult {
  id: string;
  status: 'completed' | 'failed' | 'cancelled';
  tier: string | null;
  model: string | null;
  quality: number | null;
  cost_usd: number;
  /** At most 64 KB; the whole answer is in SQLite. */
  answer: string | null;
  truncated: boolean;
}

export type ActionJobQueue = Queue<JobData, JobResult, string>;
export type ActionJobWorker = Worker<JobData, JobResult, string>;
export type JobProcessor = (
  job: import('bullmq').Job<JobData, JobResult, string>,
  token: string | undefined,
  signal: AbortSignal | undefined,
) => Promise<JobResult>;

export interface WorkerTuning {
  concurrency: number;
  lockMs: number;
}

/** A place for the queue: Redis, PostgreSQL, or PostgreSQL in this process. Whatever it opens it closes. */
export interface QueueBackend {
  kind: 'redis' | 'postgres' | 'embedded';
  openQueue(): ActionJobQueue;
  openWorker(processor: JobProcessor, tuning: WorkerTuning): ActionJobWorker;
  /** Said before everything is closed: from now on a server that is gone is not waited for. */
  ending?(): Promise<void>;
  close(): Promise<void>;
}

export const queueName = 'actions';

/**
 * The worker's options on every backend. `maxStalledCount` is out of the way because crashes are counted in
 * SQLite, where they belong to the action and not to a job record that a flushed queue forgets.
 */
export function workerOptions(tuning: WorkerTuning) {
  return {
    concurrency: tuning.concurrency,
    lockDuration: tuning.lockMs,
    stalledInterval: Math.max(1_000, Math.round(tuning.lockMs / 2)),
    maxStalledCount: 1_000_000,
    autorun: false,
    removeOnComplete: { age: 3_600, count: 1_000 },
    removeOnFail: { age: 24 * 3_600, count: 1_000 },
  };
}
