import { execFile } from 'node:child_process';

/**
 * Tells systemd (through `systemd-notify`, since Node has no datagram sockets) and pm2 how the daemon is; quiet
 * where neither started it.
 */
export function notifyServiceManager(
  env: NodeJS.ProcessEnv,
  state: 'READY=1' | 'STOPPING=1' | 'WATCHDOG=1',
  status?: string,
): void {
  if (env.NOTIFY_SOCKET !== undefined) {
    const words = status === undefined ? [state] : [state, `STATUS=${status}`];
    execFile('systemd-notify', [`--pid=${process.pid}`, ...words], { env }, () => {});
  }
  if (state === 'READY=1') process.send?.('ready');
}

/** How often the watchdog wants to hear of us, in milliseconds (half its limit); undefined: there is none. */
export function watchdogInterval(env: NodeJS.ProcessEnv): number | undefined {
  const limitUs = Number(env.WATCHDOG_USEC ?? '');
  if (!Number.isFinite(limitUs) || limitUs <= 0) return undefined;
  return Math.floor(limitUs / 2_000);
}
