/** The proof of `node scripts/bench/budget.ts --schedules 1000`, with a few schedules of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playBatch } from '../../../scripts/bench/budget/batch.ts';
import { makeSchedule } from '../../../scripts/bench/budget/schedule.ts';

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

test('the same schedules on a ledger that looks and then spends overrun the limit', async (t) => {
  const results = await playBatch({ seeds: seedsFrom(1, 6, 'fine'), kills: 0, naive: true });
  const overrun = results.filter((one) =>
    one.verdict.problems.some((problem) => /overrun: day/.test(problem)),
  );
  t.diagnostic(`${overrun.length} of ${results.length} overrun: ${overrun[0]?.verdict.problems.join()}`);
  assert.ok(overrun.length >= 3);
});
