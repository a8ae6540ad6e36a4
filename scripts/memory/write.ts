import { readFileSync } from 'node:fs';
import { exitCodes } from '../../config/errors.ts';
import { conflictsWith } from '../../memory/curate.ts';
import { writeEntry } from '../../memory/entries.ts';
import { listLine } from '../../memory/entry-lines.ts';
import { toJson } from '../../memory/entry-rows.ts';
import { readNewEntry } from '../../memory/entry-terms.ts';
import { safeText } from '../terminal/safe-text.ts';
import { openForWriting, using } from './open.ts';
import type { CommandContext } from './options.ts';
import { printErr, printJson } from './output.ts';

export function run(context: CommandContext): number {
  const entry = readNewEntry(context.words, context.now, () => readFileSync(0, 'utf8'));
  return using(openForWriting(context.path), (store) => {
    // FULL: what is printed as stored must be stored.
    const stored = store.transaction(() => writeEntry(store, { entry, now: context.now }), 'full');
    printJson(toJson(stored));
    for (const other of conflictsWith(store, stored)) {
      printErr(safeText(`mem-db: decides otherwise: ${listLine(other, context.now)}`));
    }
    return exitCodes.ok;
  });
}
