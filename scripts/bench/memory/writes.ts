import { openStore, type Store } from '../../../memory/database.ts';
import { openMemory } from '../../../memory/memory.ts';
import { now } from './fill.ts';
import { sentence } from './texts.ts';

export async function writes(path: string): Promise<void> {
  const memory = await openMemory({
    path,
    budget: { dailyBudget: 0, monthlyBudget: 0, dailyApiCalls: 0, timeZone: 'UTC' },
    cacheTtlMs: 0,
    usageLogPath: undefined,
    now: Date.now,
    onError: (error) => console.error(error),
  });
  const total = 20_000;
  // Another word each time: in a file that is used again the same texts would only be counted.
  const run = Date.now().toString(36);
  const texts = Array.from({ length: total }, () => `${sentence(19)} ${run}`);
  const usage = process.cpuUsage();
  const started = performance.now();
  let next = 0;
  await Promise.all(
    Array.from({ length: 200 }, async () => {
      while (next < total)
        await memory.entries.write({ type: 'f', topic: 'bench', text: texts[next++] ?? '' });
    }),
  );
  const rate = total / ((performance.now() - started) / 1000);
  const { user, system } = process.cpuUsage(usage);
  await memory.close();
  const plain = openStore(path, { mode: 'write', busyTimeoutMs: 1000 });
  const single = plainRate(plain, texts.slice(0, 5000), 1);
  const grouped = plainRate(plain, texts.slice(0, 10_000), 200);
  plain.run(`delete from entries where topic = 'plain'`);
  plain.close();
  console.log(
    `writes in process, 200 at once      ${Math.round(rate)}/s (goal 10000), own work of both threads ${Math.round((user + system) / total)} us each; plain SQL without text indexes, ` +
      `200 a commit ${Math.round(grouped)}/s: ${(rate / grouped).toFixed(2)} times, one commit each ${Math.round(single)}/s: ${(rate / single).toFixed(2)} times`,
  );
}

/** Rows a second into the same table by one statement, that many a commit. */
function plainRate(store: Store, texts: readonly string[], together: number): number {
  const statement = store.sqlite.prepare(
    `insert into entries (timestamp, ordered_at, type, topic, text, content_hash) values (?, ?, 'f', 'plain', ?, x'00')`,
  );
  const started = performance.now();
  for (let index = 0; index < texts.length; index += together) {
    store.transaction(() => {
      for (const text of texts.slice(index, index + together)) statement.run(now, now, text);
    });
  }
  return texts.length / ((performance.now() - started) / 1000);
}
