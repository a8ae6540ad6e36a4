import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SwarmdError } from '../config/errors.ts';
import { makePrivateDirectory } from '../config/private-directory.ts';
import { isLocked, takeFileLock } from '../memory/file-lock.ts';
import { readAddress } from './address.ts';

/** Makes the directory for its owner only and takes it for this process; throws CONFLICT when a daemon has it. */
export function takeDataDirectory(dataDir: string): { release(): void } {
  makePrivateDirectory(dataDir, 'data directory (--data-dir, SWARMD_HOME)');
  const lock = takeFileLock(lockFile(dataDir));
  if (lock !== undefined) return lock;
  const other = readAddress(dataDir);
  const who = other === undefined ? 'another swarmd' : `a swarmd with process id ${other.pid}`;
  throw new SwarmdError('DAEMON_RUNNING', `${who} already runs in ${dataDir}`, {
    where: dataDir,
    allowed: 'use the running one, stop it, or set SWARMD_HOME to another directory',
  });
}

/** Whether a daemon has the directory: also one that is only starting and has no address yet. */
export function isDataDirectoryTaken(dataDir: string): boolean {
  return isLocked(lockFile(dataDir));
}

function lockFile(dataDir: string): string {
  return join(dataDir, 'daemon.lock');
}

/** The bearer token of this data directory, made once, readable by its owner only. */
export function readOrMakeToken(dataDir: string): string {
  const file = join(dataDir, 'token');
  if (existsSync(file)) {
    chmodSync(file, 0o600);
    const token = readFileSync(file, 'utf8').trim();
    if (token !== '') return token;
  }
  const token = randomBytes(32).toString('base64url');
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return token;
}
