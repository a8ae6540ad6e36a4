import Database from 'better-sqlite3';

/**
 * Takes a lock that only one process can hold and that the operating system gives back when the process dies,
 * however it dies: SQLite's own exclusive lock on a small file. Undefined when another process holds it.
 */
export function takeFileLock(path: string): { release(): void } | undefined {
  const database = new Database(path, { timeout: 0 });
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
