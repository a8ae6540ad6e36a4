import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';

/**
 * Takes a lock that only one process can hold and that the operating system gives back when the process dies,
 * however it dies: SQLite's own exclusive lock on a small file. Undefined when another process holds it.
 */
export function takeFileLock(path: string): { release(): void } | undefined {
  // A moment's patience: somebody may only be looking (`isLocked`).
  const database = new Database(path, { timeout: 50 });
  try {
    database.pragma('journal_mode = delete');
    database.pragma('locking_mode = exclusive');
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return undefined;
    throw error;
  }
  return { release: () => database.close() };
}

/** Whether a process holds the lock now. Makes no file. */
export function isLocked(path: string): boolean {
  if (!existsSync(path)) return false;
  const lock = takeFileLock(path);
  lock?.release();
  return lock === undefined;
}
