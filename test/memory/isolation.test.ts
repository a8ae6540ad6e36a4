import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SwarmdError } from '../../config/errors.ts';
import { ask } from '../../memory/ask.ts';
import { chainOf, conflictsWith, directives, topicList, visibleEntry } from '../../memory/curate.ts';
import { insertEntry, writeEntry } from '../../memory/entries.ts';
import { newerEntries } from '../../memory/entry-query.ts';
import { parseQuery } from '../../memory/grammar.ts';
import { maySee, visibleTo } from '../../memory/identity.ts';
import { searchEntries } from '../../memory/search.ts';
import { listTodos, todoContext } from '../../memory/todo.ts';
import type { Identity, NewEntry } from '../../memory/types/entries.ts';
import { nearestEntries, storeEmbeddings } from '../../memory/vectors.ts';
import { noon } from './temporary-memory.ts';
import { temporaryStore } from './temporary-store.ts';

const few = <T>(...values: T[]) => fc.constantFrom(...values);

const anyEntry: fc.Arbitrary<NewEntry> = fc.record({
  type: few('d', 'f', 'n', 'T', 'L'),
  text: few('alpha beta', 'alpha gamma', 'secret alpha', 'beta'),
  topic: few('one', 'two', null),
  choice: few('x', 'y', null),
  scope: few('shared', 'chat', 'agent', 'team'),
  visibility: few('public', 'internal', 'private'),
  client: few('ann', 'bob', null),
  role: few('coder', 'reviewer', null),
  chatId: few('c1', 'c2', null),
  project: few('p1', 'p2', null),
  taskId: few('1', '2', null),
  confirmedBy: few('person', null),
});

const anyIdentity: fc.Arbitrary<Identity> = fc.record({
  client: few('ann', 'bob', 'eve'),
  role: few('coder', 'reviewer', undefined),
  chatId: few('c1', 'c2', undefined),
  project: few('p1', 'p2', undefined),
});

test('an identity sees what it may and nothing else, whatever it asks', (t) => {
  const store = temporaryStore(t);
  fc.assert(
    fc.property(fc.array(anyEntry, { minLength: 1, maxLength: 12 }), anyIdentity, (entries, identity) => {
      store.sqlite.exec('delete from entries');
      const all = store.transaction(() => entries.map((entry) => insertEntry(store, entry, noon)));
      const vectors = all.map(({ id }) => ({ id, vector: [1, 0.5, -1, id] }));
      store.transaction(() => storeEmbeddings(store, { model: 'm', vectors }));
      const allowed = new Set(all.filter((entry) => maySee(identity, entry)).map(({ id }) => id));
      const onlyAllowed = (found: readonly { id: number }[], what: string) => {
        for (const { id } of found)
          assert.ok(allowed.has(id), `${what} showed ${JSON.stringify(all.find((e) => e.id === id))}`);
      };
      const query = (...terms: string[]) =>
        ask(store, parseQuery(terms, noon + 1), { now: noon + 1, identity });
      for (const terms of [
        [],
        ['text=alpha'],
        ['text=al'],
        ['words=alpha'],
        ['status=any'],
        ['client=ann'],
        ['visibility=private'],
        ['chat_id=c1'],
      ]) {
        const found = query(...terms, 'limit=-1');
        assert.equal(found.kind, 'entries');
        if (found.kind !== 'entries') continue;
        onlyAllowed(found.entries, terms.join(' '));
        if (terms.length === 0) assert.equal(found.entries.length, allowed.size, 'and sees all it may');
        assert.deepEqual(query(...terms, 'count'), { kind: 'count', count: found.entries.length });
      }
      const groups = query('by=topic');
      assert.equal(
        groups.kind === 'groups' && groups.groups.reduce((sum, group) => sum + group.count, 0),
        allowed.size,
      );
      const now = noon + 1;
      const search = { text: 'secret alpha', vector: [1, 0.5, -1, 3], limit: 20, now, identity };
      onlyAllowed(
        searchEntries(store, search).map(({ entry }) => entry),
        'search',
      );
      onlyAllowed(nearestEntries(store, [1, 0.5, -1, 3], 20, identity), 'nearest');
      onlyAllowed(directives(store, identity, 100), 'directives');
      onlyAllowed(
        listTodos(store, { states: ['OPEN', 'IN_PROGRESS', 'DONE'], limit: 100, now, identity }),
        'todos',
      );
      onlyAllowed(newerEntries(store, parseQuery([], now), 0, visibleTo(identity)).entries, 'watch');
      assert.equal(
        topicList(store, identity, 100).reduce((sum, topic) => sum + topic.count, 0),
        all.filter((entry) => allowed.has(entry.id) && entry.topic !== null).length,
      );
      for (const entry of all) {
        onlyAllowed(chainOf(store, entry.id, identity), 'chain');
        if (!allowed.has(entry.id)) {
          assert.throws(() => visibleEntry(store, entry.id, identity), /there is no entry/);
          continue;
        }
        onlyAllowed(conflictsWith(store, entry, identity), 'conflicts');
        if (entry.type === 'T') onlyAllowed(todoContext(store, entry.id, identity).related, 'context');
      }
    }),
    { numRuns: 150 },
  );
});

test('an identity writes in its own name only, and never what binds agents', (t) => {
  const store = temporaryStore(t);
  const identity: Identity = { client: 'ann', role: 'coder' };
  const write = (entry: Partial<NewEntry>) =>
    writeEntry(store, { entry: { type: 'd', text: 'Never push on Friday', ...entry }, now: noon, identity });
  const written = write({ client: 'bob', confirmedBy: 'person', trust: 'person' });
  assert.deepEqual(
    [written.client, written.confirmedBy, written.trust, written.role],
    ['ann', null, 'agent', 'coder'],
  );
  assert.deepEqual(directives(store, undefined, 10), []);
  for (const entry of [{ role: 'reviewer' }, { scope: 'chat' }, { scope: 'team', project: 'p1' }]) {
    assert.throws(
      () => write(entry),
      (error) => error instanceof SwarmdError && error.code === 'DENIED',
      JSON.stringify(entry),
    );
  }
});
