import { SwarmdError } from '../config/errors.ts';
import type { Store } from './database.ts';
import { version1 } from './sql/schema.ts';
import { version2 } from './sql/version2.ts';
import { version3 } from './sql/version3.ts';
import { version4 } from './sql/version4.ts';
import { version5 } from './sql/version5.ts';
import { version6 } from './sql/version6.ts';
import { version7 } from './sql/version7.ts';
import { version8 } from './sql/version8.ts';

/** Each entry takes the file from the version of its index to the next; a released one is never edited. */
export const migrations: readonly string[] = [
  version1,
  version2,
  version3,
  version4,
  version5,
  version6,
  version7,
  version8,
];

/** The version of the file this program writes. */
export const schemaVersion = migrations.length;

/**
 * Brings the file to this program's version. Runs under an exclusive lock, so of several processes that
 * start at once one migrates and the others find it done. Throws MEMORY_NEWER for a file that a newer
 * program wrote, and leaves it untouched.
 */
export function migrate(store: Store): void {
  if (versionOf(store) === schemaVersion) return;
  store.sqlite.pragma('synchronous = full');
  store.begin('exclusive');
  try {
    const version = versionOf(store);
    if (version > schemaVersion) throw newerFile(store.path, version);
    for (const migration of migrations.slice(version)) store.sqlite.exec(migration);
    store.sqlite.pragma(`user_version = ${schemaVersion}`);
    store.sqlite.exec('commit');
  } catch (error) {
    if (store.sqlite.inTransaction) store.sqlite.exec('rollback');
    throw error;
  }
}

/** 0: an empty file. */
export function versionOf(store: Store): number {
  return Number(store.sqlite.pragma('user_version', { simple: true }));
}

function newerFile(path: string, version: number): SwarmdError {
  return new SwarmdError(
    'MEMORY_NEWER',
    `the memory file has version ${version}, this program knows versions up to ${schemaVersion}`,
    { where: path, allowed: 'the newer swarmd that wrote it' },
  );
}
