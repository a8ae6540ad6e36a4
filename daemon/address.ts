/** How commands find a running daemon. Apart from data-directory.ts, because they must not load SQLite for it. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where a running daemon can be reached; commands read it. */
export interface DaemonAddress {
  pid: number;
  url: string;
  startedAt: number;
}

export function writeAddress(dataDir: string, address: DaemonAddress): void {
  writeFileSync(join(dataDir, 'daemon.json'), `${JSON.stringify(address)}\n`, { mode: 0o600 });
}

export function removeAddress(dataDir: string): void {
  rmSync(join(dataDir, 'daemon.json'), { force: true });
}

export function readAddress(dataDir: string): DaemonAddress | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'daemon.json'), 'utf8')) as DaemonAddress;
  } catch {
    // None runs, or it is being written this moment; both mean: ask again.
    return undefined;
  }
}
