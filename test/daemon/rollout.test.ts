/** A rollout on a real daemon: a bad tier comes back by itself, a good one reaches all of the traffic. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { NewExperiment } from '../../memory/experiments.ts';
import { placeOf } from '../../router/experiment/experiment.ts';
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

/** The API first, and a local model of so much reliability for a rollout to try. */
async function daemonWithLocal(
  t: TestContext,
  pass: number,
  set: Readonly<Record<string, unknown>> = {},
): Promise<TestDaemon> {
  prefixes += 1;
  return await startTestDaemon(t, {
    queueUrl: redis.url,
    simulator: {
      models: [
        { name: 'phi3:mini', pass: { simple: pass, moderate: pass, complex: pass }, criticAccuracy: 1 },
        { name: 'gpt-5', pass: { simple: 1, moderate: 1, complex: 1 } },
      ],
    },
    set: {
      'queue.prefix': `rollout${prefixes}`,
      'routing.prefer_local': false,
      'routing.enable_caching': false,
      'tiers.local_fast.models': ['phi3-mini'],
      'tiers.local_quality.models': [],
      'tiers.api_fallback.models': ['gpt-5'],
      'cost_control.daily_budget': 0,
      ...set,
    },
  });
}

function rollout(fields: Partial<NewExperiment> = {}): NewExperiment {
  return {
    name: 'local_fast',
    kind: 'rollout',
    baseline: { name: 'baseline', settings: {} },
    tried: { name: 'rollout', settings: { first_tier: 'local_fast' } },
    shares: [0.5, 1],
    minimumAnswers: 20,
    tolerance: 0.05,
    budget: 0,
    at: Date.now(),
    ...fields,
  };
}

/** So many different questions, each asked and answered. */
async function ask({ submit, ended }: TestDaemon, from: number, to: number): Promise<void> {
  const ids: string[] = [];
  for (let n = from; n < to; n += 1)
    ids.push(await submit({ prompt: `What is ${n} + ${3 * n + 1}? Answer with the number only.` }));
  for (const id of ids) await ended(id);
}

test('a bad tier is returned by itself, and what comes after is routed as before', { skip }, async (t) => {
  const told: string[] = [];
  const topic = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => told.push(text));
    request.on('end', () => response.end('{}'));
  });
  await new Promise<void>((resolve) => topic.listen(0, '127.0.0.1', resolve));
  t.after(() => topic.close());
  const { port } = topic.address() as AddressInfo;
  const started = await daemonWithLocal(t, 0.2, {
    'notifications.ntfy.url': `http://127.0.0.1:${port}/swarmd`,
  });
  const { memory } = started.daemon;
  const { name } = await memory.experiments.start(rollout());
  await ask(started, 0, 100);
  await until('the rollout is returned', () => memory.experiments.get(name)?.state === 'returned');
  const ended = memory.experiments.get(name);
  assert.match(
    ended?.reason ?? '',
    /^answers accepted: \d+\.\d % \(\d+\.\d to \d+\.\d\) of \d+, below the baseline's 100\.0 %/,
  );
  await until('the return is told', () => told.some((text) => text.includes(ended?.reason ?? '')));
  const [shown] = (await started.daemon.control.status()).experiments;
  assert.equal(shown?.experiment.state, 'returned');

  const after = await started.run({ prompt: 'What is 7 * 8? Answer with the number only.' });
  const calls = memory.calls.forAction(after.id);
  assert.deepEqual(
    calls.map(({ tier, experiment }) => [tier, experiment]),
    [['api_fallback', null]],
  );
});

test('a good tier goes through its steps to all of the traffic; the arm of a request stays its own', {
  skip,
}, async (t) => {
  const started = await daemonWithLocal(t, 1);
  const { memory } = started.daemon;
  const { name } = await memory.experiments.start(rollout());
  const share = () => memory.experiments.get(name)?.steps.filter((step) => step.since !== null).length;
  for (let from = 0; share() === 1 && from < 400; from += 60) {
    await ask(started, from, from + 60);
    await wait(1_100);
  }
  assert.equal(share(), 2, memory.experiments.get(name)?.reason ?? '');
  const later = await started.run({ prompt: 'What is 9 * 9? Answer with the number only.' });
  const [call] = memory.calls.forAction(later.id);
  assert.deepEqual([call?.experiment, call?.arm, call?.tier], [name, 'rollout', 'local_fast']);

  let arms = 0;
  for (const action of memory.actions.list({ limit: 1000 })) {
    if (action.id === later.id) continue;
    const [first] = memory.calls.forAction(action.id);
    const expected = placeOf(name, action.rootId) < 0.5 ? 'rollout' : 'baseline';
    // What was accepted after the second step began is all the rollout's.
    const second = memory.experiments.get(name)?.steps[1]?.since ?? 0;
    if (action.createdAt >= second) continue;
    assert.equal(first?.arm, expected);
    arms += 1;
  }
  assert.ok(arms >= 60);
  assert.equal(memory.experiments.get(name)?.state, 'running');
});

test('an action that asks for a model takes no part, and children stay in the arm of their root', {
  skip,
}, async (t) => {
  const started = await daemonWithLocal(t, 1);
  const { memory } = started.daemon;
  const { name } = await memory.experiments.start(rollout({ minimumAnswers: 10_000 }));
  const asked = await started.run({ prompt: 'What is 1 + 1? Answer with the number only.', model: 'gpt-5' });
  assert.equal(memory.calls.forAction(asked.id)[0]?.experiment, null);
  const tree = await started.run({
    type: 'agent',
    objective: 'Compare apples, pears and plums in three lines',
  });
  const arms = new Set(
    memory.actions.tree(tree.id).flatMap(({ id }) => memory.calls.forAction(id).map((call) => call.arm)),
  );
  assert.equal(memory.actions.tree(tree.id).length > 1, true);
  assert.deepEqual([...arms], [placeOf(name, tree.id) < 0.5 ? 'rollout' : 'baseline']);
});

test('the arms of an A/B test are routed by their own settings, side by side', { skip }, async (t) => {
  const started = await daemonWithLocal(t, 1, { 'routing.prefer_local': true });
  const { memory } = started.daemon;
  const { name } = await memory.experiments.start(
    rollout({
      name: 'api-first',
      kind: 'ab',
      baseline: { name: 'a', settings: {} },
      tried: { name: 'b', settings: { prefer_local: false } },
      shares: [0.5],
    }),
  );
  await ask(started, 0, 30);
  const tiers = new Map<string, Set<string | null>>();
  for (const { id, rootId, tier } of memory.actions.list({ limit: 100 })) {
    const arm = placeOf(name, rootId) < 0.5 ? 'b' : 'a';
    assert.ok(memory.calls.forAction(id).every((call) => call.experiment === name && call.arm === arm));
    tiers.set(arm, (tiers.get(arm) ?? new Set()).add(tier));
  }
  assert.deepEqual(tiers.get('a'), new Set(['local_fast']));
  assert.deepEqual(tiers.get('b'), new Set(['api_fallback']));
});
