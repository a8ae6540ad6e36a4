import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { packageRoot } from '../../../config/paths.ts';

/** A simulator in a process of its own, for commands that this process waits for; resolves with its address. */
export async function startSimulatorProcess(t: TestContext): Promise<string> {
  const main = join(packageRoot(), 'scripts', 'simulator', 'main.ts');
  const child = spawn(process.execPath, [main, '--port', '0', '--speed', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  return (JSON.parse(String(line)) as { url: string }).url;
}
