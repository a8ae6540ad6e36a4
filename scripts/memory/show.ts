import { exitCodes } from '../../config/errors.ts';
import { chainOf, conflictsWith, visibleEntry } from '../../memory/curate.ts';
import { listLine } from '../../memory/entry-lines.ts';
import { toJson } from '../../memory/entry-rows.ts';
import { entryId } from './numbers.ts';
import { openForReading, using } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printJson, printOut, printSafe } from './output.ts';

/** One entry with every field, what it replaced or was replaced by, and decisions that contradict it. */
export function run(context: CommandContext): number {
  const { rest } = takeOptions(context.words, { atMost: 1 });
  const id = entryId(rest[0]);
  const store = openForReading(context.path);
  return using(store, () => {
    const entry = visibleEntry(store, id);
    const chain = chainOf(store, id);
    const conflicts = conflictsWith(store, entry);
    if (context.json) {
      printJson({
        ...toJson(entry),
        chain: chain.map((other) => other.id),
        conflicts: conflicts.map((other) => other.id),
      });
      return exitCodes.ok;
    }
    printSafe(listLine(entry, context.now));
    for (const [name, value] of Object.entries(toJson(entry))) {
      if (value !== null && name !== 'text') printSafe(`  ${name}: ${String(value)}`);
    }
    if (chain.length > 1) {
      printOut('chain, oldest first:');
      for (const other of chain) printSafe(`  ${listLine(other, context.now)}`);
    }
    if (conflicts.length > 0) {
      printOut('decides otherwise on the same topic:');
      for (const other of conflicts) printSafe(`  ${listLine(other, context.now)}`);
    }
    return exitCodes.ok;
  });
}
