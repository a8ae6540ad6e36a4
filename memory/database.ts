import { accessSync, chmodSync, closeSync, constants, existsSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { makePrivateDirectory } from '../config/private-directory.ts';
import { fold } from './contains.ts';
import { describeSqliteError } from './sqlite-errors.ts';

/** A value SQLite stores. */
export type Cell = string | number | bigint | Buffer | null;

/**
 * One connection with its prepared statements. Statements are cached by their text, so an operation names its
 * SQL and nothing else; row types are stated where they are read, and only here is SQLite believed about them.
 */
export class Store {
  readonly path: string;
  readonly sqlite: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  readonly #patience: Patience | undefined;
  readonly #beforeCommit = new Set<(store: Store) => void>();

  constructor(path: string, sqlite: Database.Database, patience?: Patience) {
    this.path = path;
    this.sqlite = sqlite;
    this.#patience = patience;
  }

  get<Row>(sql: string, ...parameters: readonly (Cell | Record<string, Cell>)[]): Row | undefined {
    return this.#prepare(sql).get(...parameters) as Row | undefined;
  }

  all<Row>(sql: string, ...parameters: readonly (Cell | Record<string, Cell>)[]): Row[] {
    return this.#prepare(sql).all(...parameters) as Row[];
  }

  iterate<Row>(sql: string, ...parameters: readonly (Cell | Record<string, Cell>)[]): IterableIterator<Row> {
    return this.#prepare(sql).iterate(...parameters) as IterableIterator<Row>;
  }

  /** Runs a statement that returns no rows. */
  run(
    sql: string,
    ...parameters: readonly (Cell | Record<string, Cell>)[]
  ): { changes: number; lastInsertRowid: number | bigint } {
    return this.#prepare(sql).run(...parameters);
  }

  /**
   * One IMMEDIATE transaction: the write lock is taken before anything is read, so what was read still holds
   * when it is written, and no upgrade of a read lock can fail. `full` waits for the disk before it returns.
   */
  transaction<T>(work: () => T, durability: Durability = 'normal'): T {
    this.sqlite.pragma(`synchronous = ${durability}`);
    this.begin('immediate');
    try {
      const result = work();
      for (const finish of this.#beforeCommit) finish(this);
      this.sqlite.exec('commit');
      return result;
    } catch (error) {
      if (this.sqlite.inTransaction) this.sqlite.exec('rollback');
      throw error;
    } finally {
      this.#beforeCommit.clear();
    }
  }

  /**
   * Has something done once at the end of the transaction under way, however often it is asked for in it;
   * outside of a transaction at once.
   */
  beforeCommit(finish: (store: Store) => void): void {
    if (this.sqlite.inTransaction) this.#beforeCommit.add(finish);
    else finish(this);
  }

  /**
   * Begins a transaction that holds the write lock. While another process holds it, this waits; with patience
   * it says so once, and goes on waiting for as long as the patience lasts.
   */
  begin(kind: 'immediate' | 'exclusive'): void {
    waitForLock(this.#patience, () => this.sqlite.exec(`begin ${kind}`));
  }

  /** Moves the write-ahead log into the file and empties it where no other process is reading. */
  checkpoint(): void {
    this.sqlite.pragma('wal_checkpoint(truncate)');
  }

  close(): void {
    this.#statements.clear();
    this.sqlite.close();
  }

  #prepare(sql: string): Database.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.sqlite.prepare(sql);
      // Filters make many texts; a bound keeps a long-lived process from holding all of them.
      if (this.#statements.size >= 500) this.#statements.clear();
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** `full` is for what was promised to somebody (an acknowledgement, a reservation); `normal` survives a crash of the process. */
export type Durability = 'normal' | 'full';

export interface OpenOptions {
  /** `write` creates the file and its directory where missing; `read` needs both. */
  mode: 'write' | 'read';
  /** How long SQLite itself waits for another process's lock, in milliseconds. */
  busyTimeoutMs: number;
  /** What to do when that was not long enough; undefined: fail with MEMORY_BUSY. */
  patience?: Patience;
}

/** Waiting on, and telling somebody. */
export interface Patience {
  forMs: number;
  /** Told once, when the first wait was in vain. */
  tell: () => void;
}

function waitForLock(patience: Patience | undefined, work: () => void): void {
  const end = Date.now() + (patience?.forMs ?? 0);
  for (let told = false; ; told = true) {
    try {
      work();
      return;
    } catch (error) {
      const busy = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
      if (!busy || Date.now() >= end) throw error;
      if (!told) patience?.tell();
      // SQLite gives up at once where waiting could end in a deadlock; a moment lets the other one finish.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10 + Math.random() * 20);
    }
  }
}

/**
 * Opens the file with what swarmd needs of SQLite: WAL, a busy timeout, mode 0600 in a directory of 0700. It
 * does not migrate (see `migrate`). Throws SwarmdError MEMORY_UNAVAILABLE, MEMORY_BUSY or MEMORY_CORRUPT.
 */
export function openStore(path: string, options: OpenOptions): Store {
  try {
    if (options.mode === 'write') createPrivately(path);
    const sqlite = new Database(path, {
      readonly: options.mode === 'read',
      fileMustExist: true,
      timeout: options.busyTimeoutMs,
    });
    try {
      if (options.mode === 'write') waitForLock(options.patience, () => sqlite.pragma('journal_mode = wal'));
      // 16 MB of log before it moves into the file: pages written again and again move once (4 MB: a tenth slower).
      sqlite.pragma('wal_autocheckpoint = 4000');
      prepare(sqlite);
    } catch (error) {
      sqlite.close();
      throw error;
    }
    return new Store(path, sqlite, options.patience);
  } catch (error) {
    throw describeSqliteError(error, path);
  }
}

/**
 * A file in a directory where SQLite may not put its log, read into memory whole: nobody can be writing it
 * there, unless a log lies beside it. Undefined where that is not the case.
 */
export function openCopyInMemory(path: string): Store | undefined {
  if (existsSync(`${path}-wal`) || mayWrite(dirname(path))) return undefined;
  const bytes = readFileSync(path);
  // The two bytes say that there is a log; what is in memory has none.
  if (bytes.length > 19) bytes.fill(1, 18, 20);
  const sqlite = new Database(bytes);
  sqlite.pragma('query_only = on');
  prepare(sqlite);
  return new Store(path, sqlite);
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** A store without a file: what there is to read where nothing was written yet. */
export function openEmptyStore(path: string): Store {
  const sqlite = new Database(':memory:');
  prepare(sqlite);
  return new Store(path, sqlite);
}

function prepare(sqlite: Database.Database): void {
  // 16 MB of pages; temporary results never touch the disk, where they would be readable by others.
  sqlite.pragma('cache_size = -16000');
  sqlite.pragma('temp_store = memory');
  sqlite.pragma('foreign_keys = on');
  sqlite.function('contains_text', { deterministic: true }, (text: unknown, needle: unknown) =>
    Number(fold(String(text)).includes(fold(String(needle)))),
  );
}

/** SQLite gives -wal and -shm the mode of the file, so the file is made with 0600 before SQLite sees it. */
function createPrivately(path: string): void {
  if (existsSync(path)) return;
  const directory = dirname(path);
  if (!existsSync(directory)) {
    makePrivateDirectory(directory, 'memory (MEMORY_DB, memory.path)');
    chmodSync(directory, 0o700);
  }
  closeSync(openSync(path, 'a', 0o600));
}
