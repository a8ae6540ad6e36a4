/** What a used-up budget does to actions, in a real daemon whose clock is the test's. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue } from 'bullmq';
import type { Memory } from '../../memory/types/memory.ts';
import { startSimulator } from '../../scripts/simulator/simulator.ts';
import { startTestDaemon } from '../support/daemon.ts';
import { spawnDaemon } from '../support/daemon-process.ts';
import { hasRedis, type PrivateRedis, startRedis } from '../support/redis.ts';
import { swarmd } from '../support/swarmd-process.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/until.ts';

const skip = !hasRedis;
const cent = 10_000_000;
let redis: PrivateRedis;
let prefixes = 0;

before(async () => {
  if (hasRedis) redis = await startRedis();
});
after(() => redis?.stop());

/** A daemon at noon of a day to come (the queue goes by the machine's clock), with a limit of 50 cents a day. */
async function daemonAtNoon(t: Parameters<typeof startTestDaemon>[0], set: Record<string, unknown> = {}) {
  prefixes += 1;
  const prefix = `budget${prefixes}`;
  let offset = Date.UTC(2035, 10, 21, 12) - Date.now();
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
      // The record is written first: the job may be on its way yet.
      while ((await queue.getJobState(id)) === 'active') await sleep(5);
      await (await queue.getJob(id))?.promote();
    },
  };
}

/** Spends, as a call that was made and settled. */
async function spend(
  memory: Memory,
  cost: number,
  at: number,
  settlement: 'settled' | 'unknown' = 'settled',
): Promise<void> {
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
    settlement,
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
  assert.equal(delayed.runAt, Date.UTC(2035, 10, 22));
  assert.equal(delayed.attemptsMade, 0);
  assert.equal(delayed.error?.code, 'BUDGET_REFUSED');
  assert.match(
    delayed.error?.message ?? '',
    /the daily budget of \$0\.50 \(cost_control\.daily_budget\) has \$0\.00 left, this call may cost \$\S+; it starts anew at 2035-11-22T00:00:00Z/,
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

test('a limit of a type and a top-up act on the next call of a running daemon', {
  skip,
}, async (t) => {
  const { memory, run, now } = await daemonAtNoon(t, {
    'cost_control.type_budgets': { summarize: 0.000001 },
  });
  const summary = await run({ ...paidOnly, type: 'summarize', prompt: 'Summarize: it rained.' });
  assert.match(summary.error?.message ?? '', /daily budget of the type summarize .*type_budgets\.summarize/);
  assert.equal((await run({ ...paidOnly, prompt: 'What is 2 + 3?' })).status, 'completed');
  await spend(memory, 50 * cent - memory.budget.status().spent, now());
  await memory.budget.change({ kind: 'top_up', amount: 50 * cent });
  assert.equal((await run({ ...paidOnly, prompt: 'What is 3 + 3?' })).status, 'completed');
});

test('while the budget is paused an action that only a paid model may answer waits, at no attempt, until another process resumes it', {
  skip,
}, async (t) => {
  const { memory, daemon, submit, ended, dataDir } = await daemonAtNoon(t);
  await memory.budget.change({ kind: 'pause', reason: 'odd bill' });
  const id = await submit({ ...paidOnly, attempts: 1 });
  await until('the action is put aside', () => memory.actions.get(id)?.status === 'delayed');
  const waiting = memory.actions.get(id);
  assert.equal(waiting?.waitingFor, 'budget_paused');
  assert.equal(waiting.attemptsMade, 0);
  assert.match(waiting.error?.message ?? '', /API spending is paused \(swarmd budget pause: odd bill\)/);
  assert.equal((await daemon.control.status()).waitingFor.budget_paused, 1);
  const list = await swarmd(['list'], { dataDir });
  assert.match(list.stdout, /delayed: budget paused/, list.stderr);
  assert.match((await swarmd(['show', id], { dataDir })).stdout, /delayed \(budget paused\)/);
  assert.match((await swarmd(['status'], { dataDir })).stdout, /1 delayed: budget paused/);
  const running = swarmd(['run', 'What is 5 * 7?', '--tier', 'api_fallback'], { dataDir });
  await until('the second one waits too', () => memory.actions.waitingCounts().budget_paused === 2);
  await sleep(1_500);
  const resumed = await swarmd(['budget', 'resume'], { dataDir });
  assert.equal(resumed.status, 0, resumed.stderr);
  const done = await ended(id);
  assert.equal(done.status, 'completed', done.error?.message);
  const ran = await running;
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stderr, /^waits +budget paused: \S+: API spending is paused/);
  assert.equal(ran.stderr.match(/^waits /gm)?.length, 1, ran.stderr);
});

test('an action that waits for a paused budget is refused at its deadline, and the pause is named', {
  skip,
}, async (t) => {
  const { memory, submit, ended, pass } = await daemonAtNoon(t);
  await memory.budget.change({ kind: 'pause', reason: '' });
  const id = await submit({ ...paidOnly, deadline_ms: 600_000 });
  await until('the action is put aside', () => memory.actions.get(id)?.waitingFor === 'budget_paused');
  assert.equal(memory.actions.get(id)?.runAt, memory.actions.get(id)?.deadlineAt);
  await pass(600_000, id);
  const action = await ended(id);
  assert.equal(action.error?.code, 'BUDGET_REFUSED');
  assert.match(action.error?.message ?? '', /the deadline passed while it waited: .*API spending is paused/);
});

for (const [what, change] of [
  ['topped up', { kind: 'top_up', amount: 50 * cent }],
  ['set higher', { kind: 'set', setting: 'daily_budget', value: 100 * cent }],
] as const)
  test(`an action that waits for the next day goes on as soon as the budget is ${what}`, {
    skip,
  }, async (t) => {
    const { memory, submit, ended, now } = await daemonAtNoon(t);
    await spend(memory, 50 * cent, now());
    const id = await submit({ ...paidOnly, attempts: 1 });
    await until('the action is put aside', () => memory.actions.get(id)?.waitingFor === 'budget');
    await memory.budget.change(change);
    assert.equal((await ended(id)).status, 'completed');
  });

test('an action that waits for the next day goes on when what was charged in full is settled for less', {
  skip,
}, async (t) => {
  const { memory, submit, ended, now } = await daemonAtNoon(t);
  await spend(memory, 50 * cent, now(), 'unknown');
  const [unknown] = memory.calls.unknown();
  const id = await submit({ ...paidOnly, attempts: 1 });
  await until('the action is put aside', () => memory.actions.get(id)?.waitingFor === 'budget');
  await memory.budget.settle(unknown?.id ?? '', cent);
  assert.equal((await ended(id)).status, 'completed');
});

test('with local models down and the API out of budget an action waits for the sooner of both, at no attempt', {
  skip,
}, async (t) => {
  const { memory, submit, ended, pass, now, simulator } = await daemonAtNoon(t, {
    'retry.max_retries': 0,
    'routing.enable_self_critique': false,
  });
  await spend(memory, 50 * cent, now());
  simulator.setFaults({ fault: '503' });
  const id = await submit({ prompt: 'What is 17 * 23?', attempts: 1 });
  for (let visit = 0; visit < 4; visit += 1) {
    await until('the action is put aside', () => memory.actions.get(id)?.waitingFor === 'budget');
    const waiting = memory.actions.get(id);
    assert.equal(waiting?.attemptsMade, 0);
    assert.match(waiting.error?.message ?? '', /daily budget of \$0\.50/);
    // Far from the next day: a local model is asked again before that.
    assert.ok((waiting.runAt ?? 0) <= now() + 300_000, String(waiting.runAt));
    if (visit === 3) simulator.setFaults();
    await pass(Math.max(0, (waiting.runAt ?? 0) - now()) + 1, id);
    if (visit < 3)
      await until('it was tried again', () => (memory.actions.get(id)?.fence ?? 0) > waiting.fence);
  }
  const done = await ended(id);
  assert.equal(done.status, 'completed', done.error?.message);
  assert.match(done.tier ?? '', /^local_/);
  assert.equal(done.attemptsMade, 0);
});

test('what waits for a paused budget survives kill -9 and the loss of the queue, and a start finds it resumed', {
  skip,
}, async (t) => {
  const dataDir = tempDir(t);
  const simulator = await startSimulator({ speed: 0, seed: 1 });
  t.after(() => simulator.close());
  const given = {
    dataDir,
    ollamaUrl: simulator.url,
    openaiUrl: simulator.openaiUrl,
    queueUrl: redis.url,
    set: { 'queue.prefix': 'budget-crash' },
  };
  const pause = await swarmd(['budget', 'pause', 'for the test', '--json'], { dataDir });
  assert.equal(pause.status, 0, pause.stderr);
  const first = await spawnDaemon(given);
  const submitted = (await first.ask('/v1/actions', { ...paidOnly })) as { id: string };
  const shown = async () => (await swarmd(['show', submitted.id, '--json'], { dataDir })).stdout;
  for (let looks = 0; !(await shown()).includes('budget_paused'); looks += 1)
    assert.ok(looks < 50, await shown());
  await first.kill();
  const queue = new Queue('actions', { connection: { url: redis.url }, prefix: 'budget-crash' });
  await queue.obliterate({ force: true });
  await queue.close();
  assert.equal((await swarmd(['budget', 'resume'], { dataDir })).status, 0);
  const second = await spawnDaemon(given);
  for (let looks = 0; !(await shown()).includes('"completed"'); looks += 1)
    assert.ok(looks < 100, await shown());
  assert.equal(await second.stop(), 0);
});
