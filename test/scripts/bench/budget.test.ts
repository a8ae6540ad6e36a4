/** The proof of `node scripts/bench/budget.ts --schedules 1000`, with a few schedules of it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../../memory/database.ts';
import { migrate } from '../../../memory/migrations.ts';
import { playBatch } from '../../../scripts/bench/budget/batch.ts';
import { verifyDays } from '../../../scripts/bench/budget/days.ts';
import { makeSchedule } from '../../../scripts/bench/budget/schedule.ts';
import { seedSpending } from '../../../scripts/bench/budget/seed-spending.ts';
import { tempDir } from '../../support/temp.ts';

function seedsFrom(first: number, count: number, kind?: 'fine' | 'coarse'): number[] {
  const seeds: number[] = [];
  for (let seed = first; seeds.length < count; seed += 1)
    if (kind === undefined || makeSchedule(seed).kind === kind) seeds.push(seed);
  return seeds;
}

test('64 actions at once, kill -9 and restarts: no limit is overrun by the provider’s own bill, and the ledger is equal to it', async (t) => {
  // Other schedules on every run: a promise holds for all of them, and the failure names its seed.
  const first = Math.floor(Math.random() * 1e6);
  const results = await playBatch({ seeds: seedsFrom(first, 16), kills: 2 });
  for (const { schedule, verdict } of results)
    assert.deepEqual(verdict.problems, [], `schedule ${schedule.seed} (${schedule.kind})`);
  const sum = (of: (one: (typeof results)[number]) => number) =>
    results.reduce((total, one) => total + of(one), 0);
  assert.ok(sum((one) => one.billedCalls) > 100 && sum((one) => one.refusals) > 0);
  t.diagnostic(
    `seeds from ${first}: ${sum((one) => one.billedCalls)} calls billed, ${sum((one) => one.refusals)} refused, ${results[0]?.kills} kills`,
  );
});

test('a budget day that ends with calls under way: each call is in one day, and no day and no month is over its limit', async (t) => {
  const first = Math.floor(Math.random() * 1e6);
  const seeds: number[] = [];
  for (let seed = first; seeds.length < 8; seed += 1)
    if (makeSchedule(seed).midnight !== undefined) seeds.push(seed);
  const results = await playBatch({ seeds, kills: 2 });
  for (const { schedule, verdict, days } of results)
    assert.deepEqual(
      [...verdict.problems, ...(days?.problems ?? ['no days'])],
      [],
      `schedule ${schedule.seed} in ${schedule.midnight?.timeZone}`,
    );
  const sum = (of: (one: (typeof results)[number]) => number) =>
    results.reduce((total, one) => total + of(one), 0);
  const across = sum((one) => one.days?.across ?? 0);
  assert.ok(sum((one) => one.days?.calls[0] ?? 0) > 20 && sum((one) => one.days?.calls[1] ?? 0) > 20);
  assert.ok(across > 0);
  t.diagnostic(`seeds from ${first}: ${across} calls reserved before midnight and settled after it`);
});

test('the check of the days sees a call that is counted in the other one, and a day over its limit', (t) => {
  const [seed = 0] = Array.from({ length: 100 }, (_, n) => n).filter(
    (n) => makeSchedule(n).midnight !== undefined,
  );
  const made = makeSchedule(seed);
  const { midnight } = made;
  assert.ok(midnight !== undefined);
  const schedule = {
    ...made,
    limits: { ...made.limits, dailyBudget: 50, dailyApiCalls: 0, monthlyBudget: 0 },
  };
  const store = openStore(join(tempDir(t), 'memory.db'), { mode: 'write', busyTimeoutMs: 1_000 });
  t.after(() => store.close());
  migrate(store);
  seedSpending(store, { ...schedule, spentToday: 60, spentEarlier: 0 }, midnight.at - 1_000);
  store.run("update calls set id = 'call'", {});
  assert.deepEqual(verifyDays(schedule, midnight, store).problems, [
    `overrun: day of ${midnight.before}: 60 of 50`,
  ]);
  store.run('update calls set day = ?', midnight.after);
  assert.match(
    verifyDays(schedule, midnight, store).problems.join('; '),
    new RegExp(`call began on ${midnight.before} and is counted in ${midnight.after}; .*its calls are 0`),
  );
});

test('the same schedules on a ledger that looks and then spends overrun the limit', async (t) => {
  const results = await playBatch({ seeds: seedsFrom(1, 6, 'fine'), kills: 0, naive: true });
  const overrun = results.filter((one) =>
    one.verdict.problems.some((problem) => /overrun: day/.test(problem)),
  );
  t.diagnostic(`${overrun.length} of ${results.length} overrun: ${overrun[0]?.verdict.problems.join()}`);
  assert.ok(overrun.length >= 3);
});
