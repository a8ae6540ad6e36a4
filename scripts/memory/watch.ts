import { exitCodes } from '../../config/errors.ts';
import { listLine } from '../../memory/entry-lines.ts';
import { newerEntries } from '../../memory/entry-query.ts';
import { toJson } from '../../memory/entry-rows.ts';
import { parseQuery } from '../../memory/grammar.ts';
import { durationMs } from '../../memory/time-words.ts';
import { entryId, wholeNumber } from './numbers.ts';
import { openForWriting } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printJson, printSafe } from './output.ts';

const pollMs = 200;

/** New entries as they come, each within a second; `--after ID` goes on where an earlier watch ended. */
export async function run(context: CommandContext): Promise<number> {
  const { values, rest } = takeOptions(context.words, { values: ['after', 'for', 'max'] });
  const query = parseQuery(rest, context.now);
  const endsAt = values.has('for') ? Date.now() + durationMs(values.get('for') ?? '', '--for') : Infinity;
  let left = values.has('max') ? wholeNumber(values.get('max') ?? '', '--max') : Infinity;
  const store = openForWriting(context.path);
  let stopped = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      stopped = true;
    });
  try {
    const start = values.get('after');
    let after = start === undefined ? newerEntries(store, query, undefined).after : entryId(start, '--after');
    let version: unknown;
    while (!stopped && left > 0 && Date.now() < endsAt) {
      // Changes whenever another connection commits, and costs no look at the table.
      const current = store.sqlite.pragma('data_version', { simple: true });
      if (current !== version) {
        version = current;
        const found = newerEntries(store, query, after);
        after = found.after;
        if (found.more) version = undefined;
        for (const entry of found.entries.slice(0, left)) {
          if (context.json) printJson(toJson(entry));
          else printSafe(listLine(entry, Date.now()));
        }
        left -= found.entries.length;
      }
      const wait = version === undefined ? 0 : pollMs;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    return exitCodes.ok;
  } finally {
    store.close();
  }
}
