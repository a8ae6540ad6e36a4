import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openStore } from '../../memory/database.ts';
import { writeEntry } from '../../memory/entries.ts';
import { parseQuery } from '../../memory/grammar.ts';
import { migrate } from '../../memory/migrations.ts';
import { temporaryDirectory } from './temporary-memory.ts';

const now = Date.parse('2026-11-21T08:00:00Z');

for (const term of ['status=zzz', 'scope=weird', 'visibility=hidden', 'status=active,zzz'])
  test(`the filter ${term} is refused: it would find nothing and look like an answer`, () => {
    assert.throws(() => parseQuery([term], now), { code: 'INPUT_INVALID' });
  });

test('a mistyped word of a closed set is met with the one that was meant', () => {
  assert.throws(() => parseQuery(['status=actve'], now), /did you mean "active"\?/);
  assert.deepEqual(parseQuery(['scope=chat,team', 'role=anything'], now).equal, {
    scope: ['chat', 'team'],
    role: ['anything'],
  });
});

test('a todo has one of four states, written in any case; other types choose freely', (t) => {
  const store = openStore(join(temporaryDirectory(t), 'memory.db'), { mode: 'write', busyTimeoutMs: 1000 });
  t.after(() => store.close());
  migrate(store);
  const write = (type: string, choice: string) =>
    writeEntry(store, { entry: { type, text: `${type} ${choice}`, choice }, now }).choice;
  assert.throws(() => write('T', 'MAYBE'), {
    code: 'INPUT_INVALID',
    allowed: 'OPEN, IN_PROGRESS, DONE, BLOCKED',
  });
  assert.equal(write('todo', 'done'), 'DONE');
  assert.equal(write('G', 'in progress'), 'IN_PROGRESS');
  assert.equal(write('d', 'MAYBE'), 'MAYBE');
});
