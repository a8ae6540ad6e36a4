/** Money of shadows and judges: limits of their own, taken in the transaction that reserves; never the action's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallStart } from '../../router/types/call.ts';
import { callEnd, callStart, newAction, noon, temporaryMemory } from './temporary-memory.ts';

const shadow = {
  name: 'cheap',
  kind: 'shadow',
  baseline: { name: 'live', settings: {} },
  tried: { name: 'shadow', settings: {} },
  shares: [1],
  minimumAnswers: 0,
  tolerance: 0,
  budget: 1_000,
  at: noon,
} as const;

const shadowCall = (fields: Partial<CallStart> = {}) =>
  callStart({
    role: 'shadow',
    origin: { actionId: 'one', experiment: 'cheap', arm: 'shadow' },
    reserve: 400,
    ...fields,
  });

test('a shadow’s calls together never reserve more than its budget, however many begin at once', async (t) => {
  const { memory } = await temporaryMemory(t);
  await memory.experiments.start(shadow);
  const calls = Array.from({ length: 5 }, () => shadowCall());
  const begun = await Promise.all(calls.map((call) => memory.ledger.begin(call)));
  assert.equal(begun.filter((one) => one.ok).length, 2);
  const refused = begun.find((one) => !one.ok);
  assert.ok(refused !== undefined && !refused.ok);
  assert.equal(refused.refusal.limit, 'shadow');
  const [first, second] = calls;
  await memory.ledger.finish(callEnd(first?.callId ?? '', { cost: 100 }));
  await memory.ledger.finish(callEnd(second?.callId ?? '', { cost: 50 }));
  const { spent, reserved } = memory.experiments.get('cheap') ?? {};
  assert.deepEqual([spent, reserved, memory.budget.status().spent], [150, 0, 150]);
});

test('neither a shadow nor a judge touches the action’s cost, budget or accepted answer', async (t) => {
  const { memory } = await temporaryMemory(t, { limits: { auditBudget: 1_000 } });
  await memory.experiments.start(shadow);
  await memory.actions.accept(newAction({ id: 'one', budget: 10 }));
  for (const call of [
    shadowCall(),
    callStart({ role: 'judge', origin: { actionId: 'one' }, reserve: 400 }),
  ]) {
    assert.deepEqual(await memory.ledger.begin(call), { ok: true });
    await memory.ledger.finish(callEnd(call.callId, { cost: 300 }));
    memory.ledger.judge({ callId: call.callId, quality: 1, accepted: true, checks: [], reason: '' });
  }
  await memory.state.set('written', true);
  const action = memory.actions.get('one');
  assert.deepEqual([action?.cost, action?.treeCost], [0, 0]);
  assert.equal(memory.budget.status().spent, 600);
  const answers = memory.calls.sums(0, noon + 1_000_000, ['role']).map(({ role, answers: n }) => [role, n]);
  assert.deepEqual(answers, [
    ['judge', 0],
    ['shadow', 0],
  ]);
});

test('judges have a budget a day, and none at all where it is not set', async (t) => {
  const { memory, clock } = await temporaryMemory(t, { limits: { auditBudget: 1_000 } });
  const judge = (at: number) => callStart({ role: 'judge', reserve: 600, startedAt: at });
  const first = judge(noon);
  assert.deepEqual(await memory.ledger.begin(first), { ok: true });
  const second = await memory.ledger.begin(judge(noon));
  assert.ok(!second.ok);
  assert.deepEqual(
    [second.refusal.limit, second.refusal.setBy, second.refusal.usedNano],
    ['audit', 'quality_checks.audit.daily_budget', 600],
  );
  assert.equal(memory.budget.wouldRefuse(600, { actionId: 'one' }, 'judge')?.limit, 'audit');
  await memory.ledger.finish(callEnd(first.callId, { cost: 100 }));
  assert.deepEqual(await memory.ledger.begin(judge(noon)), { ok: true });
  clock.now = noon + 86_400_000;
  assert.deepEqual(await memory.ledger.begin(judge(clock.now)), { ok: true });

  const without = await temporaryMemory(t);
  const refused = await without.memory.ledger.begin(judge(noon));
  assert.equal(refused.ok, false);
});

test('a shadow call whose process died is charged in full to the shadow', async (t) => {
  const { memory } = await temporaryMemory(t);
  await memory.experiments.start(shadow);
  const call = shadowCall();
  await memory.ledger.begin(call);
  await memory.ledger.finish(callEnd(call.callId, { cost: 400, settlement: 'unknown' }));
  assert.equal(memory.experiments.get('cheap')?.spent, 400);
  assert.equal(await memory.budget.settle(call.callId, 30), true);
  assert.deepEqual([memory.experiments.get('cheap')?.spent, memory.budget.status().spent], [30, 30]);
});
