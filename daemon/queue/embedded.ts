import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';
import { runMigrations } from 'bullmq';
import { SwarmdError } from '../../config/errors.ts';
import type { QueueBackend } from './backend.ts';
import { openOn } from './postgres.ts';

const schema = 'bullmq';

/**
 * Opens the queue inside this process: BullMQ's PostgreSQL backend on PGlite, in `folder`. Two processes on
 * one folder corrupt it silently (measured: 26 of 800 rows gone), so the caller must hold the data
 * directory's lock.
 */
export async function openEmbeddedBackend(folder: string, prefix: string): Promise<QueueBackend> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = await PGlite.create(folder).catch((error: unknown) => {
    throw new SwarmdError(
      'QUEUE_UNAVAILABLE',
      `the embedded queue in ${folder} does not open: ${(error as Error).message}`,
      {
        where: 'queue.url',
        allowed:
          'move that folder away (every action is in memory.db and is enqueued again), or name a Redis',
      },
    );
  });
  const pool = new PglitePool(database);
  await database.exec(`create schema if not exists ${schema}; set search_path to ${schema}, public`);
  await runMigrations(pool, schema);
  // The search path is a setting of PGlite's one session, and the migrations change it.
  await database.exec(`set search_path to ${schema}, public`);
  return {
    kind: 'embedded',
    ...openOn(pool, prefix),
    close: () => database.close(),
  };
}

interface QueryResult<R> {
  rows: R[];
  rowCount: number | null;
}

/** PGlite dressed as `pg.Pool`. All "clients" are the one session that PGlite has. */
class PglitePool extends EventEmitter {
  readonly #database: PGlite;

  constructor(database: PGlite) {
    super();
    this.#database = database;
    this.setMaxListeners(50);
  }

  async query<R = Record<string, unknown>>(
    text: string,
    params?: readonly unknown[],
  ): Promise<QueryResult<R>> {
    const result =
      params === undefined || params.length === 0
        ? (await this.#database.exec(text)).at(-1)
        : await this.#database.query(text, params as unknown[]);
    // PGlite answers in microtasks only: without this a busy loop of queries starves every timer (measured:
    // 100 % CPU, timers dead).
    await new Promise((resolve) => setImmediate(resolve));
    return {
      rows: (result?.rows ?? []) as R[],
      rowCount: result?.affectedRows ?? result?.rows.length ?? null,
    };
  }

  connect(): Promise<PgliteClient> {
    return Promise.resolve(new PgliteClient(this, this.#database));
  }

  end(): Promise<void> {
    return Promise.resolve();
  }
}

class PgliteClient extends EventEmitter {
  readonly #pool: PglitePool;
  readonly #database: PGlite;
  readonly #listening = new Map<string, () => Promise<void>>();

  constructor(pool: PglitePool, database: PGlite) {
    super();
    this.#pool = pool;
    this.#database = database;
    this.setMaxListeners(50);
  }

  async query<R = Record<string, unknown>>(
    text: string,
    params?: readonly unknown[],
  ): Promise<QueryResult<R>> {
    // BullMQ's file starts with comment lines, hence the `m` flag: without it the subscription never happens
    // and jobs start up to 5 s late.
    const listen = /^\s*listen\s+"?(\w+)"?/im.exec(text);
    const channel = listen?.[1];
    if (channel !== undefined) {
      if (!this.#listening.has(channel)) {
        this.#listening.set(
          channel,
          await this.#database.listen(channel, (payload) => this.emit('notification', { channel, payload })),
        );
      }
      return { rows: [], rowCount: 0 };
    }
    return await this.#pool.query<R>(text, params);
  }

  release(): void {
    for (const stop of this.#listening.values()) void stop().catch(() => {});
    this.#listening.clear();
  }
}
