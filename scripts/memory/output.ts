import { writeSync } from 'node:fs';
import { SwarmdError } from '../../config/errors.ts';
import { jsonLine, safeText } from '../terminal/safe-text.ts';

/**
 * Writes to the descriptors themselves: setting up `process.stdout` costs a short command several
 * milliseconds, and a pipe that is written synchronously needs no waiting at the end.
 */
export function printOut(line: string): void {
  write(1, `${line}\n`);
}

export function printErr(line: string): void {
  write(2, `${line}\n`);
}

export function printJson(value: unknown): void {
  printOut(jsonLine(value));
}

/** Stored text, which may hold anything, on one line of a terminal. */
export function printSafe(line: string): void {
  printOut(safeText(line).replace(/[\r\n]+/g, ' '));
}

export function printError(error: unknown, json: boolean): void {
  if (!(error instanceof SwarmdError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    printErr(json ? jsonLine({ error: { code: 'INTERNAL', message: text } }) : safeText(`mem-db: ${text}`));
    return;
  }
  if (json) {
    printErr(jsonLine({ error: error.toJSON() }));
    return;
  }
  printErr(safeText(`mem-db: ${error.message}`));
  if (error.where !== undefined && !error.message.includes(error.where)) {
    printErr(safeText(`  where:   ${error.where}`));
  }
  if (error.allowed !== undefined) printErr(safeText(`  instead: ${error.allowed}`));
}

function write(descriptor: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      // A reader that went away (`mem-db query | head -1`) is no error.
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') {
        throw new SwarmdError('MEMORY_UNAVAILABLE', `what was asked for cannot be written out (${code})`, {
          where: descriptor === 1 ? 'standard output' : 'standard error',
          allowed: 'a place with space left',
          cause: error,
        });
      }
      // The other end made the pipe non-blocking and is slow: wait a moment.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
