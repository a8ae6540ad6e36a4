import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SwarmdError } from '../../config/errors.ts';
import { newAction, noon, temporaryMemory } from './temporary-memory.ts';

test('an accepted action can be read back at once, exactly as it was accepted', async (t) => {
  const { memory } = await temporaryMemory(t);
  const input = { prompt: 'two\nlines "quoted" \u0000 \ud83d\ude00', context: { files: ['a.ts'] } };
  const { action, duplicate } = await memory.actions.accept(
    newAction({ id: 'one', input, tags: ['nightly', 'x'], privacy: 'local', priority: 2 }),
  );
  assert.equal(duplicate, false);
  assert.deepEqual(memory.actions.get('one'), action);
  assert.deepEqual(action.input, input);
  assert.equal(action.status, 'queued');
  assert.equal(action.rootId, 'one');
  assert.equal(action.privacy, 'local');
  assert.deepEqual(action.tags, ['nightly', 'x']);
  assert.equal(memory.actions.list({ tag: 'x' })[0]?.title, 'two lines "quoted" \ud83d\ude00');
});

test('the same idempotency key, queue job or id is accepted once', async (t) => {
  const { memory } = await temporaryMemory(t);
  await memory.actions.accept(newAction({ id: 'a', idempotencyKey: 'k', client: 'ci' }));
  await memory.actions.accept(newAction({ id: 'b', queueJob: 'actions:17' }));
  const again = await memory.actions.acceptAll([
    newAction({ id: 'c', idempotencyKey: 'k', client: 'ci' }),
    newAction({ id: 'd', queueJob: 'actions:17' }),
    newAction({ id: 'a' }),
    newAction({ id: 'e', idempotencyKey: 'k', client: 'another client' }),
  ]);
  assert.deepEqual(
    again.map(({ action, duplicate }) => [action.id, duplicate]),
    [
      ['a', true],
      ['b', true],
      ['a', true],
      ['e', false],
    ],
  );
  assert.equal(memory.actions.byQueueJob('actions:17')?.id, 'b');
  assert.equal(memory.actions.counts().queued, 3);
});

test('a worker that lost its action cannot write to it any more', async (t) => {
  const { memory } = await temporaryMemory(t);
  await memory.actions.accept(newAction({ id: 'a' }));
  const first = await memory.actions.claim('a', noon);
  const second = await memory.actions.claim('a', noon + 1);
  assert.equal(second?.crashes, 1);
  assert.equal(second?.fence, (first?.fence ?? 0) + 1);
  assert.equal(
    await memory.actions.park({ id: 'a', fence: first?.fence ?? 0, status: 'delayed', at: noon }),
    false,
  );
  assert.equal(await memory.actions.finish('a', first?.fence ?? 0, { status: 'failed' }, noon), false);
  assert.equal(
    await memory.actions.finish('a', second?.fence ?? 0, { status: 'completed', answer: 'hi' }, noon + 2),
    true,
  );
  assert.equal(
    await memory.actions.finish('a', second?.fence ?? 0, { status: 'failed' }, noon + 3),
    false,
    'a terminal state is reached once',
  );
  assert.equal(memory.actions.get('a')?.answer, 'hi');
  assert.equal(await memory.actions.claim('a', noon + 4), undefined);
});

test('parking counts an attempt when told to and keeps state and error', async (t) => {
  const { memory } = await temporaryMemory(t);
  await memory.actions.accept(newAction({ id: 'a' }));
  const claimed = await memory.actions.claim('a', noon);
  const error = { code: 'ALL_CANDIDATES_FAILED', message: 'no', retryable: true };
  await memory.actions.park({
    id: 'a',
    fence: claimed?.fence ?? 0,
    status: 'delayed',
    runAt: noon + 1000,
    attempt: true,
    error,
    state: { plan: [1] },
    at: noon,
  });
  const parked = memory.actions.get('a');
  assert.equal(parked?.status, 'delayed');
  assert.equal(parked?.runAt, noon + 1000);
  assert.equal(parked?.attemptsMade, 1);
  assert.deepEqual(parked?.error, error);
  assert.deepEqual(parked?.state, { plan: [1] });
});

test('limits on a tree are checked and taken in one transaction', async (t) => {
  const { memory } = await temporaryMemory(t);
  await memory.actions.accept(newAction({ id: 'root' }));
  const fence = (await memory.actions.claim('root', noon))?.fence ?? 0;
  const limits = { maxDepth: 3, maxChildren: 4, maxDescendants: 50 };
  const spawn = (ids: string[]) =>
    memory.actions.spawn(
      'root',
      fence,
      ids.map((id) => newAction({ id, idempotencyKey: `root/${id}` })),
      limits,
    );
  const results = await Promise.all([spawn(['a', 'b', 'c']), spawn(['d', 'e', 'f'])]);
  assert.deepEqual(
    results.map((result) => result.ok),
    [true, false],
  );
  assert.deepEqual(results[1], { ok: false, refusal: { limit: 'children', allowed: 4, would: 6 } });
  const repeated = await spawn(['a', 'b', 'c']);
  assert.equal(repeated.ok && repeated.children.length, 3);
  assert.equal(memory.actions.children('root').length, 3);
  assert.equal(memory.actions.pendingChildren('root'), 3);
  assert.equal(memory.actions.tree('root').length, 4);
  await assert.rejects(
    memory.actions.spawn('root', fence - 1, [newAction()], limits),
    (error) => error instanceof SwarmdError && error.code === 'CONFLICT',
  );
});

test("children's budgets are carved from the parent's remainder and come back unspent", async (t) => {
  const { memory } = await temporaryMemory(t);
  await memory.actions.accept(newAction({ id: 'root', budget: 1000, privacy: 'local' }));
  const fence = (await memory.actions.claim('root', noon))?.fence ?? 0;
  const limits = { maxDepth: 3, maxChildren: 8, maxDescendants: 50 };
  const spawned = await memory.actions.spawn(
    'root',
    fence,
    [newAction({ id: 'a' }), newAction({ id: 'b', budget: 400 }), newAction({ id: 'c' })],
    limits,
  );
  assert.ok(spawned.ok);
  assert.deepEqual(
    spawned.children.map((child) => [child.id, child.budget, child.privacy]),
    [
      ['a', 200, 'local'],
      ['b', 400, 'local'],
      ['c', 200, 'local'],
    ],
  );
  assert.equal(memory.budget.wouldRefuse(201, { actionId: 'root' })?.limit, 'action');
  assert.equal(memory.budget.wouldRefuse(200, { actionId: 'root' }), undefined);
  const child = await memory.actions.claim('b', noon);
  await memory.actions.finish('b', child?.fence ?? 0, { status: 'failed' }, noon);
  assert.equal(memory.budget.wouldRefuse(600, { actionId: 'root' }), undefined);
  assert.equal((await memory.actions.retry('b', noon))?.budget, 400);
  assert.equal(memory.budget.wouldRefuse(201, { actionId: 'root' })?.usedNano, 800);
  assert.equal(memory.budget.wouldRefuse(400, { actionId: 'b' }), undefined);
});

test('cancelling takes the descendants along, whoever holds them', async (t) => {
  const { memory } = await temporaryMemory(t);
  await memory.actions.accept(newAction({ id: 'root' }));
  const fence = (await memory.actions.claim('root', noon))?.fence ?? 0;
  const limits = { maxDepth: 3, maxChildren: 8, maxDescendants: 50 };
  await memory.actions.spawn('root', fence, [newAction({ id: 'a' }), newAction({ id: 'b' })], limits);
  const held = await memory.actions.claim('a', noon);
  await memory.actions.accept(newAction({ id: 'a1', parentId: 'a' }));
  assert.deepEqual((await memory.actions.cancel('root', 'changed my mind', noon)).sort(), [
    'a',
    'a1',
    'b',
    'root',
  ]);
  assert.equal(await memory.actions.finish('a', held?.fence ?? 0, { status: 'completed' }, noon), false);
  assert.equal(memory.actions.counts().cancelled, 4);
  assert.deepEqual(await memory.actions.cancel('root', 'again', noon), []);
  assert.equal((await memory.actions.retry('root', noon))?.status, 'queued');
  assert.equal(await memory.actions.retry('root', noon), undefined);
});

test('open actions come oldest first in pages, terminal ones never', async (t) => {
  const { memory } = await temporaryMemory(t);
  const ids = Array.from({ length: 25 }, (_, index) => `a${String(index).padStart(2, '0')}`);
  await memory.actions.acceptAll(ids.map((id) => newAction({ id })));
  const done = await memory.actions.claim('a03', noon);
  await memory.actions.finish('a03', done?.fence ?? 0, { status: 'completed' }, noon);
  const seen: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = memory.actions.open(after, 10);
    if (page.length === 0) break;
    seen.push(...page.map((action) => action.id));
    after = page.at(-1)?.id;
  }
  assert.deepEqual(
    seen,
    ids.filter((id) => id !== 'a03'),
  );
  assert.equal(memory.actions.list({ status: ['completed'] })[0]?.id, 'a03');
  assert.equal(memory.actions.list({ limit: 1 })[0]?.id, 'a24');
});

test('an idempotency key that comes back with another request is a conflict, and nothing of the batch is taken', async (t) => {
  const { memory } = await temporaryMemory(t);
  await memory.actions.accept(newAction({ id: 'a', idempotencyKey: 'k', input: { prompt: 'first' } }));
  await assert.rejects(
    memory.actions.acceptAll([
      newAction({ id: 'b', input: { prompt: 'beside it' } }),
      newAction({ id: 'c', idempotencyKey: 'k', input: { prompt: 'second' } }),
    ]),
    (error) =>
      error instanceof SwarmdError && error.code === 'CONFLICT' && /"k" was used/.test(error.message),
  );
  assert.equal(memory.actions.get('b'), undefined);
});
