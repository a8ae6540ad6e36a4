/**
 * What the daemon costs when it does nothing, on Redis and embedded: seconds until ready, resident memory,
 * processor time. DESIGN.md 12: on Redis under 150 MB, ready under 1 s. The baseline is a bare BullMQ worker
 * process on the same Redis.
 *
 *   node scripts/bench/at-rest.ts [--seconds 10] [--json]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startRedisProcess } from './redis-process.ts';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, json: { type: 'boolean', default: false } },
});
const seconds = Number(values.seconds);
const root = join(import.meta.dirname, '..', '..');

const redis = await startRedisProcess();
const rows = [
  await measure('bare BullMQ worker, Redis', ['-e', bareWorker(redis.url)], {}),
  await measure('swarmd, Redis', [join(root, 'dist', 'scripts', 'swarmd.js'), 'start'], {
    SWARMD_QUEUE__URL: redis.url,
  }),
  await measure(
    'swarmd, embedded (second start)',
    [join(root, 'dist', 'scripts', 'swarmd.js'), 'start'],
    { SWARMD_QUEUE__URL: 'embedded' },
    true,
  ),
];
redis.stop();
if (values.json) console.log(JSON.stringify(rows));
else {
  for (const row of rows) {
    const ratio = row.memoryMb / (rows[0]?.memoryMb ?? Number.NaN);
    console.log(
      `${row.name.padEnd(32)} ready ${row.readySeconds.toFixed(2)} s, ${row.memoryMb.toFixed(0)} MB (${ratio.toFixed(2)} of the baseline), ${(row.cpuShare * 100).toFixed(2)} % of a core`,
    );
  }
}

function bareWorker(url: string): string {
  return `import('bullmq').then(async ({ Worker }) => { const w = new Worker('bare', async () => {}, { connection: { url: '${url}', maxRetriesPerRequest: null } }); await w.waitUntilReady(); console.log('ready'); })`;
}

async function measure(name: string, args: string[], env: Record<string, string>, twice = false) {
  const dataDir = mkdtempSync(join(tmpdir(), 'swarmd-rest-'));
  try {
    if (twice) await (await start(args, env, dataDir)).stop();
    const running = await start(args, env, dataDir);
    const cpuBefore = cpuSeconds(running.pid);
    await wait(seconds * 1_000);
    const row = {
      name,
      readySeconds: running.readySeconds,
      memoryMb: residentMb(running.pid),
      cpuShare: (cpuSeconds(running.pid) - cpuBefore) / seconds,
    };
    await running.stop();
    return row;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function start(args: string[], env: Record<string, string>, dataDir: string) {
  const since = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env.PATH, HOME: dataDir, SWARMD_HOME: dataDir, SWARMD_HTTP__PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('ready')) break;
  child.stdout.resume();
  return {
    pid: child.pid ?? 0,
    readySeconds: (performance.now() - since) / 1_000,
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

function residentMb(pid: number): number {
  const line = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? Number.NaN) / 1_024;
}

/** User and system time, from ticks of 10 ms. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
