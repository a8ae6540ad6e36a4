import { existsSync, statSync } from 'node:fs';
import { openCopyInMemory, openEmptyStore, openStore, type Store } from '../../memory/database.ts';
import { lockHolders } from '../../memory/lock-holder.ts';
import { migrate, schemaVersion, versionOf } from '../../memory/migrations.ts';
import { describeSqliteError } from '../../memory/sqlite-errors.ts';
import { printErr } from './output.ts';

/** After this long a person is told who is waited for. */
const busyTimeoutMs = 3_000;
/** A person or an agent would rather wait for 150 other writers than lose what it has to say. */
const patienceMs = 60_000;

/** Opens for writing; creates the file, its directory and its tables where they are missing. */
export function openForWriting(path: string): Store {
  const tell = () => {
    printErr(`mem-db: waiting for the memory file, locked by ${lockHolders(path) ?? 'another process'}`);
  };
  const store = openStore(path, { mode: 'write', busyTimeoutMs, patience: { forMs: patienceMs, tell } });
  try {
    tellOfMigration(store);
    migrate(store);
    return store;
  } catch (error) {
    store.close();
    throw describeSqliteError(error, path);
  }
}

/** Bytes of a file that takes more than about a second to bring up to date. */
const largeFile = 100_000_000;

function tellOfMigration(store: Store): void {
  const version = versionOf(store);
  if (version === 0 || version >= schemaVersion || statSync(store.path).size < largeFile) return;
  printErr(
    `mem-db: bringing the memory from version ${version} to ${schemaVersion}, once; this takes some seconds`,
  );
}

/** Opens for reading. Where there is no memory yet it says so, and what is asked finds nothing, or 0. */
export function openForReading(path: string): Store {
  if (!existsSync(path)) {
    printErr(`mem-db: no memory yet at ${path} (the first write creates it)`);
    const empty = openEmptyStore(path);
    migrate(empty);
    return empty;
  }
  const store = openToRead(path);
  try {
    if (versionOf(store) === schemaVersion) return store;
  } catch (error) {
    store.close();
    throw describeSqliteError(error, path);
  }
  // Another version: bring it up to date, or say that it is newer than this program.
  store.close();
  return openForWriting(path);
}

/** Where neither file nor directory may be written, SQLite cannot open a file with a log, and a copy is read. */
function openToRead(path: string): Store {
  try {
    const copy = openCopyInMemory(path);
    if (copy !== undefined) return copy;
  } catch (error) {
    throw describeSqliteError(error, path);
  }
  return openStore(path, { mode: 'read', busyTimeoutMs });
}

/** Runs one piece of work on an open file and closes it, whatever happens; SQLite's errors are explained. */
export function using<T>(store: Store, work: (store: Store) => T): T {
  try {
    return work(store);
  } catch (error) {
    throw describeSqliteError(error, store.path);
  } finally {
    store.close();
  }
}
