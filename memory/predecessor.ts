import { SwarmdError } from '../config/errors.ts';
import { openStore } from './database.ts';
import type { Incoming } from './import-entries.ts';
import { fromObject } from './read-entries.ts';
import { describeSqliteError } from './sqlite-errors.ts';

/** Rows of the predecessor's SQLite file (table `chunks`), each as an entry or as the reason why it is none. */
export function* readPredecessor(
  path: string,
  now: number,
): IterableIterator<Incoming | { line: number; reason: string }> {
  const store = openStore(path, { mode: 'read', busyTimeoutMs: 5000 });
  try {
    if (store.get(`select 1 from sqlite_schema where type = 'table' and name = 'chunks'`) === undefined) {
      throw new SwarmdError('INPUT_INVALID', 'the SQLite file has no table chunks', {
        where: path,
        allowed: "the predecessor's memory file, or an export of mem-db",
      });
    }
    for (const row of store.iterate<Record<string, unknown>>(
      'select rowid as line, * from chunks order by timestamp, rowid',
    )) {
      const line = Number(row.line);
      try {
        yield { line, entry: fromObject({ ...row, confirmed_by: null, trust: 'agent' }, now) };
      } catch (error) {
        if (!(error instanceof SwarmdError)) throw error;
        yield { line, reason: error.message };
      }
    }
  } catch (error) {
    throw describeSqliteError(error, path);
  } finally {
    store.close();
  }
}
