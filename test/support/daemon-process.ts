import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { testConfig } from './config.ts';

/** A daemon in another process, as a service manager runs it. */
export interface DaemonProcess {
  url: string;
  /** Asks its HTTP API; throws with the answer's text when it is an error. */
  ask(path: string, body?: unknown): Promise<unknown>;
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  exited: Promise<number | null>;
}

export async function spawnDaemon(
  given: Parameters<typeof testConfig>[0],
  env: Record<string, string> = {},
): Promise<DaemonProcess> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'daemon-child.ts'), JSON.stringify(given)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    },
  );
  // A test that fails leaves no daemon behind.
  process.once('exit', () => child.kill('SIGKILL'));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const { url, token } = await firstLine(child, exited);
  return {
    url,
    exited,
    async ask(path, body) {
      const response = await fetch(`${url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${response.status} ${text}`);
      return JSON.parse(text);
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async stop() {
      child.kill('SIGTERM');
      return await exited;
    },
  };
}

async function firstLine(
  child: ChildProcess,
  exited: Promise<number | null>,
): Promise<{ url: string; token: string }> {
  if (child.stdout === null) throw new Error('no stdout');
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, 'line').then(([text]) => String(text)),
    exited.then((code) => Promise.reject(new Error(`the daemon ended with ${code} before it was ready`))),
  ]);
  return JSON.parse(line) as { url: string; token: string };
}
