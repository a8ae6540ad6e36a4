import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { exitCodes, SwarmdError } from '../../config/errors.ts';
import { iterateEntries } from '../../memory/entry-query.ts';
import { toJson } from '../../memory/entry-rows.ts';
import { parseQuery } from '../../memory/grammar.ts';
import {
  type ImportReport,
  type Incoming,
  importEntries,
  relinkImported,
} from '../../memory/import-entries.ts';
import { readPredecessor } from '../../memory/predecessor.ts';
import { readEntryLine } from '../../memory/read-entries.ts';
import { safeText } from '../terminal/safe-text.ts';
import { plural } from '../terminal/words.ts';
import { openForReading, openForWriting } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printErr, printJson, printOut, printSafe } from './output.ts';
import { createProgress } from './progress.ts';

/** Every entry (or those that filters select) as JSON lines, oldest first, nothing left out. */
export const exportEntries = {
  run(context: CommandContext): number {
    const stated = (name: string) => context.words.some((term) => term.startsWith(`${name}=`));
    const missing = defaults.filter((term) => !stated(term.split('=')[0] ?? ''));
    const query = parseQuery([...context.words, ...missing], context.now);
    const store = openForReading(context.path);
    try {
      for (const entry of iterateEntries(store, query)) printJson(toJson(entry));
      return exitCodes.ok;
    } finally {
      store.close();
    }
  },
};

const defaults = ['limit=-1', 'status=any', 'sort=oldest'];

const batchSize = 1000;

/** Takes in an export, the predecessor's JSONL (`-`: standard input), or its SQLite file; reports line by line what was refused. */
export const importFile = {
  async run(context: CommandContext): Promise<number> {
    const { rest } = takeOptions(context.words, { atMost: 1 });
    const [file] = rest;
    if (file === undefined && context.calledAs === 'sync') {
      throw new SwarmdError('USAGE', 'there is nothing to synchronise: the memory is one SQLite file', {
        where: 'sync',
        allowed: 'mem-db export > memory.jsonl writes the text form, mem-db import FILE reads one',
      });
    }
    if (file === undefined) {
      throw new SwarmdError('USAGE', 'which file?', { where: 'FILE', allowed: 'mem-db import memory.jsonl' });
    }
    const store = openForWriting(context.path);
    const ids = new Map<number, number>();
    const unknown = new Map<string, number>();
    const chains: { id: number; supersededBy: number }[] = [];
    const total: ImportReport = { taken: 0, known: 0, refused: [] };
    const progress = createProgress();
    const flush = (entries: Incoming[]) => {
      const report = store.transaction(
        () => importEntries(store, { entries, now: context.now, ids }),
        'full',
      );
      total.taken += report.taken;
      total.known += report.known;
      total.refused.push(...report.refused);
      progress(
        () => `${plural(total.taken, 'entry', 'entries')} taken, ${total.known} there already, so far`,
      );
    };
    try {
      let batch: Incoming[] = [];
      for await (const item of itemsOf(file, context.now)) {
        if ('reason' in item) {
          total.refused.push(item);
          continue;
        }
        for (const key of item.unknown ?? []) unknown.set(key, (unknown.get(key) ?? 0) + 1);
        const { id, supersededBy } = item.entry;
        if (id !== undefined && supersededBy != null) chains.push({ id, supersededBy });
        batch.push(item);
        if (batch.length < batchSize) continue;
        flush(batch);
        batch = [];
      }
      flush(batch);
      store.transaction(() => relinkImported(store, { chains, ids }), 'full');
    } finally {
      store.close();
    }
    const { taken, known, refused } = total;
    if (context.json) printJson({ taken, known, refused, unknown_keys: Object.fromEntries(unknown) });
    else {
      for (const [key, lines] of unknown) {
        printErr(
          safeText(`mem-db: the key "${key}" of ${lines} lines is no field of an entry and was not taken in`),
        );
      }
      printOut(
        `${plural(total.taken, 'entry', 'entries')} taken, ${total.known} there already, ${total.refused.length} refused`,
      );
      for (const { line, reason } of total.refused.slice(0, 20)) printSafe(`  line ${line}: ${reason}`);
      if (total.refused.length > 20) printErr(`  and ${total.refused.length - 20} more (--json shows all)`);
    }
    return total.refused.length === 0 ? exitCodes.ok : exitCodes.failure;
  },
};

async function* itemsOf(
  file: string,
  now: number,
): AsyncIterable<Incoming | { line: number; reason: string }> {
  if (file !== '-' && isSqlite(file)) {
    yield* readPredecessor(file, now);
    return;
  }
  const input = file === '-' ? process.stdin : createReadStream(file);
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    line += 1;
    try {
      const item = readEntryLine(text, line, now);
      if (item !== undefined) yield item;
    } catch (error) {
      if (!(error instanceof SwarmdError)) throw error;
      yield { line, reason: error.message };
    }
  }
}

function isSqlite(file: string): boolean {
  try {
    const head = Buffer.alloc(16);
    const descriptor = openSync(file, 'r');
    readSync(descriptor, head);
    closeSync(descriptor);
    return head.toString('latin1').startsWith('SQLite format 3');
  } catch (error) {
    throw new SwarmdError('INPUT_INVALID', 'the file cannot be read', { where: file, cause: error });
  }
}
