/** Messages on their way out: kept with what they tell of, until they are delivered. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newAction, temporaryMemory } from './temporary-memory.ts';

const row = (id: string, channel = 'webhook', message: unknown = { event: 'done' }) => ({
  channel,
  id,
  message,
});

test('rows come back in order, by channel, and a row with a known id replaces it', async (t) => {
  const { memory } = await temporaryMemory(t);
  await memory.outbox.put([row('2'), row('1'), row('1', 'ntfy'), row('1', 'webhook2')]);
  await memory.outbox.put([row('2', 'webhook', { event: 'failed' })]);
  assert.deepEqual(memory.outbox.pending('webhook', 10), [
    row('1'),
    row('2', 'webhook', { event: 'failed' }),
  ]);
  assert.deepEqual(memory.outbox.pending('webhook', 1), [row('1')]);
  await memory.outbox.drop({ channel: 'webhook', id: '1' });
  assert.deepEqual(
    memory.outbox.pending('webhook', 10).map(({ id }) => id),
    ['2'],
  );
  assert.equal(memory.outbox.pending('ntfy', 10).length, 1);
});

test('a channel holds a limited number, and says how many it took', async (t) => {
  const { memory } = await temporaryMemory(t);
  const many = Array.from({ length: 10_001 }, (_, n) => row(String(n).padStart(6, '0')));
  assert.equal(await memory.outbox.put(many), 10_000);
  assert.equal(await memory.outbox.put([row('zzz')]), 0);
  assert.equal(await memory.outbox.put([row('zzz', 'email')]), 1);
});

test('what is to be told of an end is kept with it, or not at all', async (t) => {
  const { memory } = await temporaryMemory(t);
  const { action } = await memory.actions.accept(newAction());
  const claimed = await memory.actions.claim(action.id, 1);
  const fence = claimed?.fence ?? 0;
  const done = { status: 'completed' } as const;
  assert.equal(await memory.actions.finish(action.id, fence - 1, done, 2, [row('stale')]), false);
  assert.deepEqual(memory.outbox.pending('webhook', 10), []);
  assert.equal(await memory.actions.finish(action.id, fence, done, 2, [row('true')]), true);
  assert.equal(await memory.actions.finish(action.id, fence, done, 3, [row('again')]), false);
  assert.deepEqual(memory.outbox.pending('webhook', 10), [row('true')]);
});
