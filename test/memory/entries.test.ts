import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SwarmdError } from '../../config/errors.ts';
import { ask } from '../../memory/ask.ts';
import type { Store } from '../../memory/database.ts';
import { writeEntry } from '../../memory/entries.ts';
import { listLine, renderLine } from '../../memory/entry-lines.ts';
import { parseQuery } from '../../memory/grammar.ts';
import type { Entry, NewEntry } from '../../memory/types/entries.ts';
import { noon } from './temporary-memory.ts';
import { temporaryStore } from './temporary-store.ts';

function write(store: Store, entry: Partial<NewEntry>, now = noon): Entry {
  return store.transaction(() => writeEntry(store, { entry: { type: 'n', text: 'text', ...entry }, now }));
}

function query(store: Store, ...terms: string[]): Entry[] {
  const answer = ask(store, parseQuery(terms, noon + 1000), { now: noon + 1000 });
  assert.equal(answer.kind, 'entries');
  return answer.kind === 'entries' ? answer.entries : [];
}

const texts = (entries: readonly Entry[]) => entries.map((entry) => entry.text);

test('hostile text is stored exactly and found again', (t) => {
  const store = temporaryStore(t);
  const hostile = [
    `'; drop table entries; --`,
    'a "quoted" OR NEAR(x y) AND NOT col:term ^x',
    'NUL \u0000 inside and bell \u0007',
    '\u001b]0;title\u0007\u001b[31mred',
    'half \ud83d of a pair',
    'e\u0301 combining, العربية, 中文, 😀😀😀',
    '100% _ % \\ * ?',
    'line\r\nbreaks\u2028here',
  ];
  for (const text of hostile) {
    const stored = write(store, { text, topic: text.slice(0, 20), choice: text });
    assert.equal(stored.text, text);
    assert.equal(stored.choice, text);
    assert.equal(query(store, `text=${text}`)[0]?.text, text);
    assert.equal(query(store, `text=${text.slice(3, 12)}`)[0]?.text, text);
    assert.ok(query(store, `words=${text}`).length >= 0, 'no search text is a syntax error');
  }
  const large = 'x'.repeat(10_000_000);
  assert.equal(write(store, { text: large }).text.length, large.length);
});

test('contains means contains: the same as reading every entry', (t) => {
  const store = temporaryStore(t);
  const alphabet = fc.constantFrom('a', 'B', 'b', 'é', 'É', ' ', '%', '_', '"', "'", '1', '😀', '*');
  const text = fc
    .string({ unit: alphabet, minLength: 1, maxLength: 12 })
    .filter((value) => value.trim() !== '');
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 6 }), text, (written, needle) => {
      for (const value of written) write(store, { text: value });
      const all = query(store, 'limit=-1');
      const expected = all.filter((entry) => entry.text.toLowerCase().includes(needle.toLowerCase()));
      assert.deepEqual(texts(query(store, `text=${needle}`, 'limit=-1')), texts(expected));
      assert.equal(
        (ask(store, parseQuery([`text=${needle}`, 'count'], noon), { now: noon }) as { count: number }).count,
        expected.length,
      );
    }),
    { numRuns: 60 },
  );
});

test('filters select what they say, newest first, and combine', (t) => {
  const store = temporaryStore(t);
  write(store, { type: 'd', topic: 'auth', text: 'Use JWT', choice: 'jwt', importance: 'H' }, noon - 3000);
  write(store, { type: 'f', topic: 'auth', text: 'Tokens expire', taskId: '7', role: 'coder' }, noon - 2000);
  write(
    store,
    { type: 'T', topic: 'db', text: 'Add an index', due: '2026-12-01', project: 'x' },
    noon - 1000,
  );
  write(store, { type: 'n', text: 'old', timestamp: noon - 40 * 86_400_000 }, noon);
  const cases: [string[], string[]][] = [
    [[], ['Add an index', 'Tokens expire', 'Use JWT', 'old']],
    [['topic=auth'], ['Tokens expire', 'Use JWT']],
    [['t=d,f', 'limit=1'], ['Tokens expire']],
    [['choice=jwt'], ['Use JWT']],
    [['task=7'], ['Tokens expire']],
    [['recent=30d', 'topic=db'], ['Add an index']],
    [['until=2026-10-31'], ['old']],
    [['since=2026-10-01..2026-10-31'], ['old']],
    [['text=jwt', 'topic=auth'], ['Use JWT']],
    [['words=expire OR nothing'], []],
    [['words=exp*'], ['Tokens expire']],
    [['words="an index"'], ['Add an index']],
    [
      ['sort=oldest', 'limit=2'],
      ['old', 'Use JWT'],
    ],
    [['sort=-importance', 'limit=1'], ['Use JWT']],
    [['id=2..3'], ['Add an index', 'Tokens expire']],
    [['due=..2026-12-31'], ['Add an index']],
    [['role=coder', 'project=x'], []],
    [['limit=0'], []],
  ];
  for (const [terms, expected] of cases)
    assert.deepEqual(texts(query(store, ...terms)), expected, terms.join(' '));
  const groups = ask(store, parseQuery(['by=topic'], noon), { now: noon });
  assert.deepEqual(groups, {
    kind: 'groups',
    groups: [
      { key: 'auth', count: 2 },
      { key: null, count: 1 },
      { key: 'db', count: 1 },
    ],
  });
});

test('a clock that steps back does not reorder what is written after it', (t) => {
  const store = temporaryStore(t);
  const times = [noon, noon + 5000, noon - 3_600_000, noon - 3_599_000, noon + 6000];
  for (const [index, now] of times.entries()) write(store, { text: `entry ${index}` }, now);
  assert.deepEqual(texts(query(store, 'limit=-1')), ['entry 4', 'entry 3', 'entry 2', 'entry 1', 'entry 0']);
  const stepped = parseQuery(['until=2026-11-21T11:30'], noon);
  const answer = ask(store, stepped, { now: noon });
  assert.deepEqual(answer.kind === 'entries' && texts(answer.entries), ['entry 3', 'entry 2']);
});

test('the same knowledge written again is counted, an event an hour later is another one', (t) => {
  const store = temporaryStore(t);
  const fact: Partial<NewEntry> = { type: 'f', topic: 'db', text: 'The port is  5433' };
  const first = write(store, fact);
  const again = write(store, { ...fact, text: 'The port is 5433 ' }, noon + 9_000_000);
  assert.equal(again.id, first.id);
  assert.equal(again.seenCount, 2);
  assert.notEqual(write(store, { ...fact, visibility: 'private' }).id, first.id);
  const event = write(store, { type: 'a', text: 'Ran the tests' });
  assert.equal(write(store, { type: 'a', text: 'Ran the tests' }, noon + 60_000).id, event.id);
  assert.notEqual(write(store, { type: 'a', text: 'Ran the tests' }, noon + 3_700_000).id, event.id);
});

test('another type, topic or choice is another entry, and a memory that comes back is the one it names', (t) => {
  const store = temporaryStore(t);
  const said = { text: 'Use it' };
  const entries = [
    write(store, { type: 'd', topic: 'auth', choice: 'a', ...said }),
    write(store, { type: 'd', topic: 'auth', choice: 'b', ...said }),
    write(store, { type: 'L', topic: 'auth', ...said }),
    write(store, { type: 'f', topic: 'auth', ...said }),
    write(store, { type: 'f', topic: 'db', ...said }),
    write(store, { type: 'n', topic: 'web', ...said }),
    write(store, { type: 'n', topic: 'auth [x]', text: 'Use [this]' }),
  ];
  assert.equal(new Set(entries.map(({ id }) => id)).size, entries.length);
  for (const entry of entries) {
    for (const lineOf of [listLine, renderLine]) {
      for (const later of [noon + 300_000, noon + 40 * 86_400_000]) {
        const text = lineOf(entry, later);
        assert.equal(write(store, { type: 'n', topic: 'recalled', text }, later).id, entry.id, text);
        if (!text.includes('[this]'))
          assert.equal(
            write(store, { type: 'f', text: `${text.replace(/ \(?#\d+\)?$/, '')}\n` }, later).id,
            entry.id,
          );
      }
    }
  }
  const gone = (minutes: number) => ({ text: `[D][auth] Use it [c] (${minutes}m ago) #99` });
  const unknown = write(store, gone(1));
  assert.ok(!entries.some(({ id }) => id === unknown.id));
  assert.equal(write(store, gone(2)).id, unknown.id);
  const usual = { type: 'f', topic: 'db', scope: 'shared', visibility: 'public', ...said };
  assert.equal(write(store, usual).id, entries[4]?.id, 'what is usual may be stated');
});

test('what cannot be an entry is refused with the field named', (t) => {
  const store = temporaryStore(t);
  const cases: [Partial<NewEntry>, string][] = [
    [{ type: 'zebra' }, 't'],
    [{ text: ' \n' }, 'text'],
    [{ topic: 'llm_cost' }, 'topic'],
    [{ topic: 'llm_summary' }, 'topic'],
    [{ scope: 'everyone' }, 'scope'],
    [{ visibility: 'secret' }, 'visibility'],
    [{ due: 'tomorrow' }, 'due'],
    [{ timestamp: Number.NaN }, 'timestamp'],
  ];
  for (const [entry, where] of cases) {
    assert.throws(
      () => write(store, entry),
      (error) => error instanceof SwarmdError && error.code === 'INPUT_INVALID' && error.where === where,
      where,
    );
  }
});
