/** Shadows and audits on a real daemon: after the answer, within their money, at nobody's expense but their own. */
import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { openStore } from '../../memory/database.ts';
import type { NewExperiment } from '../../memory/experiments.ts';
import { parseQuery } from '../../memory/grammar.ts';
import { queryLedger } from '../../memory/ledger-lines.ts';
import { startTestDaemon, type TestDaemon } from '../support/daemon.ts';
import { hasRedis, type PrivateRedis, startRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

const skip = !hasRedis;
let redis: PrivateRedis;
let prefixes = 0;

before(async () => {
  if (hasRedis) redis = await startRedis();
});
after(() => redis?.stop());

/** Local models that are always right, and one paid model. */
async function startDaemon(t: TestContext, set: Readonly<Record<string, unknown>> = {}): Promise<TestDaemon> {
  prefixes += 1;
  const right = { simple: 1, moderate: 1, complex: 1 };
  return await startTestDaemon(t, {
    queueUrl: redis.url,
    simulator: {
      models: [
        { name: 'phi3:mini', pass: right, criticAccuracy: 1 },
        { name: 'llama3:8b', pass: right, criticAccuracy: 1 },
        { name: 'gpt-5', pass: right, criticAccuracy: 1 },
      ],
    },
    set: {
      'queue.prefix': `after${prefixes}`,
      'tiers.local_fast.models': ['phi3-mini'],
      'tiers.local_quality.models': ['llama3-8b'],
      'tiers.api_fallback.models': ['gpt-5'],
      ...set,
    },
  });
}

function shadow(fields: Partial<NewExperiment> = {}): NewExperiment {
  return {
    name: 'api',
    kind: 'shadow',
    baseline: { name: 'live', settings: {} },
    tried: { name: 'shadow', settings: { first_tier: 'api_fallback' } },
    shares: [1],
    minimumAnswers: 0,
    tolerance: 0,
    budget: 500_000_000,
    at: Date.now(),
    ...fields,
  };
}

const question = (n: number) => `What is ${n} + ${2 * n}? Answer with the number only.`;
const allDone = ({ daemon }: TestDaemon, count: number) =>
  until('everything after the outcomes is done', () => {
    const { done, leftOut } = daemon.afterOutcomes();
    return done + leftOut >= count;
  });

test('a shadow comes after the answer, is paid by its own budget, and its calls are no accepted answers', {
  skip,
}, async (t) => {
  const started = await startDaemon(t);
  const { memory } = started.daemon;
  await memory.experiments.start(shadow());
  const actions = [];
  for (let n = 1; n <= 5; n += 1) actions.push(await started.run({ prompt: question(n) }));
  await allDone(started, 5);
  assert.deepEqual(started.daemon.afterOutcomes(), { waiting: 0, running: 0, done: 5, leftOut: 0 });

  let paid = 0;
  for (const { id, tier } of actions) {
    assert.equal(tier, 'local_fast');
    const calls = memory.calls.forAction(id);
    const shadows = calls.filter((call) => call.role === 'shadow');
    assert.deepEqual(
      shadows.map((call) => [call.tier, call.experiment, call.arm, call.accepted]),
      [['api_fallback', 'api', 'shadow', true]],
    );
    const answer = calls.find((call) => call.role === 'answer');
    assert.ok((shadows[0]?.startedAt ?? 0) >= (answer?.finishedAt ?? Number.POSITIVE_INFINITY));
    // What the action cost is what its answer cost.
    assert.equal(memory.actions.get(id)?.cost, 0);
    paid += shadows.reduce((sum, call) => sum + call.cost, 0);
  }
  assert.ok(paid > 0);
  const { spent, reserved } = memory.experiments.get('api') ?? {};
  assert.deepEqual({ spent, reserved }, { spent: paid, reserved: 0 });
  assert.equal(memory.budget.status().spent, paid);

  const store = openStore(memory.path, { mode: 'read', busyTimeoutMs: 1000 });
  t.after(() => store.close());
  const query = parseQuery(['topic=llm_cost'], Date.now());
  const lines = queryLedger(store, query, { now: Date.now() });
  assert.equal(lines.filter((line) => line.accepted).length, 5);
  assert.equal(
    lines.reduce((sum, line) => sum + line.cost, 0),
    paid,
  );
  assert.equal(
    memory.calls.totals(0, Date.now() + 1).byTier.find((one) => one.tier === 'api_fallback')?.answers ?? 0,
    0,
  );
});

test('a shadow never spends more than its budget, and without one asks no paid model', {
  skip,
}, async (t) => {
  const started = await startDaemon(t);
  const { memory } = started.daemon;
  // The upper bound of one call is about half a cent.
  const budget = 8_000_000;
  const { name } = await memory.experiments.start(shadow({ budget }));
  const ids: string[] = [];
  for (let n = 1; n <= 8; n += 1) ids.push(await started.submit({ prompt: question(n), max_tokens: 500 }));
  await allDone(started, 8);
  const tiersOf = (actionIds: readonly string[]) =>
    actionIds.flatMap((id) =>
      memory.calls
        .forAction(id)
        .filter((call) => call.role === 'shadow')
        .map((call) => call.tier),
    );
  assert.ok(tiersOf(ids).includes('api_fallback'), 'it pays as long as it can');
  // A shadow takes a local model only while nothing else is on: now one comes after the other.
  while (ids.length < 40 && !tiersOf(ids).includes('local_fast')) {
    ids.push((await started.run({ prompt: question(ids.length + 1) })).id);
    await allDone(started, ids.length);
  }
  assert.ok(tiersOf(ids).includes('local_fast'), 'then it makes do with local models');
  const used = memory.experiments.get(name);
  assert.ok(used !== undefined && used.spent > 0 && used.spent <= budget);

  const change = { kind: 'end', state: 'stopped', reason: '' } as const;
  await memory.experiments.change({ name, at: Date.now(), change });
  const asked = started.simulator.received('openai').length;
  await memory.experiments.start(shadow({ name: 'free', budget: 0 }));
  const action = await started.run({ prompt: question(99) });
  await allDone(started, ids.length + 1);
  assert.deepEqual(new Set(tiersOf([action.id])), new Set(['local_fast']));
  assert.equal(started.simulator.received('openai').length, asked);
});

test('what is private is not sent to an API by a shadow or an audit', { skip }, async (t) => {
  const started = await startDaemon(t, {
    'quality_checks.audit.share': 1,
    'quality_checks.audit.daily_budget': 1,
  });
  const { memory } = started.daemon;
  await memory.experiments.start(shadow());
  for (let n = 1; n <= 4; n += 1) await started.run({ prompt: question(n), privacy: 'local' });
  await started.run({ prompt: 'Is DE89 3704 0044 0532 0130 00 a valid IBAN? Answer yes or no.' });
  await allDone(started, 10);
  assert.deepEqual(started.simulator.received('openai'), []);
});

test('an audit labels accepted local answers by a paid judge within its budget, at no cost of the action', {
  skip,
}, async (t) => {
  const started = await startDaemon(t, {
    'quality_checks.audit.share': 1,
    'quality_checks.audit.daily_budget': 1,
  });
  const { memory } = started.daemon;
  const actions = [];
  for (let n = 1; n <= 5; n += 1)
    actions.push(await started.run({ prompt: question(n), budget_usd: 0.0001 }));
  await allDone(started, 5);
  const labels = memory.labels.list({ source: 'audit' });
  assert.deepEqual(
    labels.map(({ actionId, label }) => [actionId, label]).sort(),
    actions.map(({ id }) => [id, 'good']).sort(),
  );
  for (const { id } of actions) {
    const judges = memory.calls.forAction(id).filter((call) => call.role === 'judge');
    assert.deepEqual(
      judges.map((call) => call.tier),
      ['api_fallback'],
    );
    assert.equal(memory.actions.get(id)?.cost, 0);
  }
});

test('without a budget for audits only another local model judges, and only one that is loaded', {
  skip,
}, async (t) => {
  const started = await startDaemon(t, { 'quality_checks.audit.share': 1 });
  const { memory } = started.daemon;
  // Loads the other local model.
  await started.run({ prompt: 'Say hello', model: 'llama3-8b' });
  const action = await started.run({ prompt: question(1) });
  await until('the audit is done', () => memory.labels.list({ source: 'audit' }).length > 0);
  const judge = memory.calls.forAction(action.id).find((call) => call.role === 'judge');
  assert.equal(judge?.model, 'llama3-8b');
  assert.deepEqual(started.simulator.received('openai'), []);
});

test('a shadow on a busy machine is broken off for real work, and made when it is quiet again', {
  skip,
}, async (t) => {
  const started = await startDaemon(t, {
    'hosts.ollama.slots': 1,
    'routing.enable_self_critique': false,
    'tiers.local_quality.models': [],
  });
  const { memory } = started.daemon;
  const { name } = await memory.experiments.start(
    shadow({ tried: { name: 'shadow', settings: { first_tier: 'local_fast' } }, budget: 0 }),
  );
  // The first call is the answer, the second the shadow's: that one would hold the only place for ever.
  started.simulator.setFaults({ fault: 'hang_before_headers', protocol: 'ollama', after: 1, count: 1 });
  const first = await started.run({ prompt: question(1) });
  const shadows = () => memory.calls.forAction(first.id).filter((call) => call.role === 'shadow');
  await until('the shadow is under way', () => shadows().length === 1);
  const change = { kind: 'end', state: 'stopped', reason: '' } as const;
  const second = await started.run({ prompt: question(2) });
  assert.equal(second.tier, 'local_fast');
  await until('the shadow is made again', () => shadows().length >= 2 && shadows().at(-1)?.outcome === 'ok');
  assert.equal(shadows()[0]?.outcome, 'cancelled');
  await memory.experiments.change({ name, at: Date.now(), change });
});

test('a stop in the middle of a shadow leaves no open call and no reserved money', { skip }, async (t) => {
  const started = await startDaemon(t);
  const { memory } = started.daemon;
  const { name } = await memory.experiments.start(shadow());
  started.simulator.setFaults({ fault: 'hang_before_headers', protocol: 'openai' });
  await started.run({ prompt: question(1) });
  await until('the shadow is under way', () => (memory.experiments.get(name)?.reserved ?? 0) > 0);
  await started.daemon.stop('signal');
  const store = openStore(memory.path, { mode: 'read', busyTimeoutMs: 1000 });
  t.after(() => store.close());
  const left = store.get<{ open: number; reserved: number; day: number }>(
    `select (select count(*) from calls where settlement = 'open') as open,
      (select reserved_nano from experiments) as reserved, (select sum(reserved_nano) from budget_days) as day`,
  );
  assert.deepEqual(left, { open: 0, reserved: 0, day: 0 });
});
