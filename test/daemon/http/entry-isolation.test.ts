/** The store's isolation, asked over HTTP: whatever is stored and whoever asks how, nobody sees more than it may. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { insertEntry } from '../../../memory/entries.ts';
import { maySee } from '../../../memory/identity.ts';
import type { Entry, Identity, NewEntry } from '../../../memory/types.ts';
import { changeMemory, makeClient } from '../../support/client.ts';
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
