import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallStart } from '../../router/types/call.ts';
import { callEnd, callStart, newAction, noon, temporaryMemory } from './temporary-memory.ts';

const checks = [
  { name: 'length', group: 'completeness' as const, score: 0.6, hard: false, evidence: '12 characters' },
];

async function judged(
  memory: Awaited<ReturnType<typeof temporaryMemory>>['memory'],
  fields: Partial<CallStart> = {},
) {
  const action = newAction();
  await memory.actions.accept(action);
  const start = callStart({ origin: { actionId: action.id }, tier: 'local_fast', reserve: 0, ...fields });
  await memory.ledger.begin(start);
  await memory.ledger.finish(callEnd(start.callId, { cost: 0, settlement: 'free' }));
  memory.ledger.judge({
    callId: start.callId,
    quality: 0.65,
    accepted: true,
    checks,
    critique: 0.8,
    reason: 'x',
  });
  return { callId: start.callId, actionId: action.id };
}

test('a label holds what the gate saw, and nothing of what was asked or answered', async (t) => {
  const { memory } = await temporaryMemory(t);
  const { callId, actionId } = await judged(memory);
  assert.equal(
    await memory.labels.add({ callId, label: 'good', source: 'feedback', confidence: 1, at: noon }),
    true,
  );
  assert.deepEqual(memory.labels.list(), [
    {
      callId,
      actionId,
      type: 'prompt',
      complexity: 'simple',
      tier: 'local_fast',
      model: 'gpt-4o',
      label: 'good',
      source: 'feedback',
      confidence: 1,
      quality: 0.65,
      accepted: true,
      critique: 0.8,
      at: noon,
      note: null,
      checks,
    },
  ]);
});

test('a repeated label of one source replaces the first; another source adds one', async (t) => {
  const { memory } = await temporaryMemory(t);
  const { callId } = await judged(memory);
  const add = (label: 'good' | 'bad', source: 'feedback' | 'escalation' | 'audit', confidence: number) =>
    memory.labels.add({ callId, label, source, confidence, at: noon });
  await add('good', 'feedback', 1);
  await add('bad', 'feedback', 1);
  await add('good', 'escalation', 0.8);
  assert.deepEqual(memory.labels.tally(0, noon + 1), [
    { source: 'escalation', label: 'good', count: 1 },
    { source: 'feedback', label: 'bad', count: 1 },
  ]);
  await add('good', 'audit', 1);
  // Feedback and audit are equally sure: a person's word counts.
  const each = memory.labels.list({ each: 'answer' });
  assert.deepEqual(
    each.map(({ label, source }) => [label, source]),
    [['bad', 'feedback']],
  );
});

test('labels are found by time, type and source; an answer the ledger does not have gets none', async (t) => {
  const { memory } = await temporaryMemory(t);
  const one = await judged(memory, { type: 'summarize' });
  const other = await judged(memory);
  const critique = await judged(memory, { role: 'critique' });
  const add = (callId: string, at: number, source: 'check' | 'audit') =>
    memory.labels.add({ callId, label: 'bad', source, confidence: 0.9, at });
  await add(one.callId, noon, 'check');
  await add(other.callId, noon + 10, 'audit');
  assert.equal(await add('no-such-call', noon, 'audit'), false);
  assert.equal(await add(critique.callId, noon, 'audit'), false, 'a critique is no answer');
  const found = (filter: Parameters<typeof memory.labels.list>[0]) =>
    memory.labels.list(filter).map((label) => label.callId);
  assert.deepEqual(found({ since: noon + 1 }), [other.callId]);
  assert.deepEqual(found({ until: noon + 1 }), [one.callId]);
  assert.deepEqual(found({ type: 'summarize' }), [one.callId]);
  assert.deepEqual(found({ source: 'audit' }), [other.callId]);
  assert.deepEqual(found({ limit: 1 }), [one.callId]);
});
