import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { Queue, QueueEvents } from 'bullmq';
import { systemClock } from '../../daemon/clock.ts';
import { liftKill, refuseIfKilled } from '../../daemon/kill-switch.ts';
import { startTestDaemon } from '../support/daemon.ts';
import { statusInRecord } from '../support/record.ts';
import { hasRedis, type PrivateRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const skip = !hasRedis;
let redis: PrivateRedis;
let prefixes = 0;

before(async () => {
  if (hasRedis) redis = await startRedis();
});
after(() => redis?.stop());

/** One Redis for the file, a prefix of its own for each test. */
function place(set: Record<string, unknown> = {}) {
  prefixes += 1;
  const prefix = `t${prefixes}`;
  return {
    queueUrl: redis.url,
    set: { 'queue.prefix': prefix, 'queue.backoff.initial_ms': 50, 'retry.initial_delay_ms': 20, ...set },
  };
}

test('an action is classified, routed, answered and recorded with tier, model, quality, cost and why', {
  skip,
}, async (t) => {
  const { run, daemon } = await startTestDaemon(t, place());
  const action = await run({ prompt: 'What is 17 * 23?' });
  assert.equal(action.status, 'completed');
  assert.match(action.answer ?? '', /391/);
  assert.ok(action.tier !== null && action.model !== null && action.reason !== null);
  assert.ok((action.quality ?? 0) >= 0.7);
  const calls = daemon.memory.calls.forAction(action.id);
  assert.ok(calls.some((call) => call.role === 'answer' && call.accepted === true));
  assert.equal(
    action.cost,
    calls.reduce((sum, call) => sum + call.cost, 0),
  );
});

test('the same request a second time is answered from the cache at no cost', { skip }, async (t) => {
  const { run, daemon, simulator } = await startTestDaemon(t, place());
  const first = await run({ prompt: 'What is 12 * 12?' });
  const asked = simulator.received().length;
  const second = await run({ prompt: 'What is 12 * 12?' });
  assert.equal(second.cached, true);
  assert.equal(second.cost, 0);
  assert.equal(second.answer, first.answer);
  assert.equal(simulator.received().length, asked);
  assert.equal(daemon.memory.calls.totals(0, Date.now() + 1).cacheHits, 1);
});

test('the same idempotency key gives the same action, also at the same moment', { skip }, async (t) => {
  const { daemon, ended } = await startTestDaemon(t, place());
  const both = await Promise.all(
    [1, 2].map(() => daemon.control.submit([{ prompt: 'What is 2 + 2?', idempotency_key: 'once' }])),
  );
  const ids = both.map((one) => (one.ok ? one.accepted[0]?.id : undefined));
  assert.equal(ids[0], ids[1]);
  await ended(ids[0] ?? '');
  assert.equal(daemon.memory.actions.list({}).length, 1);
});

test('another program adds jobs with plain BullMQ and gets results', { skip }, async (t) => {
  const given = place();
  const { daemon } = await startTestDaemon(t, given);
  const connection = { url: given.queueUrl, maxRetriesPerRequest: null };
  const prefix = String(given.set['queue.prefix']);
  const queue = new Queue('actions', { connection, prefix });
  const events = new QueueEvents('actions', { connection, prefix });
  t.after(() => Promise.all([queue.close(), events.close()]));
  await events.waitUntilReady();

  const job = await queue.add('prompt', { prompt: 'What is 6 * 7?' });
  const result = (await job.waitUntilFinished(events, 20_000)) as Record<string, unknown>;
  assert.equal(result.status, 'completed');
  assert.match(String(result.answer), /42/);
  assert.ok(
    typeof result.tier === 'string' &&
      typeof result.cost_usd === 'number' &&
      typeof result.quality === 'number',
  );
  assert.equal(daemon.memory.actions.get(String(result.id))?.type, 'prompt');

  const bad = await queue.add('prompt', { promt: 'typing mistake' }, { attempts: 5, backoff: 1 });
  await assert.rejects(
    bad.waitUntilFinished(events, 20_000),
    /unknown field "promt" \(did you mean "prompt"\?\)/,
  );
  const [failed] = daemon.memory.actions.list({ status: ['failed'] });
  assert.equal(failed?.error?.code, 'INPUT_INVALID');
  assert.equal((await queue.getJob(bad.id ?? ''))?.attemptsStarted, 1, 'bad data is not tried again');
});

test('an objective is planned, done by sub-agents with the parent off its slot, and put together', {
  skip,
}, async (t) => {
  const { run, daemon } = await startTestDaemon(t, place({ 'queue.concurrency': 1 }));
  const action = await run({ objective: 'Compare Paris, Berlin and Rome as places for a conference' });
  assert.equal(action.status, 'completed', action.error?.message);
  const children = daemon.memory.actions.children(action.id);
  assert.ok(children.length >= 2);
  assert.ok(
    children.every(
      (child) => child.status === 'completed' && child.rootId === action.id && child.depth === 1,
    ),
  );
  assert.ok((action.answer ?? '').length > 0);
  assert.match(action.trail?.plan.reason ?? '', /quality-critical \(this answer is that of the whole tree\)/);
});

test('an objective whose sub-agents would exceed a limit is done by one agent, and says so', {
  skip,
}, async (t) => {
  const { run, daemon } = await startTestDaemon(t, place({ 'agents.max_descendants': 1 }));
  const action = await run({ objective: 'Compare Paris, Berlin and Rome as places for a conference' });
  assert.equal(action.status, 'completed', action.error?.message);
  assert.match(action.degraded ?? '', /limit of 1 descendants/);
  assert.equal(daemon.memory.actions.children(action.id).length, 0);
});

test('a private action never reaches an API, whatever the local models do', { skip }, async (t) => {
  const { run, simulator } = await startTestDaemon(t, place({ 'retry.max_retries': 0 }));
  simulator.setFaults({ protocol: 'ollama', fault: '500' });
  const action = await run({
    prompt: 'Summarize my diary entry about the doctor',
    privacy: 'local',
    attempts: 2,
  });
  assert.equal(action.status, 'failed');
  assert.match(action.error?.message ?? '', /phi3-mini|llama3-8b|mixtral-8x7b/);
  assert.equal(simulator.received('anthropic').length + simulator.received('openai').length, 0);
});

test('a full budget leaves local models only, and the answer says so', { skip }, async (t) => {
  const { run, simulator } = await startTestDaemon(t, place({ 'cost_control.daily_budget': 0.000001 }));
  const action = await run({
    prompt: 'Refactor the whole payment service and migrate its database',
    critical: true,
  });
  assert.notEqual(action.tier, 'api_fallback');
  assert.match(action.degraded ?? action.error?.message ?? '', /budget/);
  assert.equal(simulator.received('anthropic').length + simulator.received('openai').length, 0);
});

test('with every model down an action is tried again with backoff, then fails naming each candidate; the daemon lives', {
  skip,
}, async (t) => {
  const { run, simulator, daemon } = await startTestDaemon(t, place({ 'retry.max_retries': 0 }));
  await simulator.takeDown();
  const action = await run({ prompt: 'What is 5 * 5?', attempts: 2 });
  assert.equal(action.status, 'failed');
  assert.equal(action.attemptsMade, 1);
  for (const model of ['phi3-mini', 'mixtral-8x7b', 'claude-sonnet-5-5'])
    assert.match(action.error?.message ?? '', new RegExp(model));
  await simulator.bringUp();
  assert.equal((await daemon.control.ready()).ready, true);
});

for (const fault of ['cut_clean', 'cut_destroy', '500', '429', 'empty_200', 'malformed_chunk'] as const) {
  test(`an API that fails with ${fault} is never a wrong "completed": the action falls back`, {
    skip,
  }, async (t) => {
    const { run, simulator } = await startTestDaemon(t, place({ 'retry.max_retries': 0 }));
    simulator.setFaults({ protocol: 'anthropic', fault });
    const action = await run({ prompt: 'What is 9 * 9?', tier: 'api_fallback' });
    assert.equal(action.status, 'completed', action.error?.message);
    assert.match(action.model ?? '', /gpt/);
    assert.match(action.answer ?? '', /81/);
  });
}

test('cancelling an objective cancels its descendants and stops what runs', { skip }, async (t) => {
  const { submit, daemon, ended } = await startTestDaemon(t, { ...place(), simulator: { speed: 1 } });
  const id = await submit({ objective: 'Compare Paris, Berlin and Rome as places for a conference' });
  await until('the objective to start', () => daemon.memory.actions.get(id)?.status !== 'queued');
  const result = await daemon.control.cancel(id, 'changed my mind');
  assert.ok(result?.cancelled.includes(id));
  assert.equal((await ended(id)).status, 'cancelled');
  assert.equal(daemon.memory.actions.pendingChildren(id), 0);
});

test('an action with data the schema forbids is refused with the field named, and nothing is stored', {
  skip,
}, async (t) => {
  const { daemon } = await startTestDaemon(t, place());
  const result = await daemon.control.submit([{ prompt: 'fine' }, { prompt: 'x', priority: 99 }]);
  assert.equal(result.ok, false);
  assert.ok(!result.ok && result.errors[0]?.field === 'priority' && result.errors[0].index === 1);
  assert.equal(daemon.memory.actions.list({}).length, 0);
});

test('five hundred local actions in the queue do not hold up an action for an API', { skip }, async (t) => {
  const given = place({ 'routing.enable_self_critique': false, drain_ms: 100 });
  const { daemon, submit } = await startTestDaemon(t, { ...given, simulator: { speed: 1 } });
  const inputs = Array.from({ length: 500 }, (_, n) => ({
    prompt: `Write about the number ${n}`,
    tier: 'local_quality',
  }));
  await daemon.control.submit(inputs);
  const started = new Promise<number>((resolve) => {
    const since = Date.now();
    daemon.control.subscribe((event) => {
      if (event.kind === 'call' && event.tier === 'api_fallback') resolve(Date.now() - since);
    });
  });
  await submit({ prompt: 'What is 3 * 3?', tier: 'api_fallback' });
  // Not a speed test: behind them it would wait minutes. The bench prints the figure.
  const waited = await Promise.race([
    started,
    new Promise<number>((resolve) => setTimeout(() => resolve(Number.POSITIVE_INFINITY), 15_000)),
  ]);
  assert.ok(Number.isFinite(waited));
  t.diagnostic(`the API call began after ${waited} ms`);
});

test('the kill switch stops what runs at once and puts it back, and no daemon starts until it is lifted', {
  skip,
}, async (t) => {
  const { daemon, submit, dataDir } = await startTestDaemon(t, {
    ...place({ drain_ms: 60_000 }),
    simulator: { speed: 1 },
  });
  const id = await submit({ prompt: 'Write a long story about a lighthouse', tier: 'local_quality' });
  await until('the action to run', () => daemon.memory.actions.get(id)?.status === 'running');
  await daemon.control.kill('the test says so');
  // Far below the drain time, which a kill does not wait for.
  const cause = await Promise.race([daemon.ended, wait(20_000, undefined, { ref: false })]);
  assert.equal(cause, 'killed');
  assert.equal(statusInRecord(dataDir, id), 'queued');
  assert.throws(() => refuseIfKilled(dataDir), /the test says so/);
  assert.equal(liftKill(dataDir), true);
  refuseIfKilled(dataDir);
});

test('a sub-agent handed in from outside is held to the limits of its tree', { skip }, async (t) => {
  const { daemon, submit } = await startTestDaemon(t, {
    ...place({ 'agents.max_children': 2 }),
    simulator: { speed: 1 },
  });
  const parent = await submit({
    prompt: 'Write a long story about a lighthouse',
    tier: 'local_quality',
    privacy: 'local',
  });
  const child = await submit({ prompt: 'first', parent_id: parent });
  await submit({ prompt: 'second', parent_id: parent });
  await assert.rejects(submit({ prompt: 'third', parent_id: parent }), /children below .* would be 3/);
  assert.equal(daemon.memory.actions.get(child)?.privacy, 'local', 'what is private stays private below');
});

test('a local model that was down is asked for one token first, and works again without a restart', {
  skip,
}, async (t) => {
  const given = place({ 'cost_control.api': 'off' });
  let ahead = 0;
  const clock = { now: () => Date.now() + ahead, sleep: systemClock.sleep };
  const { run, simulator, daemon } = await startTestDaemon(t, { ...given, options: { clock } });
  await simulator.takeDown();
  for (const n of [1, 2, 3]) await run({ prompt: `What is 5 * ${n}?`, attempts: 1, model: 'phi3-mini' });
  const breaker = async () =>
    (await daemon.control.status()).models.find((model) => model.name === 'phi3-mini')?.breaker;
  assert.equal(await breaker(), 'open');
  await simulator.bringUp();
  ahead = 60_000;
  assert.equal(await breaker(), 'half_open');
  const before = simulator.received('ollama').length;
  const action = await run({ prompt: 'What is 5 * 6?', attempts: 1, model: 'phi3-mini' });
  assert.match(action.answer ?? '', /30/);
  const [probe] = simulator.received('ollama').slice(before);
  assert.equal(JSON.parse(String(probe?.body)).options.num_predict, 1);
  assert.equal(await breaker(), 'closed');
});
