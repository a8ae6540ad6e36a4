/** The store's isolation, asked over HTTP: whatever is stored and whoever asks how, nobody sees more than it may. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { insertEntry } from '../../../memory/entries.ts';
import { maySee } from '../../../memory/identity.ts';
import type { Entry, Identity, NewEntry } from '../../../memory/types/entries.ts';
import { changeMemory, makeClient } from '../../support/client.ts';
import { asClient, type Call } from './as-client.ts';
import { startFake } from './fake-control.ts';

const few = <Value>(...values: Value[]) => fc.constantFrom(...values);

const anyEntry: fc.Arbitrary<NewEntry> = fc.record({
  type: few('d', 'f', 'n', 'T', 'L'),
  text: few('alpha beta', 'alpha gamma', 'secret alpha', 'beta'),
  topic: few('one', 'two', null),
  scope: few('shared', 'chat', 'agent', 'team'),
  visibility: few('public', 'internal', 'private'),
  client: few('ann', 'bob', null),
  role: few('coder', 'reviewer', null),
  chatId: few('c1', 'c2', null),
  project: few('p1', 'p2', null),
});

const identities: readonly Identity[] = [
  { client: 'ann' },
  { client: 'bob', role: 'coder', project: 'p1' },
  { client: 'eve', role: 'reviewer', chatId: 'c1' },
];

const queries = [
  '',
  'text=alpha',
  'words=secret',
  'status=any',
  'client=ann',
  'client=bob',
  'visibility=private',
  'visibility=internal',
  'chat_id=c1',
  'project=p1',
  'scope=team',
  'role=coder',
  'topic=one&sort=time',
];

test('over HTTP a client finds the entries it may see, all of them, and no other, whatever it asks', async (t) => {
  const fake = await startFake(t);
  const { path } = fake.memory;
  const clients = identities.map(({ client, ...its }) => ({
    identity: { client, ...its },
    token: makeClient(path, client, its),
  }));
  const found = async (token: string, query: string): Promise<number[]> => {
    const reply = await fake.call('GET', `/v1/entries?limit=-1&${query}`, undefined, {
      authorization: `Bearer ${token}`,
    });
    assert.equal(reply.status, 200, JSON.stringify(reply.body));
    return reply.body.entries.map((entry: { id: number }) => entry.id);
  };
  await fc.assert(
    fc.asyncProperty(fc.array(anyEntry, { minLength: 1, maxLength: 10 }), async (entries) => {
      let all: Entry[] = [];
      changeMemory(path, (store) => {
        store.sqlite.exec('delete from entries');
        all = entries.map((entry) => insertEntry(store, entry, Date.now()));
      });
      for (const { identity, token } of clients) {
        const allowed = new Set(all.filter((entry) => maySee(identity, entry)).map(({ id }) => id));
        for (const query of queries)
          for (const id of await found(token, query))
            assert.ok(
              allowed.has(id),
              `${query} showed ${identity.client} ${JSON.stringify(all.find((entry) => entry.id === id))}`,
            );
        assert.equal((await found(token, '')).length, allowed.size);
      }
    }),
    { numRuns: 25 },
  );
});

test('HEAD of a route is as open as its GET', async (t) => {
  const fake = await startFake(t);
  const token = makeClient(fake.memory.path, 'ann', { scopes: ['submit'] });
  const ask = async (path: string) =>
    (await fetch(`${fake.url}${path}`, { method: 'HEAD', headers: { authorization: `Bearer ${token}` } }))
      .status;
  assert.equal(await ask('/v1/actions'), 403);
  assert.equal(await ask('/v1/status'), 403);
  assert.equal(await ask('/v1/models'), 200);
  assert.equal((await fetch(`${fake.url}/v1/actions`, { method: 'HEAD' })).status, 401);
});

test('a client sees the entries its identity allows, by query, count and stream, and signs what it writes', async (t) => {
  const fake = await startFake(t);
  const [ann, bob] = [asClient(fake, 'ann'), asClient(fake, 'bob')];
  const stream = new AbortController();
  const following = await fetch(`${fake.url}/v1/entries/events?after=0`, {
    headers: { authorization: `Bearer ${ann.token}` },
    signal: stream.signal,
  });
  const write = (call: Call, text: string, visibility: string) =>
    call('POST', '/v1/entries', { type: 'f', topic: 'door', text, visibility });
  const owner: Call = (method, path, body) => fake.call(method, path, body);
  await write(bob.call, 'bobs secret code 1111', 'private');
  await write(owner, 'internal plan', 'internal');
  await write(owner, 'owners secret', 'private');
  await write(owner, 'the door is blue', 'public');
  const hers = await write(ann.call, 'anns secret', 'private');
  assert.equal(fake.memory.entries.get(hers.body.id)?.client, 'ann');
  const seen = async (call: Call, query: string) =>
    (await call('GET', `/v1/entries?${query}`)).body.entries.map((one: { text: string }) => one.text).sort();
  assert.deepEqual(await seen(ann.call, 'topic=door'), ['anns secret', 'the door is blue']);
  assert.deepEqual(await seen(bob.call, 'topic=door'), ['bobs secret code 1111', 'the door is blue']);
  for (const query of ['client=bob', 'visibility=private&text=1111', 'words=internal'])
    assert.deepEqual(await seen(ann.call, query), [], query);
  assert.equal((await seen(owner, 'topic=door')).length, 5);

  let text = '';
  const reader = following.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (!text.includes('anns secret')) text += (await reader?.read())?.value ?? '';
  stream.abort();
  assert.match(text, /the door is blue/);
  assert.doesNotMatch(text, /1111|internal plan|owners secret/);
});

test('a client with a role, a project or a chat sees the entries of those, and writes there only', async (t) => {
  const fake = await startFake(t);
  const { path } = fake.memory;
  const as =
    (its: string): Call =>
    (method, route, body) =>
      fake.call(method, route, body, { authorization: `Bearer ${its}` });
  const coder = as(makeClient(path, 'coder-bot', { role: 'coder', project: 'p1' }));
  const plain = as(makeClient(path, 'plain'));
  const owner: Call = (method, route, body) => fake.call(method, route, body);
  for (const [text, more] of [
    ['internal', { visibility: 'internal' }],
    ['for coders', { scope: 'agent', role: 'coder' }],
    ['for reviewers', { scope: 'agent', role: 'reviewer' }],
    ['team one', { scope: 'team', project: 'p1' }],
    ['team two', { scope: 'team', project: 'p2' }],
    ['for all', {}],
  ] as const)
    assert.equal(
      (await owner('POST', '/v1/entries', { type: 'f', topic: 'who', text, ...more })).status,
      201,
    );
  const seen = async (call: Call) =>
    (await call('GET', '/v1/entries?topic=who')).body.entries.map((one: { text: string }) => one.text).sort();
  assert.deepEqual(await seen(coder), ['for all', 'for coders', 'internal', 'team one']);
  assert.deepEqual(await seen(plain), ['for all']);
  const write = async (call: Call, more: object) =>
    (await call('POST', '/v1/entries', { type: 'f', topic: 'mine', text: JSON.stringify(more), ...more }))
      .status;
  assert.equal(await write(coder, { scope: 'team', project: 'p1' }), 201);
  assert.equal(await write(coder, { scope: 'team', project: 'p2' }), 403);
  assert.equal(await write(plain, { scope: 'agent', role: 'coder' }), 403);
});
