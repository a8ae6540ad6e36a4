import { fork } from 'node:child_process';
import { SwarmdError } from '../config/errors.ts';
import type { PackedError } from './wire.ts';
import { unpackError } from './wire.ts';

export interface SqlRequest {
  path: string;
  sql: string;
  /** Rows beyond this are not read. */
  maxRows: number;
}

export interface SqlResult {
  columns: string[];
  rows: unknown[][];
  /** True when there were more rows. */
  cut: boolean;
}

export type SqlReply = { result: SqlResult } | { error: PackedError };

/**
 * Runs one SELECT in a process of its own that can only read, and kills it when its time is up: SQLite cannot
 * be interrupted from outside its thread, and a cross join of two large tables would run for days.
 */
export function runReadOnlySql(request: SqlRequest, timeoutMs: number): Promise<SqlResult> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const child = fork(new URL(`./sql-process.${extension}`, import.meta.url), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(
        new SwarmdError('DEADLINE_EXCEEDED', `the query took longer than ${timeoutMs} ms and was stopped`, {
          allowed: 'a narrower where, a limit, or --timeout 30s',
        }),
      );
    }, timeoutMs);
    child.on('message', (reply: SqlReply) => {
      if ('result' in reply) resolve(reply.result);
      else reject(unpackError(reply.error));
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      clearTimeout(timer);
      reject(new SwarmdError('INTERNAL', `the query's process ended with ${code}`));
    });
    child.send(request);
  });
}
