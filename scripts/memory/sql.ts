import { existsSync, readFileSync } from 'node:fs';
import { exitCodes, SwarmdError } from '../../config/errors.ts';
import { runReadOnlySql } from '../../memory/read-only-sql.ts';
import { durationMs } from '../../memory/time-words.ts';
import { wholeNumber } from './numbers.ts';
import { openForReading } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printErr, printJson, printSafe } from './output.ts';

/** One SELECT, in a process that can only read and is stopped after `--timeout` (10 s). */
export async function run(context: CommandContext): Promise<number> {
  const { values, rest } = takeOptions(context.words, { values: ['timeout', 'limit'] });
  const sql = rest.length === 1 && rest[0] === '-' ? readFileSync(0, 'utf8') : rest.join(' ');
  if (sql.trim() === '') {
    throw new SwarmdError('USAGE', 'which query?', {
      where: 'sql',
      allowed: 'mem-db sql "select count(*) from entries"',
    });
  }
  const timeoutMs = durationMs(values.get('timeout') ?? '10s', '--timeout');
  const maxRows = wholeNumber(values.get('limit') ?? '1000', '--limit');
  if (existsSync(context.path)) openForReading(context.path).close();
  const result = await runReadOnlySql({ path: context.path, sql, maxRows }, timeoutMs);
  if (context.json) {
    for (const row of result.rows) {
      printJson(Object.fromEntries(result.columns.map((column, index) => [column, shown(row[index])])));
    }
  } else {
    printSafe(result.columns.join('\t'));
    for (const row of result.rows) printSafe(row.map((cell) => String(shown(cell) ?? '')).join('\t'));
  }
  if (result.cut) printErr(`mem-db: more than ${maxRows} rows; --limit shows more`);
  return exitCodes.ok;
}

function shown(cell: unknown): unknown {
  return cell instanceof Uint8Array ? Buffer.from(cell).toString('hex') : cell;
}
