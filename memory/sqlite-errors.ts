import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SwarmdError } from '../config/errors.ts';
import { lockHolders } from './lock-holder.ts';

/** Turns what SQLite or the file system threw into an error that says what to do; passes on every other. */
export function describeSqliteError(error: unknown, path: string): unknown {
  if (error instanceof SwarmdError || !(error instanceof Error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new SwarmdError(
      'MEMORY_BUSY',
      `the memory file is locked by ${lockHolders(path) ?? 'another process'}`,
      {
        where: path,
        allowed: 'end that process, or try again when it is done',
        retryable: true,
        cause: error,
      },
    );
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') {
    return new SwarmdError('MEMORY_UNAVAILABLE', 'the disk is full; nothing of this write was stored', {
      where: path,
      allowed: 'free some space and try again',
      retryable: true,
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB') {
    return new SwarmdError('MEMORY_CORRUPT', `the memory file is damaged (${error.message})`, {
      where: path,
      allowed: `put a backup in its place: mem-db restore ${latestBackup(path) ?? 'FILE'}`,
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_READONLY') || code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new SwarmdError('MEMORY_UNAVAILABLE', 'the memory file cannot be written', {
      where: path,
      allowed: 'a file and directory that this user may write',
      cause: error,
    });
  }
  if (code.startsWith('SQLITE_IOERR')) {
    return new SwarmdError(
      'MEMORY_UNAVAILABLE',
      `reading or writing the memory file failed (${error.message}, ${code}); nothing of this write was stored`,
      {
        where: path,
        allowed: 'a sound disk with space left, and no limit on the size of files (ulimit -f)',
        retryable: true,
        cause: error,
      },
    );
  }
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('E')) {
    return new SwarmdError('MEMORY_UNAVAILABLE', `the memory file cannot be opened (${error.message})`, {
      where: path,
      cause: error,
    });
  }
  return error;
}

/** The newest file that `mem-db backup` (backup-…) or the daemon's housekeeping (memory-…) left beside the memory. */
function latestBackup(path: string): string | undefined {
  const found = [dirname(path), join(dirname(path), 'backups')].flatMap((directory) => {
    try {
      return readdirSync(directory)
        .filter((name) => /^(backup|memory)-\d.*\.db$/.test(name))
        .map((name) => join(directory, name));
    } catch {
      return [];
    }
  });
  return found.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs).at(-1);
}
