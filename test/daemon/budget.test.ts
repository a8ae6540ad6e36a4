/** What a used-up budget does to actions, in a real daemon whose clock is the test's. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import type { Memory } from '../../memory/types.ts';
import { startTestDaemon } from '../support/daemon.ts';
import { hasRedis, type PrivateRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const skip = !hasRedis;
const cent = 10_000_000;
let redis: PrivateRedis;
let prefixes = 0;

before(async () => {
  if (hasRedis) redis = await startRedis();
});
after(() => redis?.stop());

/** A daemon at noon of a day, with a limit of 50 cents a day. */
async function daemonAtNoon(t: Parameters<typeof startTestDaemon>[0], set: Record<string, unknown> = {}) {
  prefixes += 1;
  const prefix = `budget${prefixes}`;
  let offset = Date.UTC(2026, 10, 21, 12) - Date.now();
  const clock = {
    now: () => Date.now() + offset,
    sleep: (ms: number, signal?: AbortSignal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
  };
  const started = await startTestDaemon(t, {
    queueUrl: redis.url,
    set: { 'queue.prefix': prefix, 'cost_control.daily_budget': 0.5, ...set },
    options: { clock },
  });
  const queue = new Queue('actions', { connection: { url: redis.url, maxRetriesPerRequest: null }, prefix });
  t.after(() => queue.close());
  return {
    ...started,
    memory: started.daemon.memory,
    now: clock.now,
    /** The clock goes on by so much; the queue's own timer has run out then too. */
    async pass(ms: number, id: string) {
      offset += ms;
      await (await queue.getJob(id))?.promote();
    },
  };
}

/** Spends, as a call that was made and settled. */
async function spend(memory: Memory, cost: number, at: number): Promise<void> {
  const callId = `spent-${at}`;
  const begun = await memory.ledger.begin({
    callId,
    origin: { actionId: callId },
    role: 'answer',
    type: 'prompt',
    complexity: 'simple',
    tier: 'api_fallback',
    provider: 'openai',
    model: 'gpt-5',
    modelId: 'gpt-5',
    reserve: cost,
    prices: undefined,
    startedAt: at,
  });
  assert.ok(begun.ok);
  await memory.ledger.finish({
    callId,
    outcome: 'ok',
    usage: undefined,
    cost,
    settlement: 'settled',
    latencyMs: 1,
    firstTokenMs: undefined,
    loadMs: undefined,
    finishedAt: at,
  });
}

const paidOnly = { prompt: 'What is 17 * 23?', tier: 'api_fallback', max_tokens: 200 };

test('with the day used up and no local candidate an action waits for the next day, at no attempt, and is done then', {
  skip,
}, async (t) => {
  const { memory, submit, ended, pass, now } = await daemonAtNoon(t);
  await spend(memory, 50 * cent, now());
  const id = await submit({ ...paidOnly, attempts: 1 });
  await until('the action is delayed', () => memory.actions.get(id)?.status === 'delayed');
  const delayed = memory.actions.get(id);
  assert.ok(delayed !== undefined);
  assert.equal(delayed.runAt, Date.UTC(2026, 10, 22));
  assert.equal(delayed.attemptsMade, 0);
  assert.equal(delayed.error?.code, 'BUDGET_REFUSED');
  assert.match(
    delayed.error?.message ?? '',
    /the daily budget of \$0\.50 \(cost_control\.daily_budget\) has \$0\.00 left, this call may cost \$\S+; it starts anew at 2026-11-22T00:00:00Z/,
  );
  await pass(12 * 3_600_000, id);
  const done = await ended(id);
  assert.equal(done.status, 'completed', done.error?.message);
  assert.equal(done.tier, 'api_fallback');
});

test('where the deadline is before the next day it is refused at once, with exit code 76', {
  skip,
}, async (t) => {
  const { memory, run, now } = await daemonAtNoon(t);
  await spend(memory, 50 * cent, now());
  const action = await run({ ...paidOnly, deadline_ms: 6 * 3_600_000 });
  assert.equal(action.status, 'failed');
  assert.equal(action.error?.code, 'BUDGET_REFUSED');
});

test('a call that is dearer than the whole limit is refused, not put off for ever', { skip }, async (t) => {
  const { run } = await daemonAtNoon(t, { 'cost_control.daily_budget': 0.000001 });
  const action = await run(paidOnly);
  assert.equal(action.error?.code, 'BUDGET_REFUSED');
  assert.match(action.error?.message ?? '', /more than all of it, so waiting does not help/);
});

test('with a local candidate the answer is local, and says that the budget kept a better one away', {
  skip,
}, async (t) => {
  const { memory, run, now } = await daemonAtNoon(t, { 'routing.prefer_local': false });
  await spend(memory, 50 * cent, now());
  const action = await run({ prompt: 'What is 12 * 12?' });
  assert.equal(action.status, 'completed', action.error?.message);
  assert.match(action.tier ?? '', /^local_/);
  assert.match(action.degraded ?? '', /^budget: the daily budget of \$0\.50/);
});

test('a limit of a type, a pause and a top-up act on the next call of a running daemon', {
  skip,
}, async (t) => {
  const { memory, run, now } = await daemonAtNoon(t, {
    'cost_control.type_budgets': { summarize: 0.000001 },
  });
  const summary = await run({ ...paidOnly, type: 'summarize', prompt: 'Summarize: it rained.' });
  assert.match(summary.error?.message ?? '', /daily budget of the type summarize .*type_budgets\.summarize/);
  await memory.budget.change({ kind: 'pause', reason: 'odd bill' });
  const paused = await run(paidOnly);
  assert.match(paused.error?.message ?? '', /API spending is paused \(swarmd budget pause: odd bill\)/);
  await memory.budget.change({ kind: 'resume' });
  assert.equal((await run({ ...paidOnly, prompt: 'What is 2 + 3?' })).status, 'completed');
  await spend(memory, 50 * cent - memory.budget.status().spent, now());
  await memory.budget.change({ kind: 'top_up', amount: 50 * cent });
  assert.equal((await run({ ...paidOnly, prompt: 'What is 3 + 3?' })).status, 'completed');
});
