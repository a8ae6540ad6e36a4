import { setTimeout as wait } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { SwarmdError } from '../../config/errors.ts';
import { type JobData, type JobResult, type QueueBackend, queueName, workerOptions } from './backend.ts';

const connectTimeoutMs = 5_000;
/** The longest wait between two tries to reach a server that is gone, in milliseconds. */
const longestRetryMs = 2_000;

/** Opens the queue on a Redis server; throws QUEUE_UNAVAILABLE when it does not answer within five seconds. */
export async function openRedisBackend(url: string, prefix: string): Promise<QueueBackend> {
  await checkServer(url);
  // Workers block on their connection and must wait out a restart of the server; producers fail fast.
  let ending = false;
  const retryStrategy = (tries: number) => (ending ? null : Math.min(50 * 2 ** tries, longestRetryMs));
  const connection = { url, maxRetriesPerRequest: null, retryStrategy };
  return {
    kind: 'redis',
    openQueue: () =>
      new Queue<JobData, JobResult, string>(queueName, { prefix, connection, skipVersionCheck: true }),
    openWorker: (processor, tuning) =>
      new Worker<JobData, JobResult, string>(queueName, processor, {
        prefix,
        connection,
        ...workerOptions(tuning),
      }),
    // BullMQ's close waits for the end of its connection. Of one that ioredis is about to restore that end never
    // comes (seen: one stop in three after Redis was gone), so each is given the time to find that it is over.
    async ending() {
      ending = true;
      await checkServer(url).catch(() => wait(longestRetryMs));
    },
    close: () => Promise.resolve(),
  };
}

async function checkServer(url: string): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: connectTimeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw new SwarmdError(
      'QUEUE_UNAVAILABLE',
      `no Redis answers at ${withoutPassword(url)}: ${(error as Error).message}`,
      {
        where: 'queue.url',
        allowed: 'a running Redis 6.2 or later, postgres://…, or "embedded" which needs no server',
        retryable: true,
      },
    );
  } finally {
    redis.disconnect();
  }
}

/** The address as it may be shown: `redis://user:***@host`. */
export function withoutPassword(url: string): string {
  return url.replace(/\/\/([^@/]*?):[^@/]*@/, '//$1:***@');
}
