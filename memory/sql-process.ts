/** The process in which one query of `mem-db sql` runs; see `read-only-sql.ts`. */
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { SwarmdError } from '../config/errors.ts';
import { openStore } from './database.ts';
import type { SqlReply, SqlRequest, SqlResult } from './read-only-sql.ts';
import { describeSqliteError } from './sqlite-errors.ts';
import { packError } from './wire.ts';

process.once('message', (request: SqlRequest) => {
  let reply: SqlReply;
  try {
    reply = { result: select(request) };
  } catch (error) {
    reply = { error: packError(refusal(describeSqliteError(error, request.path))) };
  }
  process.send?.(reply, () => process.disconnect());
});

/** What SQLite refuses while the query runs (a function that is not allowed, a bad argument) is the query's fault. */
function refusal(error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const denied = error.message === 'not authorized' || error.code === 'SQLITE_AUTH';
  return new SwarmdError(denied ? 'DENIED' : 'INPUT_INVALID', error.message, { where: 'sql' });
}

function select({ path, sql, maxRows }: SqlRequest): SqlResult {
  // Comments may stand before it; a pragma or attach could change the connection or open other files.
  const bare = sql.replace(/^(\s|--[^\n]*\n|\/\*[\s\S]*?\*\/)+/, '');
  if (!/^(select|with|values|explain)\b/i.test(bare)) {
    throw new SwarmdError('DENIED', 'only a query may be run', {
      where: 'sql',
      allowed: 'select …, with …, explain …',
    });
  }
  if (!existsSync(path)) {
    throw new SwarmdError('NOT_FOUND', `there is no memory file ${path}`, {
      where: '--db, MEMORY_DB',
      allowed: 'mem-db init makes one',
    });
  }
  const store = openStore(path, { mode: 'read', busyTimeoutMs: 5000 });
  try {
    store.sqlite.pragma('query_only = on');
    const statement = prepare(store.sqlite, sql);
    if (!statement.reader || !statement.readonly) {
      throw new SwarmdError('DENIED', 'only a query may be run', { where: 'sql' });
    }
    const rows: unknown[][] = [];
    for (const row of statement.raw().iterate()) {
      if (rows.length === maxRows)
        return { columns: statement.columns().map(({ name }) => name), rows, cut: true };
      rows.push(row as unknown[]);
    }
    return { columns: statement.columns().map(({ name }) => name), rows, cut: false };
  } finally {
    store.close();
  }
}

function prepare(sqlite: ReturnType<typeof openStore>['sqlite'], sql: string) {
  try {
    return sqlite.prepare(sql);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new SwarmdError('INPUT_INVALID', message, {
      where: 'sql',
      allowed: `tables and views: actions, calls, llm_calls, entries, budget_days, usage_hours, usage_days`,
    });
  }
}
