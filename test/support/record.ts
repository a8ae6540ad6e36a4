import { join } from 'node:path';
import Database from 'better-sqlite3';

/** Reads the record of a daemon that is not running, as anybody with the file could. */
export function readRecord<Row>(dataDir: string, sql: string, ...params: unknown[]): Row[] {
  const database = new Database(join(dataDir, 'memory.db'), { readonly: true });
  try {
    return database.prepare(sql).all(...params) as Row[];
  } finally {
    database.close();
  }
}

export function statusInRecord(dataDir: string, id: string): string | undefined {
  return readRecord<{ status: string }>(dataDir, 'select status from actions where id = ?', id)[0]?.status;
}
