import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { BudgetLimits } from '../../memory/budget-limits.ts';
import type { CallStart } from '../../router/types/call.ts';
import type { BudgetRefusal } from '../../router/types/outside.ts';
import {
  callEnd,
  callStart,
  newAction,
  noon,
  temporaryDirectory,
  temporaryMemory,
} from './temporary-memory.ts';

const tomorrow = Date.UTC(2026, 10, 22);
const nextMonth = Date.UTC(2026, 11, 1);

interface Case {
  name: string;
  limits: Partial<BudgetLimits>;
  /** Each reserves 100. */
  before: Partial<CallStart>[];
  call: Partial<CallStart>;
  refusal: Partial<BudgetRefusal>;
  /** The same call of somebody else is allowed. */
  other?: Partial<CallStart>;
}

const alice = { origin: { actionId: 'none', client: 'alice' } };
const planner = { origin: { actionId: 'none', agent: 'planner' } };

const cases: Case[] = [
  {
    name: 'day',
    limits: { dailyBudget: 250 },
    before: [{}, {}],
    call: {},
    refusal: { limit: 'day', setBy: 'cost_control.daily_budget', usedNano: 200, resetsAt: tomorrow },
  },
  {
    name: 'month',
    limits: { monthlyBudget: 250 },
    before: [{ startedAt: noon - 86_400_000 }, {}],
    call: {},
    refusal: { limit: 'month', setBy: 'cost_control.monthly_budget', usedNano: 200, resetsAt: nextMonth },
  },
  {
    name: 'type',
    limits: { typeBudgets: { summarize: 150 } },
    before: [{ type: 'summarize' }],
    call: { type: 'summarize' },
    refusal: {
      limit: 'type',
      name: 'summarize',
      setBy: 'cost_control.type_budgets.summarize',
      usedNano: 100,
    },
    other: { type: 'prompt' },
  },
  {
    name: 'agent',
    limits: { agentBudgets: { planner: 150 } },
    before: [planner],
    call: planner,
    refusal: { limit: 'agent', name: 'planner', usedNano: 100, resetsAt: tomorrow },
    other: { origin: { actionId: 'none', agent: 'coder' } },
  },
  {
    name: 'client',
    limits: { clientBudgets: { alice: 150 } },
    before: [alice],
    call: alice,
    refusal: { limit: 'client', name: 'alice', setBy: 'cost_control.client_budgets.alice' },
    other: {},
  },
  {
    name: 'tree',
    limits: { treeBudget: 250 },
    before: [{ origin: { actionId: 'root' } }, { origin: { actionId: 'child' } }],
    call: { origin: { actionId: 'child' } },
    refusal: { limit: 'tree', setBy: 'cost_control.tree_budget', usedNano: 200, resetsAt: undefined },
    other: { origin: { actionId: 'another root' } },
  },
  {
    name: 'share per call',
    limits: { dailyBudget: 1000, maxSharePerCall: 0.1 },
    before: [{}],
    call: { reserve: 91 },
    refusal: { limit: 'share', setBy: 'cost_control.max_share_per_call', limitNano: 90, resetsAt: tomorrow },
    other: { reserve: 90 },
  },
  {
    name: 'API calls a day',
    limits: { dailyApiCalls: 2 },
    before: [{}, {}],
    call: {},
    refusal: { limit: 'api-calls', limitNano: 2, usedNano: 2, resetsAt: tomorrow },
    other: { reserve: 0 },
  },
];

for (const { name, limits, before, call, refusal, other } of cases) {
  test(`the limit by ${name} refuses, says what it is, and nobody else`, async (t) => {
    const { memory } = await temporaryMemory(t, { limits });
    await memory.actions.accept(newAction({ id: 'root' }));
    await memory.actions.accept(newAction({ id: 'child', parentId: 'root' }));
    await memory.actions.accept(newAction({ id: 'another root' }));
    for (const one of before) assert.deepEqual(await memory.ledger.begin(callStart(one)), { ok: true });
    const refused = await memory.ledger.begin(callStart(call));
    assert.ok(!refused.ok);
    assert.partialDeepStrictEqual(refused.refusal, refusal);
    if (other !== undefined) assert.deepEqual(await memory.ledger.begin(callStart(other)), { ok: true });
  });
}

test('a call that is dearer than the whole limit is told that waiting does not help', async (t) => {
  const { memory } = await temporaryMemory(t, { limits: { dailyBudget: 50 } });
  const refused = await memory.ledger.begin(callStart());
  assert.ok(!refused.ok);
  assert.equal(refused.refusal.resetsAt, undefined);
});

test('limits set by hand win over the configuration, in every process, until they are taken back', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const daemon = await temporaryMemory(t, { path, limits: { dailyBudget: 1000 } });
  const command = await temporaryMemory(t, { path, limits: { dailyBudget: 1000 } });
  await command.memory.budget.change({ kind: 'set', setting: 'daily_budget', value: 50 });
  const refused = await daemon.memory.ledger.begin(callStart());
  assert.equal(!refused.ok && refused.refusal.setBy, 'swarmd budget set daily_budget');
  assert.equal(daemon.memory.budget.wouldRefuse(100, { actionId: 'a' })?.limit, 'day');
  assert.equal(daemon.memory.budget.status().dailyLimit, 50);
  await command.memory.budget.change({ kind: 'set', setting: 'type_budgets.prompt', value: 60 });
  await command.memory.budget.change({ kind: 'unset', setting: 'daily_budget' });
  const byType = await daemon.memory.ledger.begin(callStart());
  assert.equal(!byType.ok && byType.refusal.setBy, 'swarmd budget set type_budgets.prompt');
  await command.memory.budget.change({ kind: 'unset', setting: 'type_budgets.prompt' });
  assert.deepEqual(await daemon.memory.ledger.begin(callStart()), { ok: true });
});

test('a top-up is for its day, and paused means no paid call at all', async (t) => {
  const { memory, clock } = await temporaryMemory(t, { limits: { dailyBudget: 50 } });
  await memory.budget.change({ kind: 'top_up', amount: 40 });
  await memory.budget.change({ kind: 'top_up', amount: 20 });
  assert.equal(memory.budget.status().dailyLimit, 110);
  assert.deepEqual(await memory.ledger.begin(callStart()), { ok: true });
  const refused = await memory.ledger.begin(callStart({ reserve: 20 }));
  assert.match(!refused.ok ? refused.refusal.setBy : '', /^cost_control\.daily_budget and a top-up of \$/);
  clock.now += 86_400_000;
  assert.equal(memory.budget.status().dailyLimit, 50);
  await memory.budget.change({ kind: 'pause', reason: 'odd bill' });
  const paused = await memory.ledger.begin(callStart({ reserve: 1, startedAt: clock.now }));
  assert.equal(!paused.ok && paused.refusal.limit, 'pause');
  assert.deepEqual(await memory.ledger.begin(callStart({ reserve: 0 })), { ok: true });
  assert.equal(memory.budget.status().paused?.reason, 'odd bill');
  await memory.budget.change({ kind: 'resume' });
  assert.deepEqual(await memory.ledger.begin(callStart({ reserve: 1, startedAt: clock.now })), { ok: true });
});

test('a top-up needs a limit to top up', async (t) => {
  const { memory } = await temporaryMemory(t);
  await assert.rejects(memory.budget.change({ kind: 'top_up', amount: 1 }), /no daily budget to top up/);
});

test('a usage report settles unknown calls, by id or by day and model, and every sum follows', async (t) => {
  const { memory } = await temporaryMemory(t, {
    limits: { dailyBudget: 10_000, typeBudgets: { prompt: 5000 } },
  });
  const begin = async (end: { cost: number; settlement: 'settled' | 'unknown' }, model: string) => {
    const call = callStart({ model, reserve: 100 });
    await memory.ledger.begin(call);
    await memory.ledger.finish(callEnd(call.callId, end));
    return call.callId;
  };
  await begin({ cost: 40, settlement: 'settled' }, 'gpt-5');
  const [one, two] = [
    await begin({ cost: 100, settlement: 'unknown' }, 'gpt-5'),
    await begin({ cost: 100, settlement: 'unknown' }, 'gpt-5'),
  ];
  const known = await begin({ cost: 7, settlement: 'settled' }, 'claude');
  const byId = await begin({ cost: 100, settlement: 'unknown' }, 'claude');
  assert.equal(memory.budget.status().spent, 347);
  const done = await memory.budget.settleAll([
    { callId: byId, cost: 30 },
    { callId: known, cost: 1 },
    { callId: 'nobody', cost: 1 },
    { day: '2026-11-21', model: 'gpt-5', cost: 101 },
    { day: '2026-11-20', model: 'gpt-5', cost: 5 },
  ]);
  assert.deepEqual(done.settled, [
    { callId: byId, before: 100, cost: 30 },
    { callId: one, before: 100, cost: 31 },
    { callId: two, before: 100, cost: 30 },
  ]);
  assert.deepEqual(
    done.skipped.map((line) => line.line),
    [known, 'nobody', '2026-11-20 gpt-5'],
  );
  const status = memory.budget.status();
  assert.equal(status.spent, 40 + 7 + 30 + 61);
  assert.equal(status.unknownCalls + status.unknown, 0);
  assert.equal(status.limits.find((limit) => limit.name === 'prompt')?.spent, status.spent);
});

test('a report that cannot be ours changes nothing, not even by its right lines', async (t) => {
  const { memory } = await temporaryMemory(t);
  const ids: string[] = [];
  for (const model of ['gpt-5', 'claude']) {
    const call = callStart({ model, reserve: 100 });
    await memory.ledger.begin(call);
    await memory.ledger.finish(callEnd(call.callId, { cost: 100, settlement: 'unknown' }));
    ids.push(call.callId);
  }
  const report = [
    { callId: ids[0] ?? '', cost: 5 },
    { day: '2026-11-21', model: 'claude', cost: 101 },
  ];
  await assert.rejects(memory.budget.settleAll(report), /can have cost/);
  assert.equal(memory.budget.status().unknownCalls, 2);
});
