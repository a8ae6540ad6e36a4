import type { Store } from './database.ts';
import { versionOf } from './migrations.ts';
import { describeSqliteError } from './sqlite-errors.ts';

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
    attempt(store, 'text index', () => {
      store.sqlite.exec(`insert into entries_fts (entries_fts) values ('integrity-check')`);
      store.sqlite.exec(`insert into entries_trigram (entries_trigram) values ('integrity-check')`);
      return 'words and trigrams match the entries';
    }),
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
  throw new Error(found.join('; '));
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
    return { name, ok: false, detail: described instanceof Error ? described.message : String(described) };
  }
}
