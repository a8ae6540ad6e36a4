import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { openStore } from '../../memory/database.ts';
import { checkHealth } from '../../memory/health.ts';
import { prune } from '../../memory/retention.ts';
import {
  callEnd,
  callStart,
  newAction,
  noon,
  temporaryDirectory,
  temporaryMemory,
} from './temporary-memory.ts';

test('a reservation counts until it is settled, and what it cost after that', async (t) => {
  const { memory } = await temporaryMemory(t, { limits: { dailyBudget: 250 } });
  const first = callStart();
  const second = callStart();
  assert.deepEqual(await memory.ledger.begin(first), { ok: true });
  assert.deepEqual(await memory.ledger.begin(second), { ok: true });
  const refused = await memory.ledger.begin(callStart());
  assert.equal(refused.ok, false);
  assert.deepEqual(!refused.ok && refused.refusal, {
    limit: 'day',
    setBy: 'cost_control.daily_budget',
    limitNano: 250,
    usedNano: 200,
    reservedNano: 200,
    neededNano: 100,
    resetsAt: Date.UTC(2026, 10, 22),
  });
  await memory.ledger.finish(callEnd(first.callId, { cost: 40 }));
  assert.deepEqual(await memory.ledger.begin(callStart()), { ok: true });
  const status = memory.budget.status();
  assert.equal(status.day, '2026-11-21');
  assert.equal(status.spent, 40);
  assert.equal(status.reserved, 200);
  assert.equal(status.apiCalls, 3);
});

test('every limit refuses by its own name', async (t) => {
  const cases = [
    { limits: { dailyBudget: 50 }, expected: 'day' },
    { limits: { monthlyBudget: 50 }, expected: 'month' },
    { limits: { dailyApiCalls: 1 }, begun: 1, expected: 'api-calls' },
    { limits: {}, call: { actionBudget: 99 }, expected: 'action' },
  ];
  for (const { limits, begun = 0, call = {}, expected } of cases) {
    const { memory } = await temporaryMemory(t, { limits });
    for (let index = 0; index < begun; index += 1) await memory.ledger.begin(callStart());
    const refused = await memory.ledger.begin(callStart(call));
    assert.equal(!refused.ok && refused.refusal.limit, expected);
  }
});

test('calls on own hardware are recorded and never refused', async (t) => {
  const { memory } = await temporaryMemory(t, { limits: { dailyBudget: 1, dailyApiCalls: 1 } });
  for (let index = 0; index < 5; index += 1) {
    const start = callStart({
      reserve: 0,
      tier: 'local_fast',
      provider: 'ollama',
      origin: { actionId: 'a' },
    });
    assert.deepEqual(await memory.ledger.begin(start), { ok: true });
    await memory.ledger.finish(callEnd(start.callId, { cost: 0, settlement: 'free' }));
  }
  assert.equal(memory.calls.forAction('a').length, 5);
  assert.equal(memory.calls.forAction('a')[0]?.settlement, 'free');
  assert.equal(memory.budget.status().apiCalls, 0);
});

test('the cost of a call reaches its action, the root of its tree, the day and the sums', async (t) => {
  const { memory } = await temporaryMemory(t);
  await memory.actions.accept(newAction({ id: 'root', budget: 1000 }));
  await memory.actions.accept(newAction({ id: 'child', parentId: 'root', budget: 500 }));
  const call = callStart({ origin: { actionId: 'child', rootId: 'root', parentId: 'root', agent: 'coder' } });
  await memory.ledger.begin(call);
  assert.equal(memory.budget.wouldRefuse(401, { actionId: 'child' })?.limit, 'action');
  await memory.ledger.finish(callEnd(call.callId, { cost: 60 }));
  memory.ledger.judge({ callId: call.callId, quality: 0.8, accepted: true, checks: [], reason: 'fine' });
  const free = callStart({ reserve: 0, role: 'critique', tier: 'local_fast', origin: { actionId: 'child' } });
  await memory.ledger.begin(free);
  await memory.ledger.finish(callEnd(free.callId, { cost: 0, settlement: 'free' }));
  assert.equal(memory.actions.get('child')?.cost, 60);
  assert.equal(memory.actions.get('root')?.cost, 0);
  assert.equal(memory.actions.get('root')?.treeCost, 60);
  const totals = memory.calls.totals(noon - 5 * 3_600_000, noon + 1);
  assert.deepEqual(totals, {
    byTier: [
      {
        tier: 'api_fallback',
        answers: 1,
        calls: 1,
        inputTokens: 10,
        outputTokens: 5,
        cost: 60,
        meanQuality: 0.8,
      },
      {
        tier: 'local_fast',
        answers: 0,
        calls: 1,
        inputTokens: 10,
        outputTokens: 5,
        cost: 0,
        meanQuality: null,
      },
    ],
    cacheHits: 0,
    cost: 60,
    critiqueCalls: 1,
  });
  assert.deepEqual(memory.calls.sums(noon, noon + 1, ['day', 'model']).length, 1);
});

test('a second end of a call changes nothing', async (t) => {
  const { memory } = await temporaryMemory(t);
  const call = callStart();
  await memory.ledger.begin(call);
  await memory.ledger.finish(callEnd(call.callId, { cost: 60 }));
  await memory.ledger.finish(callEnd(call.callId, { cost: 99 }));
  assert.equal(memory.budget.status().spent, 60);
  assert.equal(memory.budget.status().reserved, 0);
});

test('the ledger, the sums and the budget agree after any sequence of calls', async (t) => {
  const { memory, clock } = await temporaryMemory(t, {
    limits: { dailyBudget: 2000, timeZone: 'Asia/Kolkata' },
  });
  const step = fc.record({
    reserve: fc.constantFrom(0, 50, 300),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    end: fc.constantFrom('settled', 'bounded', 'unknown', 'open'),
    quality: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    hours: fc.integer({ min: 0, max: 30 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      for (const { reserve, share, end, quality, hours } of steps) {
        clock.now += hours * 1_700_000;
        const call = callStart({
          reserve,
          startedAt: clock.now,
          tier: reserve === 0 ? 'local_fast' : 'api_fallback',
        });
        const begun = await memory.ledger.begin(call);
        const status = memory.budget.status();
        assert.ok(status.spent + status.reserved <= 2000, 'never an overrun');
        if (!begun.ok || end === 'open') continue;
        const cost = end === 'unknown' ? reserve : Math.floor(reserve * share);
        const settlement = reserve === 0 ? 'free' : end;
        await memory.ledger.finish(callEnd(call.callId, { cost, settlement, finishedAt: clock.now + 5 }));
        if (quality === null) continue;
        memory.ledger.judge({
          callId: call.callId,
          quality,
          accepted: quality > 0.7,
          checks: [],
          reason: '',
        });
        await memory.writable();
      }
    }),
    { numRuns: 25 },
  );
  const days = memory.calls.sums(0, clock.now + 1, ['day']);
  const total = memory.calls.totals(0, clock.now + 1);
  assert.equal(
    days.reduce((sum, day) => sum + day.cost, 0),
    total.cost,
  );
  for (const [since, until] of [
    [noon, clock.now],
    [noon + 5_000_000, clock.now - 7_000_000],
    [noon + 1, noon + 2_000_000],
  ]) {
    const split = Math.floor(((since ?? 0) + (until ?? 0)) / 2);
    const whole = memory.calls.totals(since ?? 0, until ?? 0);
    const halves = [memory.calls.totals(since ?? 0, split), memory.calls.totals(split, until ?? 0)];
    assert.equal(whole.cost, (halves[0]?.cost ?? 0) + (halves[1]?.cost ?? 0));
  }
});

test('processes that spend together never overrun the budget, and kill -9 charges what was open', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const { memory } = await temporaryMemory(t, { path, limits: { dailyBudget: 5000, dailyApiCalls: 0 } });
  const spender = join(import.meta.dirname, 'spender.ts');
  const children = Array.from({ length: 4 }, (_, index) =>
    spawn(process.execPath, [spender, path, '5000', String(index)], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const outputs = await Promise.all(
    children.map(async (child, index) => {
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += chunk;
        // One of them dies in the middle of its calls.
        if (index === 0 && output.includes('begun')) child.kill('SIGKILL');
      });
      await new Promise((resolve) => child.on('exit', resolve));
      return output;
    }),
  );
  assert.ok(outputs.some((output) => output.includes('refused')));
  const before = memory.budget.status();
  assert.ok(before.spent + before.reserved <= 5000);
  const { calls } = await memory.recover(noon + 1000);
  const after = memory.budget.status();
  assert.equal(after.reserved, 0);
  assert.equal(after.unknownCalls, calls);
  assert.equal(after.spent, before.spent + before.reserved);
  assert.ok(after.spent <= 5000);
  assert.ok(calls > 0);
  const unknown = memory.calls.unknown()[0];
  assert.equal(await memory.budget.settle(unknown?.id ?? '', 1), true);
  assert.equal(memory.budget.status().spent, after.spent - (unknown?.reserved ?? 0) + 1);
  assert.equal(memory.budget.status().unknownCalls, calls - 1);
});

test('learned pass rates rest on the newest judged answers, and on enough of them', async (t) => {
  const { memory, clock } = await temporaryMemory(t);
  const rate = () => memory.passRates.rate('prompt', 'simple', 'phi');
  for (let index = 0; index < 19; index += 1) await judged(index % 2 === 0);
  assert.equal(rate(), undefined);
  await judged(false);
  const half = rate();
  assert.ok(
    half !== undefined && Math.abs(half.rate - 0.5) < 0.02 && half.count === 18,
    JSON.stringify(half),
  );
  for (let index = 0; index < 200; index += 1) await judged(true);
  assert.deepEqual(rate(), { rate: 1, count: 68 });
  // Fifty newer answers weigh as much as all before them.
  for (let index = 0; index < 50; index += 1) await judged(false);
  assert.ok(Math.abs((rate()?.rate ?? 0) - 0.47) < 0.02, JSON.stringify(rate()));
  clock.now += 7 * 86_400_000;
  assert.equal(rate()?.count, 34, 'after a week they weigh half');
  clock.now += 9 * 86_400_000;
  assert.equal(rate(), undefined, 'after two weeks without an answer nothing is known any more');

  async function judged(accepted: boolean) {
    const call = callStart({ reserve: 0, tier: 'local_fast', model: 'phi' });
    await memory.ledger.begin(call);
    await memory.ledger.finish(callEnd(call.callId, { cost: 0, settlement: 'free' }));
    memory.ledger.judge({ callId: call.callId, quality: 0.5, accepted, checks: [], reason: '' });
    await memory.writable();
  }
});

test('finished calls are appended to the usage log', async (t) => {
  const usageLogPath = join(temporaryDirectory(t), 'usage.jsonl');
  const { memory } = await temporaryMemory(t, { usageLogPath });
  const call = callStart();
  await memory.ledger.begin(call);
  assert.equal(existsSync(usageLogPath), false);
  await memory.ledger.finish(callEnd(call.callId));
  const line = JSON.parse(readFileSync(usageLogPath, 'utf8'));
  assert.equal(line.call_id, call.callId);
  assert.equal(line.cost_usd, 60e-9);
  assert.equal(statSync(usageLogPath).mode & 0o777, 0o600);
});

test('the cache gives an answer back until its time is over', async (t) => {
  const { memory, clock } = await temporaryMemory(t, { cacheTtlMs: 1000 });
  const value = {
    answer: { text: 'hi', reasoning: '', toolCalls: [] },
    tier: 'local_fast',
    model: 'phi',
    quality: 0.9,
    callId: 'c',
  } as const;
  memory.cache.put('key', value);
  await memory.writable();
  assert.deepEqual(memory.cache.get('key'), value);
  assert.equal(memory.cache.get('another key'), undefined);
  clock.now += 1000;
  assert.equal(memory.cache.get('key'), undefined);
});

test('pruning the ledger leaves every sum as it was', async (t) => {
  const { memory, path } = await temporaryMemory(t);
  const day = 86_400_000;
  for (let index = 0; index < 60; index += 1) {
    const startedAt = noon - index * 0.7 * day;
    const call = callStart({ startedAt, origin: { actionId: `a${index}` }, reserve: 100 });
    await memory.ledger.begin(call);
    await memory.ledger.finish(callEnd(call.callId, { cost: index, finishedAt: startedAt + 5 }));
  }
  const sums = () => [
    memory.calls.totals(0, noon + 1),
    memory.calls.sums(0, noon + 1, ['day', 'tier']),
    memory.calls.totals(noon - 40 * day, noon - 20 * day),
    memory.budget.status(),
  ];
  const before = sums();
  const store = openStore(path, { mode: 'write', busyTimeoutMs: 1000 });
  const report = store.transaction(() => prune(store, { now: noon, days: 30, ledgerDays: 10, batch: 1000 }));
  assert.ok(report.calls > 40);
  assert.deepEqual(sums(), before);
  assert.ok(checkHealth(store, false).every((check) => check.ok));
  store.close();
});
