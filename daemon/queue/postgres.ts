import { createPostgresBackend, runMigrations, withBackend } from 'bullmq';
import pg from 'pg';
import { SwarmdError } from '../../config/errors.ts';
import {
  type ActionJobQueue,
  type ActionJobWorker,
  type JobData,
  type JobResult,
  type QueueBackend,
  queueName,
  workerOptions,
} from './backend.ts';
import { withoutPassword } from './redis.ts';

const schema = 'bullmq';
/** One connection is held by the worker's LISTEN, one by each of its blocking waits; the rest serve queries. */
const poolSize = 12;

/** Opens the queue on a PostgreSQL server (13 or later), in the schema `bullmq`, which is migrated first. */
export async function openPostgresBackend(url: string, prefix: string): Promise<QueueBackend> {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    options: `-c search_path=${schema},public`,
  });
  // BullMQ adds a listener for each queue and worker that shares the pool.
  pool.setMaxListeners(50);
  pool.on('error', () => {});
  try {
    const client = await pool.connect();
    try {
      await runMigrations(client, schema);
    } finally {
      client.release();
    }
  } catch (error) {
    await pool.end();
    throw new SwarmdError(
      'QUEUE_UNAVAILABLE',
      `no PostgreSQL queue at ${withoutPassword(url)}: ${(error as Error).message}`,
      {
        where: 'queue.url',
        allowed: 'a running PostgreSQL 13 or later where this user may create a schema',
        retryable: true,
      },
    );
  }
  return {
    kind: 'postgres',
    // pg's own types are overloaded where BullMQ's structural ones are not; the methods are the same.
    ...openOn(pool as unknown as PostgresPool, prefix),
    close: () => pool.end(),
  };
}

type PostgresPool = Parameters<typeof createPostgresBackend>[1]['connection'];

const { Queue, Worker } = withBackend(createPostgresBackend);

/** Queue and worker on any pool that speaks as `pg.Pool` does; the embedded backend brings its own. */
export function openOn(pool: PostgresPool, prefix: string): Pick<QueueBackend, 'openQueue' | 'openWorker'> {
  // PostgreSQL has no key prefix: the queue's name carries it, so that two installations can share a server.
  const name = prefix === 'swarmd' ? queueName : `${prefix}-${queueName}`;
  return {
    openQueue: () =>
      new Queue<JobData, JobResult, string>(name, { connection: pool }) as unknown as ActionJobQueue,
    openWorker: (processor, tuning) =>
      new Worker<JobData, JobResult, string>(name, processor, {
        connection: pool,
        ...workerOptions(tuning),
      }) as unknown as ActionJobWorker,
  };
}
