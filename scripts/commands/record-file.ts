import { openEmptyStore, openStore, type Store } from '../../memory/database.ts';
import { migrate, schemaVersion, versionOf } from '../../memory/migrations.ts';

/** How long a read waits for another process's lock, in milliseconds. */
const busyTimeoutMs = 5000;

/**
 * Opens the memory's file, which exists, for reading. One that an older swarmd wrote is brought up to date first;
 * one of a newer swarmd is refused (MEMORY_NEWER).
 */
export function openRecordFile(path: string): Store {
  const store = openStore(path, { mode: 'read', busyTimeoutMs });
  if (versionOf(store) === schemaVersion) return store;
  store.close();
  const writing = openStore(path, { mode: 'write', busyTimeoutMs });
  try {
    migrate(writing);
  } finally {
    writing.close();
  }
  return openStore(path, { mode: 'read', busyTimeoutMs });
}

/** A record in which nothing was ever done, kept in memory alone. */
export function emptyRecordFile(): Store {
  const store = openEmptyStore('no record yet');
  migrate(store);
  return store;
}

/**
 * Changes the memory's file in one transaction that is on the disk when this returns; makes the file where there
 * is none. A running daemon sees the change with its next read.
 */
export function changeRecordFile<Result>(path: string, change: (store: Store) => Result): Result {
  const store = openStore(path, { mode: 'write', busyTimeoutMs });
  try {
    migrate(store);
    return store.transaction(() => change(store), 'full');
  } finally {
    store.close();
  }
}
