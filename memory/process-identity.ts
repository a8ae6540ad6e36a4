import { readFileSync } from 'node:fs';

/**
 * Names this process so that another one can tell later whether it still lives: the boot, the pid, and when
 * the pid started, because pids are given out again. Where there is no /proc only the pid is known.
 */
export function identifyProcess(): string {
  return `${bootId()}:${process.pid}:${startOf(process.pid) ?? ''}`;
}

/** False only when the process is known to be gone. */
export function isAlive(identity: string): boolean {
  const [boot, pidText, start] = identity.split(':');
  const pid = Number(pidText);
  if (boot !== bootId() || !Number.isInteger(pid) || pid <= 0) return false;
  const running = startOf(pid);
  if (running !== undefined && start !== undefined && start !== '') return running === start;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

let boot: string | undefined;

function bootId(): string {
  boot ??= read('/proc/sys/kernel/random/boot_id')?.trim() ?? 'boot';
  return boot;
}

/** Clock ticks from boot to the process's start: the 22nd field, counted after the name in brackets. */
function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
