import Database from 'better-sqlite3';
import type { Store } from './database.ts';

/** The version of SQLite, after showing that it loads and has the text index (FTS5); throws when it does not. */
export function sqliteVersion(): string {
  const sqlite = new Database(':memory:');
  try {
    sqlite.exec('create virtual table words using fts5 (text)');
    return String(sqlite.prepare('select sqlite_version()').pluck().get());
  } finally {
    sqlite.close();
  }
}

/** What a read-only look at the file tells without reading all of it: SQLite's quick check, and how much it holds. */
export function quickLook(store: Store): { problems: string[]; actions: number } {
  const found = store.sqlite.pragma('quick_check(5)') as Record<string, string>[];
  const problems = found.flatMap((row) => Object.values(row)).filter((line) => line !== 'ok');
  const actions = store.get<{ count: number }>('select count(*) as count from actions')?.count ?? 0;
  return { problems, actions };
}
