import { readFileSync, statSync } from 'node:fs';

/**
 * Names the processes that hold a write lock on a SQLite file, `pid 4711 (node daemon/main.js)`, or undefined
 * where the system does not tell (only Linux has /proc/locks). In WAL mode that lock lies on the -shm file.
 */
export function lockHolders(path: string): string | undefined {
  return holders(path, (access) => access === 'WRITE');
}

/** Names every other process that has the file open: in WAL mode each holds at least a read lock on -shm. */
export function usersOf(path: string): string | undefined {
  return holders(path, () => true);
}

function holders(path: string, counts: (access: string) => boolean): string | undefined {
  try {
    const inodes = [path, `${path}-shm`].flatMap((file) => {
      const stat = statSync(file, { throwIfNoEntry: false });
      return stat === undefined ? [] : [String(stat.ino)];
    });
    const pids = new Set<number>();
    for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
      // 12: POSIX  ADVISORY  WRITE 4711 fe:01:1835042 120 120
      const [, , , access, pid, file] = line.trim().split(/\s+/);
      const inode = file?.split(':').at(2);
      if (access !== undefined && counts(access) && inode !== undefined && inodes.includes(inode)) {
        pids.add(Number(pid));
      }
    }
    pids.delete(process.pid);
    const names = [...pids].filter((pid) => pid > 0).map((pid) => `pid ${pid} (${commandOf(pid)})`);
    return names.length === 0 ? undefined : names.join(', ');
  } catch {
    return undefined;
  }
}

function commandOf(pid: number): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean);
    // Whoever started it chose these words, and they end up on terminals and in logs.
    const shown = words
      .slice(0, 3)
      .join(' ')
      .replaceAll(/\p{C}+/gu, ' ');
    return shown.trim().slice(0, 120) || 'just ended';
  } catch {
    return 'of another user';
  }
}
