import type { Store } from './database.ts';
import { durabilityOf, type OperationName, operations } from './operations.ts';
import { describeSqliteError } from './sqlite-errors.ts';

export interface Operation {
  name: OperationName;
  input: unknown;
}

export type OperationOutcome = { ok: true; value: unknown } | { ok: false; error: unknown };

/**
 * Runs several operations as one transaction and says what became of each. Each has its own savepoint, so one
 * that fails undoes itself only. When the transaction itself fails (locked, disk full), all of them have.
 */
export function runBatch(store: Store, batch: readonly Operation[]): OperationOutcome[] {
  const durability = batch.some(({ name }) => durabilityOf(name) === 'full') ? 'full' : 'normal';
  try {
    return store.transaction(
      () => batch.map((operation) => runInSavepoint(store, operation, batch.length > 1)),
      durability,
    );
  } catch (error) {
    const described = describeSqliteError(error, store.path);
    return batch.map(() => ({ ok: false, error: described }));
  }
}

function runInSavepoint(store: Store, { name, input }: Operation, several: boolean): OperationOutcome {
  if (several) store.run('savepoint operation');
  try {
    // The name ties input and function together where the batch is put in; the compiler cannot see it here.
    const operation = operations[name] as (store: Store, input: unknown) => unknown;
    const value = operation(store, input);
    if (several) store.run('release operation');
    return { ok: true, value };
  } catch (error) {
    // A full disk may have rolled everything back already: then none of the batch has happened.
    if (!several || !store.sqlite.inTransaction) throw error;
    store.run('rollback to operation');
    store.run('release operation');
    return { ok: false, error: describeSqliteError(error, store.path) };
  }
}
