import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The simulator in a process of its own, so that it does not share the measured one's core. */
export async function spawnSimulator(
  args: readonly string[],
): Promise<{ url: string; openaiUrl: string; anthropicUrl: string; stop(): void }> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, '..', 'simulator', 'main.ts'), '--port', '0', '--json', ...args],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  process.once('exit', () => child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const said = JSON.parse(String(line)) as Record<string, string>;
  const url = String(said.url);
  return { url, openaiUrl: `${url}/v1`, anthropicUrl: url, stop: () => child.kill('SIGKILL') };
}
