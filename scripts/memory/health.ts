import { existsSync, statSync } from 'node:fs';
import { exitCodes, SwarmdError } from '../../config/errors.ts';
import { checkHealth } from '../../memory/health.ts';
import { openForWriting, using } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printErr, printJson, printSafe } from './output.ts';

/** Bytes of a file that is not read within a second or two. */
const largeFile = 50_000_000;

/** Exit 0 when everything is sound, 1 when something is not. */
export function run(context: CommandContext): number {
  const { flags } = takeOptions(context.words, { flags: ['deep'], atMost: 0 });
  if (!existsSync(context.path)) {
    throw new SwarmdError('MEMORY_UNAVAILABLE', 'there is no memory file', {
      where: context.path,
      allowed: 'mem-db init, or any write, creates it',
    });
  }
  return using(openForWriting(context.path), (store) => {
    if (flags.has('deep') && statSync(context.path).size > largeFile) {
      printErr('mem-db: reading all of the file; a gigabyte takes about a minute');
    }
    const checks = checkHealth(store, flags.has('deep'));
    const ok = checks.every((check) => check.ok);
    if (context.json) printJson({ ok, path: context.path, checks });
    else
      for (const check of checks) printSafe(`${check.ok ? 'ok  ' : 'FAIL'}  ${check.name}: ${check.detail}`);
    return ok ? exitCodes.ok : exitCodes.failure;
  });
}
