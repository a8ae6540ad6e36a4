import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { ask } from '../../memory/ask.ts';
import type { Store } from '../../memory/database.ts';
import { insertEntry } from '../../memory/entries.ts';
import { parseQuery } from '../../memory/grammar.ts';
import type { Entry, NewEntry } from '../../memory/types/entries.ts';
import { noon } from './temporary-memory.ts';
import { temporaryStore } from './temporary-store.ts';

const count = 6000;
const minute = 60_000;
/** What is common stands often enough that no index leads to few rows; what is rare, in a handful of entries. */
const turn = (index: number, every: number) => index % every === 0;

function entryOf(index: number): NewEntry {
  return {
    type: turn(index, 400) ? 'T' : turn(index, 2) ? 'd' : 'f',
    topic: turn(index, 3) ? 'common' : turn(index, 500) ? 'rare' : null,
    text: `entry ${index} ${turn(index, 2) ? 'abba' : 'noon'} ${turn(index, 700) ? 'quux' : ''}`,
    choice: turn(index, 7) ? 'Yes' : null,
    session: turn(index, 90) ? 's1' : null,
    source: turn(index, 2) ? 'run-1' : null,
    importance: turn(index, 300) ? 'H' : turn(index, 2) ? 'M' : null,
    due: turn(index, 250) ? `2026-12-${String((index % 28) + 1).padStart(2, '0')}` : null,
    scope: turn(index, 40) ? 'chat' : 'shared',
    chatId: turn(index, 40) ? 'c1' : null,
    role: turn(index, 30) ? 'coder' : null,
    visibility: turn(index, 60) ? 'internal' : 'public',
    project: turn(index, 2) ? 'x' : 'y',
    taskId: turn(index, 25) ? '7' : null,
    metric: turn(index, 99) ? '0.9' : null,
    client: turn(index, 70) ? 'ann' : null,
    status: turn(index, 11) ? 'superseded' : 'active',
    // Two runs of imports bring older times, so that ids and times are not in one order.
    timestamp: noon - (turn(index % 1000, 4) ? 7000 + index : 7000 - index) * minute,
  };
}

function filled(t: TestContext): Store {
  const store = temporaryStore(t);
  store.transaction(() => {
    for (let index = 0; index < count; index += 1) insertEntry(store, entryOf(index), noon);
  });
  return store;
}

/** Each filter as it is typed, and as a test of one entry. */
const filters: Readonly<Record<string, (entry: Entry) => boolean>> = {
  't=d': (entry) => entry.type === 'd',
  't=T,G': (entry) => entry.type === 'T',
  't=L': () => false,
  'topic=common': (entry) => entry.topic === 'common',
  'topic=rare': (entry) => entry.topic === 'rare',
  'choice=Yes': (entry) => entry.choice === 'Yes',
  'session=s1': (entry) => entry.session === 's1',
  'source=run-1': (entry) => entry.source === 'run-1',
  'importance=H': (entry) => entry.importance === 'H',
  'importance=H,M': (entry) => entry.importance !== null,
  'due=..2026-12-10': (entry) => entry.due !== null && entry.due <= '2026-12-10',
  'due=2026-12-05..2026-12-20': (entry) =>
    entry.due !== null && entry.due >= '2026-12-05' && entry.due <= '2026-12-20',
  'scope=chat': (entry) => entry.scope === 'chat',
  'scope=shared,chat': () => true,
  'chat=c1': (entry) => entry.chatId === 'c1',
  'role=coder': (entry) => entry.role === 'coder',
  'visibility=internal': (entry) => entry.visibility === 'internal',
  'visibility=public': (entry) => entry.visibility === 'public',
  'project=x': (entry) => entry.project === 'x',
  'task=7': (entry) => entry.taskId === '7',
  'metric=0.9': (entry) => entry.metric === '0.9',
  'client=ann': (entry) => entry.client === 'ann',
  'id=100..900': (entry) => entry.id >= 100 && entry.id <= 900,
  'recent=60h': (entry) => entry.timestamp >= noon - 3600 * minute,
  'until=2026-11-19': (entry) => entry.timestamp < Date.UTC(2026, 10, 20),
  'text=abba': (entry) => entry.text.includes('abba'),
  'text=QUUX': (entry) => entry.text.includes('quux'),
  'text=no': (entry) => entry.text.includes('no'),
  'words=noon': (entry) => entry.text.includes('noon'),
};
const states: Readonly<Record<string, (entry: Entry) => boolean>> = {
  'limit=20': (entry) => entry.status === 'active',
  'status=any': () => true,
  'status=superseded': (entry) => entry.status === 'superseded',
  'status=active,superseded': () => true,
};

function entriesOf(store: Store, terms: readonly string[]): Entry[] {
  const answer = ask(store, parseQuery(terms, noon), { now: noon });
  return answer.kind === 'entries' ? answer.entries : [];
}

test('whichever index leads, a query finds what reading every entry finds, in the order of time', (t) => {
  const store = filled(t);
  const order = 'select id from entries order by ordered_at desc, id desc';
  const places = new Map(store.all<{ id: number }>(order).map(({ id }, place) => [id, place]));
  const all = entriesOf(store, ['limit=-1', 'status=any']);
  assert.equal(all.length, count);
  const name = (term: string) => term.split('=')[0] ?? '';
  const some = fc.uniqueArray(fc.constantFrom(...Object.keys(filters)), { maxLength: 4, selector: name });
  const state = fc.constantFrom(...Object.keys(states));
  fc.assert(
    fc.property(some, state, fc.boolean(), fc.constantFrom(1, 7, -1), (terms, status, newest, limit) => {
      const tests = [...terms.map((term) => filters[term]), states[status]];
      const expected = all
        .filter((entry) => tests.every((passes) => passes?.(entry)))
        .map(({ id }) => id)
        .sort((a, b) => ((places.get(a) ?? 0) - (places.get(b) ?? 0)) * (newest ? 1 : -1));
      const asked = [...terms, ...(status === 'limit=20' ? [] : [status])];
      const sorted = newest ? asked : [...asked, 'sort=oldest'];
      const found = entriesOf(store, [...sorted, `limit=${limit}`]).map(({ id }) => id);
      assert.deepEqual(found, limit === -1 ? expected : expected.slice(0, limit));
      const counted = ask(store, parseQuery([...asked, 'count'], noon), { now: noon });
      assert.deepEqual(counted, { kind: 'count', count: expected.length });
      const grouped = ask(store, parseQuery([...asked, 'by=project'], noon), { now: noon });
      const sum =
        grouped.kind === 'groups' ? grouped.groups.reduce((total, { count }) => total + count, 0) : -1;
      assert.equal(sum, expected.length);
    }),
    { numRuns: 400 },
  );
});

test('no filter reads the whole table: each has an index, also for what nobody wrote', (t) => {
  const store = filled(t);
  const iterate = store.iterate.bind(store);
  const scans: string[] = [];
  let asked = '';
  store.iterate = (sql, ...parameters) => {
    const plan = store.all<{ detail: string }>(`explain query plan ${sql}`, ...parameters);
    if (plan.some(({ detail }) => /^SCAN entries\b/.test(detail))) scans.push(asked);
    return iterate(sql, ...parameters);
  };
  const wholeTable = new Set([
    'scope=shared,chat',
    'visibility=public',
    'text=no',
    't=T,G',
    'importance=H,M',
  ]);
  const absent = [
    'topic',
    'choice',
    'session',
    'source',
    'chat',
    'role',
    'project',
    'task',
    'metric',
    'client',
  ];
  const terms = [
    ...Object.keys(filters).filter((term) => !wholeTable.has(term)),
    ...absent.map((name) => `${name}=absent`),
    't=T,G topic=common',
    'status=superseded',
    'status=deprecated',
    'scope=team',
    'visibility=private',
    'importance=L',
  ];
  for (asked of terms) {
    for (const order of ['sort=newest', 'sort=oldest']) entriesOf(store, [...asked.split(' '), order]);
  }
  assert.deepEqual(scans, []);
});
