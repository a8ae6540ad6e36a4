import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openMemory } from '../../memory/memory.ts';
import { currentStep } from '../../router/experiment/experiment.ts';
import { callEnd, callStart, noon, temporaryMemory } from './temporary-memory.ts';

const rollout = {
  name: 'local_fast',
  kind: 'rollout',
  baseline: { name: 'baseline', settings: {} },
  tried: { name: 'rollout', settings: { first_tier: 'local_fast' } },
  shares: [0.1, 0.5, 1],
  minimumAnswers: 20,
  tolerance: 0.05,
  budget: 0,
  at: noon,
} as const;

test('two that would change each other’s traffic do not run at once; a shadow may run beside', async (t) => {
  const { memory } = await temporaryMemory(t);
  await memory.experiments.start(rollout);
  await assert.rejects(memory.experiments.start({ ...rollout, name: 'other', kind: 'ab' }), {
    code: 'CONFLICT',
    allowed: 'first: swarmd rollout stop local_fast',
  });
  await memory.experiments.start({ ...rollout, name: 'beside', kind: 'shadow' });
  assert.deepEqual(
    memory.experiments.running().map((one) => one.name),
    ['local_fast', 'beside'],
  );
});

test('a step is left once, whoever is first, and what has ended does not change', async (t) => {
  const { memory } = await temporaryMemory(t);
  const { name } = await memory.experiments.start(rollout);
  const advance = { kind: 'advance', toStep: 1, reason: 'good' } as const;
  const both = await Promise.all([
    memory.experiments.change({ name, change: advance, at: noon + 1 }),
    memory.experiments.change({ name, change: advance, at: noon + 2 }),
  ]);
  assert.deepEqual(both, [true, false]);
  const moved = memory.experiments.get(name);
  assert.ok(moved !== undefined);
  assert.deepEqual([currentStep(moved), moved.steps[1]?.since], [1, noon + 1]);
  const end = { kind: 'end', state: 'returned', reason: 'worse' } as const;
  assert.equal(await memory.experiments.change({ name, change: end, at: noon + 3 }), true);
  assert.equal(await memory.experiments.change({ name, change: end, at: noon + 4 }), false);
  assert.equal(
    await memory.experiments.change({ name, change: { ...advance, toStep: 2 }, at: noon + 5 }),
    false,
  );
  assert.deepEqual(
    memory.experiments.noteworthy().map((one) => [one.name, one.state, one.endedAt]),
    [[name, 'returned', noon + 3]],
  );
});

test('a restart changes nothing: step, share and answers so far are in the file', async (t) => {
  const first = await temporaryMemory(t);
  const { name } = await first.memory.experiments.start(rollout);
  const change = { kind: 'advance', toStep: 1, reason: 'good' } as const;
  await first.memory.experiments.change({ name, change, at: noon + 1 });
  for (const [arm, tier, accepted, from] of [
    ['rollout', 'local_fast', true, undefined],
    ['rollout', 'local_fast', false, undefined],
    // After a rejected answer, and of another tier: neither says anything of the tier that is tried.
    ['rollout', 'local_fast', true, 'call-x'],
    ['rollout', 'api_fallback', true, undefined],
    ['baseline', 'api_fallback', true, undefined],
  ] as const) {
    const start = callStart({
      tier,
      origin: { actionId: 'one', experiment: name, arm },
      reserve: 0,
      startedAt: noon + 2,
      ...(from === undefined ? {} : { escalatedFrom: from }),
    });
    await first.memory.ledger.begin(start);
    await first.memory.ledger.finish(callEnd(start.callId, { cost: 0 }));
    first.memory.ledger.judge({ callId: start.callId, quality: 1, accepted, checks: [], reason: '' });
  }
  const before = first.memory.experiments.get(name);
  await first.memory.close();

  const memory = await openMemory({
    path: first.path,
    budget: { dailyBudget: 0, monthlyBudget: 0, dailyApiCalls: 0, timeZone: 'UTC' },
    cacheTtlMs: 0,
    usageLogPath: undefined,
    now: () => noon,
    onError: (error) => assert.fail(error),
  });
  t.after(() => memory.close());
  const [running] = memory.experiments.running();
  assert.deepEqual(running, before);
  assert.ok(running !== undefined);
  const { tried, baseline, sinceStep } = memory.experiments.tally(running);
  assert.deepEqual(
    [tried.answers, baseline.answers, sinceStep],
    [{ count: 2, good: 1 }, { count: 1, good: 1 }, 2],
  );
});
