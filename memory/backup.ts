import { closeSync, existsSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { SwarmdError } from '../config/errors.ts';
import { openStore, type Store } from './database.ts';
import { usersOf } from './lock-holder.ts';
import { schemaVersion, versionOf } from './migrations.ts';
import { describeSqliteError } from './sqlite-errors.ts';

/**
 * Copies the file while others go on writing, then checks the copy. The copy appears under its name only when
 * it is whole. Resolves with its pages.
 */
export async function backup(store: Store, target: string): Promise<{ pages: number }> {
  if (!existsSync(dirname(target))) {
    throw new SwarmdError('INPUT_INVALID', 'the directory for the backup does not exist', { where: target });
  }
  const unfinished = `${target}.partial`;
  rmSync(unfinished, { force: true });
  try {
    emptyPrivateFile(unfinished);
    const { totalPages } = await store.sqlite.backup(unfinished);
    assertSound(unfinished);
    renameSync(unfinished, target);
    return { pages: totalPages };
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw describeSqliteError(error, target);
  }
}

/**
 * Puts a backup in the place of the memory. The file that was there is kept beside it; its name is returned.
 * Throws MEMORY_BUSY while any process has the memory open, MEMORY_CORRUPT or MEMORY_NEWER for the backup.
 */
export function restore(source: string, path: string, now: number): { kept: string | undefined } {
  assertSound(source);
  const users = usersOf(path);
  if (users !== undefined) {
    throw new SwarmdError('MEMORY_BUSY', `the memory is in use by ${users}`, {
      where: path,
      allowed: 'stop the daemon first',
      retryable: true,
    });
  }
  const beside = logFiles(source).filter((file) => !existsSync(file));
  const copy = `${path}.restoring`;
  rmSync(copy, { force: true });
  const from = openStore(source, { mode: 'read', busyTimeoutMs: 5000 });
  try {
    emptyPrivateFile(copy);
    from.sqlite.prepare('vacuum into ?').run(copy);
  } finally {
    from.close();
    for (const file of beside) rmSync(file, { force: true });
  }
  const kept = existsSync(path)
    ? `${path}.before-${new Date(now).toISOString().replaceAll(/[:.]/g, '-')}`
    : undefined;
  if (kept !== undefined) keepBeside(path, kept);
  renameSync(copy, path);
  openStore(path, { mode: 'write', busyTimeoutMs: 1000 }).close();
  return { kept };
}

/**
 * Gives the old file a second name and takes its log away, which would be applied to the new one. Its first
 * name stays until the new file takes it, so that whatever kills this leaves a memory under it.
 */
function keepBeside(path: string, kept: string): void {
  linkSync(path, kept);
  for (const suffix of ['-wal', '-shm']) {
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${kept}${suffix}`);
  }
}

function logFiles(path: string): string[] {
  return [`${path}-wal`, `${path}-shm`];
}

/** SQLite would create the copy readable for everybody; into an empty file it writes as into none. */
function emptyPrivateFile(path: string): void {
  closeSync(openSync(path, 'w', 0o600));
}

/** Throws unless every page of the file is sound and this program can read it. */
function assertSound(path: string): void {
  if (!existsSync(path)) {
    throw new SwarmdError('MEMORY_UNAVAILABLE', 'there is no such file', { where: path });
  }
  // Reading leaves the log's two files behind; a backup is one file.
  const beside = logFiles(path).filter((file) => !existsSync(file));
  const store = openStore(path, { mode: 'read', busyTimeoutMs: 5000 });
  try {
    const found = store.sqlite.pragma('integrity_check(3)', { simple: true });
    if (found !== 'ok')
      throw new SwarmdError('MEMORY_CORRUPT', `the file is damaged (${found})`, { where: path });
    const version = versionOf(store);
    if (version === 0) throw new SwarmdError('INPUT_INVALID', 'this is no memory of swarmd', { where: path });
    if (version > schemaVersion) {
      throw new SwarmdError(
        'MEMORY_NEWER',
        `the file has version ${version}, this program knows ${schemaVersion}`,
        {
          where: path,
        },
      );
    }
  } catch (error) {
    throw describeSqliteError(error, path);
  } finally {
    store.close();
    for (const file of beside) rmSync(file, { force: true });
  }
}
