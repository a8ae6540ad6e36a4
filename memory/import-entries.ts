import { SwarmdError } from '../config/errors.ts';
import type { Store } from './database.ts';
import { entryOfContent, insertEntry } from './entries.ts';
import type { NewEntry } from './types/entries.ts';

/** One entry on its way in, with where it stood, for the report. */
export interface Incoming {
  line: number;
  entry: NewEntry & { id?: number };
  /** Keys of the line that no entry has; what they say is not taken in. */
  unknown?: readonly string[];
}

export interface ImportReport {
  taken: number;
  /** There already, in every field that was given. */
  known: number;
  refused: { line: number; reason: string }[];
}

/**
 * Takes entries in as they are: times, status and chains of superseding kept, ids too where they are free.
 * What is there already is left alone, so importing a file twice adds nothing. One that is refused is
 * reported and does not stop the others.
 */
export function importEntries(
  store: Store,
  input: { entries: readonly Incoming[]; now: number; ids: Map<number, number> },
): ImportReport {
  const report: ImportReport = { taken: 0, known: 0, refused: [] };
  for (const { line, entry } of input.entries) {
    try {
      const there = entryOfContent(store, entry);
      if (there === undefined) {
        const id = take(store, entry, input.now);
        if (entry.id !== undefined) input.ids.set(entry.id, id);
        report.taken += 1;
      } else {
        if (entry.id !== undefined) input.ids.set(entry.id, there);
        report.known += 1;
      }
    } catch (error) {
      if (!(error instanceof SwarmdError)) throw error;
      report.refused.push({ line, reason: error.message });
    }
  }
  return report;
}

/** Points chains at the ids that the entries have here; after all of them are in. */
export function relinkImported(
  store: Store,
  input: { chains: readonly { id: number; supersededBy: number }[]; ids: ReadonlyMap<number, number> },
): void {
  for (const { id, supersededBy } of input.chains) {
    const [here, by] = [input.ids.get(id), input.ids.get(supersededBy)];
    if (here === undefined || by === undefined) continue;
    store.run('update entries set superseded_by = @by where id = @here', { here, by });
  }
}

function take(store: Store, entry: NewEntry & { id?: number }, now: number): number {
  const { id, ...fields } = entry;
  const free = id !== undefined && store.get('select 1 from entries where id = ?', id) === undefined;
  return insertEntry(store, { ...fields, supersededBy: null }, now, free ? id : undefined).id;
}
