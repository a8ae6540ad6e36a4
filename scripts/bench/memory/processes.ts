import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { report, timesOf } from './measure.ts';
import { sentence } from './texts.ts';

export async function processes(path: string): Promise<void> {
  const root = join(import.meta.dirname, '..', '..', '..');
  const program = join(root, 'dist', 'scripts', 'mem-db.js');
  if (!existsSync(program)) {
    console.log('processes: not measured, no build (npm run build)');
    return;
  }
  const env = { ...process.env, MEMORY_DB: path };
  const run = (words: string[]) =>
    new Promise<number>((resolve, reject) => {
      const started = performance.now();
      execFile(process.execPath, [...words], { env, maxBuffer: 1e8 }, (error) =>
        error === null ? resolve(performance.now() - started) : reject(error),
      );
    });
  const several = async (words: string[]) => {
    const times: number[] = [];
    for (let round = 0; round < 20; round += 1) times.push(await run(words));
    return timesOf(times);
  };
  const empty = await several(['-e', '0']);
  report(
    'mem-db query as a process',
    await several([program, 'query', 'topic=llm_cost', 'recent=24h']),
    empty,
    '< 60; predecessor 62 at 100,000',
    'node -e 0',
  );
  report(
    'mem-db write as a process',
    await several([program, 'write', 't=f', `text=${sentence(20)}`]),
    empty,
    'predecessor 75',
    'node -e 0',
  );
  const writers = 20;
  const started = performance.now();
  const seconds = 5;
  const counts = await Promise.all(
    Array.from({ length: writers }, (_, name) => writeInProcess(path, String(name), seconds)),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  console.log(
    `${writers} processes writing at once      ${Math.round(total / ((performance.now() - started) / 1000))}/s (goal 500; predecessor 30)`,
  );
}

/** One process with its own connection that commits entry after entry. */
function writeInProcess(path: string, name: string, seconds: number): Promise<number> {
  const root = join(import.meta.dirname, '..', '..', '..');
  const code = `
    import { openStore } from '${root}/dist/memory/database.js';
    import { writeEntry } from '${root}/dist/memory/entries.js';
    const store = openStore(process.env.MEMORY_DB, { mode: 'write', busyTimeoutMs: 60000 });
    let count = 0;
    for (const end = Date.now() + ${seconds * 1000}; Date.now() < end; count += 1)
      store.transaction(() => writeEntry(store, { entry: { type: 'f', text: '${name} ' + count }, now: Date.now() }), 'full');
    console.log(count);
    store.close();`;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      env: { ...process.env, MEMORY_DB: path },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.once('exit', (status) =>
      status === 0 ? resolve(Number(out)) : reject(new Error(`a writer ended with ${status}`)),
    );
  });
}
