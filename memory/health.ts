import { SwarmdError } from '../config/errors.ts';
import type { Store } from './database.ts';
import { versionOf } from './migrations.ts';
import { describeSqliteError } from './sqlite-errors.ts';
import { entriesToIndex } from './text-index.ts';

export interface HealthCheck {
  name: string;
  ok: boolean;
  detail: string;
}

/** Looks at everything that can go wrong with the file. `deep` reads all of it; seconds at a gigabyte. */
export function checkHealth(store: Store, deep: boolean): HealthCheck[] {
  return [
    attempt(store, 'version', () => `version ${versionOf(store)}`),
    attempt(store, 'integrity', () => integrity(store, deep)),
    attempt(store, 'text index', () => textIndexes(store, deep)),
    attempt(store, 'write', () => {
      store.transaction(
        () =>
          store.run(
            `insert into state (key, value, updated_at) values ('health', '1', 0) on conflict (key) do update set value = '1'`,
          ),
        'full',
      );
      return 'a write commits';
    }),
    attempt(store, 'sums', () => sumsAgree(store)),
  ];
}

function integrity(store: Store, deep: boolean): string {
  const pragma = deep ? 'integrity_check(5)' : 'quick_check(5)';
  const found = (store.sqlite.pragma(pragma) as Record<string, string>[]).flatMap((row) =>
    Object.values(row),
  );
  if (found.length === 1 && found[0] === 'ok') return deep ? 'every page and index is sound' : 'sound';
  throw Object.assign(new Error(found.join('; ')), { code: 'SQLITE_CORRUPT' });
}

/** By itself an index shows only that it is whole; with rank 1 FTS5 compares it with every entry. */
function textIndexes(store: Store, deep: boolean): string {
  for (const index of ['entries_fts', 'entries_trigram']) {
    store.sqlite.exec(`insert into ${index} (${index}, rank) values ('integrity-check', ${deep ? 1 : 0})`);
  }
  const waiting = entriesToIndex(store);
  if (waiting > 0) throw new Error(`${waiting} entries are in no text index; the next write adds them`);
  return deep ? 'words and trigrams match the entries' : 'words and trigrams are whole';
}

/** Roll-ups, budget days and calls are kept by the same transactions: a difference is a defect or a stranger's write. */
function sumsAgree(store: Store): string {
  const row = store.get<{ rolled: number; days: number }>(
    `select (select total(cost_nano) from usage_days) as rolled, (select total(spent_nano) from budget_days) as days`,
  );
  if (row === undefined || row.rolled !== row.days) {
    throw new Error(`the roll-ups say ${row?.rolled} nano-dollars, the budget's days ${row?.days}`);
  }
  return 'roll-ups and budget agree';
}

function attempt(store: Store, name: string, check: () => string): HealthCheck {
  try {
    return { name, ok: true, detail: check() };
  } catch (error) {
    const described = describeSqliteError(error, store.path);
    if (!(described instanceof Error)) return { name, ok: false, detail: String(described) };
    const advice = described instanceof SwarmdError && described.allowed !== undefined;
    return {
      name,
      ok: false,
      detail: advice ? `${described.message}; ${described.allowed}` : described.message,
    };
  }
}
