/**
 * Figures of the memory beside plain SQL in the same run: `node scripts/bench/memory.ts [entries=100000]
 * [calls=100000] [vectors=100000]`. Goals are those of DESIGN.md section 12 for 1,000,000 entries.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask } from '../../memory/ask.ts';
import { callTotals } from '../../memory/calls.ts';
import { openStore, type Store } from '../../memory/database.ts';
import { insertEntry } from '../../memory/entries.ts';
import { parseQuery } from '../../memory/grammar.ts';
import { beginCall, finishCall, judgeCall } from '../../memory/ledger.ts';
import { openMemory } from '../../memory/memory.ts';
import { migrate } from '../../memory/migrations.ts';
import { searchEntries } from '../../memory/search.ts';
import { nearestEntries, storeEmbeddings } from '../../memory/vectors.ts';

const options = new Map(process.argv.slice(2).map((word) => word.split('=') as [string, string]));
const amount = (name: string, otherwise: number) => Number(options.get(name) ?? otherwise);
const entryCount = amount('entries', 100_000);
const callCount = amount('calls', 100_000);
const vectorCount = amount('vectors', Math.min(entryCount, 100_000));
const now = Date.UTC(2026, 10, 21, 12);
const month = 30 * 86_400_000;

// A generator of our own, so that every run has the same data.
let seed = 20261121;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}

/** Words with the frequencies of natural text (Zipf): the first is in most entries, the last in hardly any. */
const vocabulary = Array.from({ length: 50_000 }, (_, index) => {
  let word = '';
  for (let rest = index + 7; rest > 0; rest = Math.floor(rest / 20))
    word += `${'bcdfghjklmnpqrstvwxz'.charAt(rest % 20)}${'aeiou'.charAt(rest % 5)}`;
  return word;
});
const zipf = () =>
  vocabulary[Math.min(vocabulary.length - 1, Math.floor(vocabulary.length ** random()) - 1)] ?? '';
const sentence = (words: number) => Array.from({ length: words }, zipf).join(' ');
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

const directory = mkdtempSync(join(tmpdir(), 'swarmd-bench-memory-'));
const path = join(directory, 'memory.db');
try {
  const store = openStore(path, { mode: 'write', busyTimeoutMs: 1000 });
  migrate(store);
  fill(store);
  const bytes = statSync(path).size + (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0);
  console.log(
    `${entryCount} entries of 20 words, ${callCount} calls: ${Math.round(bytes / entryCount)} bytes an entry`,
  );
  filters(store);
  words(store);
  contains(store);
  ledger(store);
  vectors(store);
  store.close();
  await writes();
  await processes();
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function fill(store: Store): void {
  const started = performance.now();
  for (let done = 0; done < entryCount; ) {
    store.transaction(() => {
      for (const end = Math.min(entryCount, done + 5000); done < end; done += 1) {
        const timestamp = now - Math.floor((entryCount - done) * ((12 * month) / entryCount));
        const topic = `topic${Math.floor(random() * 500)}`;
        insertEntry(
          store,
          {
            type: pick(['d', 'f', 'n', 'a', 'L']),
            topic,
            text: sentence(20),
            timestamp,
            project: pick(['x', 'y']),
          },
          now,
        );
      }
    });
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`filled at ${Math.round(entryCount / seconds)} entries/s (bulk)`);
  for (let done = 0; done < callCount; ) {
    store.transaction(() => {
      for (const end = Math.min(callCount, done + 5000); done < end; done += 1) oneCall(store, done);
    });
  }
  store.checkpoint();
}

function oneCall(store: Store, index: number): void {
  const startedAt = now - Math.floor((callCount - index) * ((3 * month) / callCount));
  const tier = pick(['local_fast', 'local_fast', 'local_quality', 'api_fallback'] as const);
  const reserve = tier === 'api_fallback' ? 1_000_000 : 0;
  const callId = `call-${index}`;
  const limits = { dailyBudget: 0, monthlyBudget: 0, dailyApiCalls: 0, timeZone: 'UTC' };
  const origin = { actionId: `action-${index}`, agent: pick(['coder', 'reviewer', 'planner']) };
  const type = pick(['prompt', 'summarize', 'generate_code']);
  beginCall(store, {
    holder: 'bench',
    limits,
    start: {
      callId,
      origin,
      role: 'answer',
      type,
      complexity: 'simple',
      tier,
      provider: 'p',
      model: tier,
      modelId: tier,
      reserve,
      prices: undefined,
      startedAt,
    },
  });
  finishCall(store, {
    callId,
    outcome: 'ok',
    usage: undefined,
    cost: Math.floor(reserve / 2),
    settlement: reserve === 0 ? 'free' : 'settled',
    latencyMs: 100,
    firstTokenMs: 10,
    loadMs: undefined,
    finishedAt: startedAt + 100,
  });
  judgeCall(store, { callId, quality: random(), accepted: random() > 0.2, checks: [], reason: '' });
}

// --------------------------------------------------------------------------------------------------- reads

function measure(rounds: number, work: (round: number) => unknown): number[] {
  for (let round = 0; round < 10; round += 1) work(round);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    work(round);
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

function at(times: readonly number[], share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
}

function report(
  what: string,
  ours: readonly number[],
  plain: readonly number[],
  goal: string,
  baseline: string,
): void {
  const ratio = at(plain, 0.5) / at(ours, 0.5);
  console.log(
    `${what.padEnd(34)} p50 ${at(ours, 0.5).toFixed(2)} p99 ${at(ours, 0.99).toFixed(2)} ms (goal ${goal}); ` +
      `${baseline} p50 ${at(plain, 0.5).toFixed(2)} p99 ${at(plain, 0.99).toFixed(2)} ms: ${ratio.toFixed(2)} times as fast`,
  );
}

function filters(store: Store): void {
  const topics = Array.from({ length: 300 }, () => `topic${Math.floor(random() * 500)}`);
  const cases: [string, (topic: string) => string[]][] = [
    ['filter topic', (topic) => [`topic=${topic}`]],
    ['filter topic, type, recent=30d', (topic) => [`topic=${topic}`, 't=d', 'recent=30d']],
    ['filter recent=24h', () => ['recent=24h']],
  ];
  const plain = store.sqlite.prepare(
    'select * from entries where topic = ? order by ordered_at desc, id desc limit 20',
  );
  const base = measure(300, (round) => plain.all(topics[round % 300]));
  for (const [name, terms] of cases) {
    const ours = measure(300, (round) =>
      ask(store, parseQuery(terms(topics[round % 300] ?? ''), now), { now }),
    );
    report(name, ours, base, 'p99 < 1', 'plain SQL by topic');
  }
}

function words(store: Store): void {
  const questions = Array.from({ length: 200 }, () => sentence(4));
  const ours = measure(200, (round) =>
    searchEntries(store, { text: questions[round % 200] ?? '', limit: 10, now }),
  );
  const plain = store.sqlite.prepare(
    'select rowid from entries_fts where entries_fts match ? order by rank limit 10',
  );
  const match = (round: number) =>
    (questions[round % 200] ?? '')
      .split(' ')
      .map((word) => `"${word}"`)
      .join(' OR ');
  report(
    'words, 4 of them',
    ours,
    measure(30, (round) => plain.all(match(round))),
    'p99 < 20',
    'order by rank',
  );
}

function contains(store: Store): void {
  const parts = Array.from({ length: 100 }, () => zipf().slice(0, 5)).filter((part) => part.length >= 3);
  const ours = measure(200, (round) =>
    ask(store, parseQuery([`text=${parts[round % parts.length]}`], now), { now }),
  );
  const plain = store.sqlite.prepare(`select * from entries where text like ? order by id desc limit 20`);
  const base = measure(30, (round) => plain.all(`%${parts[round % parts.length]}%`));
  report('contains, 5 letters', ours, base, 'p99 < 50', 'like');
  const rare = measure(50, () => ask(store, parseQuery(['text=no entry has this'], now), { now }));
  report(
    'contains, found nowhere',
    rare,
    measure(3, () => plain.all('%no entry has this%')),
    'p99 < 50',
    'like',
  );
}

function ledger(store: Store): void {
  const ours = measure(100, () => callTotals(store, now - month, now));
  const plain = store.sqlite.prepare(
    'select tier, count(*), sum(cost_nano), avg(quality) from calls where started_at >= ? and started_at < ? group by tier',
  );
  report(
    'sums by tier over a month',
    ours,
    measure(10, () => plain.all(now - month, now)),
    '< 5',
    'group by over calls',
  );
  const lines = measure(100, () => ask(store, parseQuery(['topic=llm_cost', 'recent=24h'], now), { now }));
  const select = store.sqlite.prepare(
    `select * from calls where accepted = 1 and role = 'answer' and finished_at >= ? order by finished_at desc limit 20`,
  );
  report(
    'llm_cost recent=24h',
    lines,
    measure(100, () => select.all(now - 86_400_000)),
    'p99 < 1',
    'plain SQL',
  );
}

function vectors(store: Store): void {
  const dimensions = 384;
  const vector = () => Array.from({ length: dimensions }, () => random() * 2 - 1);
  for (let id = 1; id <= vectorCount; ) {
    store.transaction(() => {
      const batch = Array.from({ length: Math.min(2000, vectorCount - id + 1) }, (_, index) => ({
        id: id + index,
        vector: vector(),
      }));
      storeEmbeddings(store, { model: 'bench', vectors: batch });
      id += batch.length;
    });
  }
  const ours = measure(50, () => nearestEntries(store, vector(), 10));
  const plain = store.sqlite.prepare(
    'select entry_id from embeddings order by vec_distance_cosine(vector, ?) limit 10',
  );
  const base = measure(5, () => plain.all(Buffer.from(new Float32Array(vector()).buffer)));
  report(`nearest of ${vectorCount} vectors`, ours, base, '< 30', 'every whole vector');
}

// -------------------------------------------------------------------------------------------------- writes

async function writes(): Promise<void> {
  const memory = await openMemory({
    path,
    budget: { dailyBudget: 0, monthlyBudget: 0, dailyApiCalls: 0, timeZone: 'UTC' },
    cacheTtlMs: 0,
    usageLogPath: undefined,
    now: Date.now,
    onError: (error) => console.error(error),
  });
  const total = 20_000;
  const texts = Array.from({ length: total }, () => sentence(20));
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: 200 }, async () => {
      while (next < total)
        await memory.entries.write({ type: 'f', topic: 'bench', text: texts[next++] ?? '' });
    }),
  );
  const rate = total / ((performance.now() - started) / 1000);
  await memory.close();
  const plain = openStore(path, { mode: 'write', busyTimeoutMs: 1000 });
  const statement = plain.sqlite.prepare(
    `insert into entries (timestamp, ordered_at, type, topic, text, content_hash) values (?, ?, 'f', 'bench', ?, x'00')`,
  );
  const plainStarted = performance.now();
  for (let index = 0; index < 5000; index += 1) statement.run(now, now, texts[index]);
  const plainRate = 5000 / ((performance.now() - plainStarted) / 1000);
  plain.close();
  console.log(
    `writes in process, 200 at once      ${Math.round(rate)}/s (goal 10000); plain SQL, one commit each ${Math.round(plainRate)}/s: ${(rate / plainRate).toFixed(2)} times`,
  );
}

async function processes(): Promise<void> {
  const root = join(import.meta.dirname, '..', '..');
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
    return times.sort((a, b) => a - b);
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
    Array.from({ length: writers }, (_, name) => writeInProcess(String(name), seconds)),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  console.log(
    `${writers} processes writing at once      ${Math.round(total / ((performance.now() - started) / 1000))}/s (goal 500; predecessor 30)`,
  );
}

/** One process with its own connection that commits entry after entry. */
function writeInProcess(name: string, seconds: number): Promise<number> {
  const root = join(import.meta.dirname, '..', '..');
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
