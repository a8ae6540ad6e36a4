import { existsSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SwarmdError } from '../config/errors.ts';

const fileName = 'KILL';
/** File system notices can be missed (network mounts, editors that rename): look this often as well. */
const lookEveryMs = 1_000;

/** Why everything in this data directory is stopped; undefined when it is not. */
export function killReason(dataDir: string): string | undefined {
  const file = join(dataDir, fileName);
  if (!existsSync(file)) return undefined;
  return readFileSync(file, 'utf8').trim() || 'no reason given';
}

export function writeKill(dataDir: string, reason: string): void {
  const file = join(dataDir, fileName);
  // Renamed into place: a daemon that sees the file reads the whole reason.
  const written = `${file}.${process.pid}`;
  writeFileSync(written, `${reason}\n`, { mode: 0o600 });
  renameSync(written, file);
}

/** Returns whether there was anything to lift. */
export function liftKill(dataDir: string): boolean {
  const was = killReason(dataDir) !== undefined;
  rmSync(join(dataDir, fileName), { force: true });
  return was;
}

export function refuseIfKilled(dataDir: string): void {
  const reason = killReason(dataDir);
  if (reason === undefined) return;
  throw new SwarmdError('KILLED', `stopped by the kill switch: ${reason}`, {
    where: join(dataDir, fileName),
    allowed: 'swarmd unkill',
  });
}

/** Calls `stop` once, within about a second of the file's appearance. Returns the function that ends the watch. */
export function watchKillSwitch(dataDir: string, stop: (reason: string) => void): () => void {
  let told = false;
  const look = () => {
    const reason = told ? undefined : killReason(dataDir);
    if (reason === undefined) return;
    told = true;
    stop(reason);
  };
  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  const watcher = watch(dataDir, { persistent: false }, (_event, name) => {
    if (name === fileName) look();
  });
  watcher.on('error', () => watcher.close());
  return () => {
    clearInterval(timer);
    watcher.close();
  };
}
