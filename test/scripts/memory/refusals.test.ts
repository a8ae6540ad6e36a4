import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../memory/temporary-memory.ts';
import { memDb } from './run-mem-db.ts';

test('prune drops nothing for a term that narrows nothing', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const old = (topic: string) =>
    JSON.stringify({ type: 'f', topic, text: `about ${topic}`, timestamp: '2025-01-01T00:00:00Z' });
  await memDb(path, ['import', '-'], [old('kept'), old('scratch')].join('\n'));
  const refused = [
    ['limit=1'],
    ['sort=oldest'],
    ['count'],
    ['by=topic'],
    ['text='],
    ['topic='],
    ['id=..'],
    ['recent=..'],
    ['status=any'],
    ['tier=local_fast'],
    ['topic=scratch', 'limit=1'],
  ];
  for (const terms of refused) {
    const ended = await memDb(path, ['prune', 'days=0', ...terms]);
    assert.deepEqual([ended.code, ended.out], [64, ''], `${terms.join(' ')}: ${ended.err}`);
  }
  assert.equal((await memDb(path, ['query', 'count'])).out, '2\n');
  assert.equal((await memDb(path, ['prune', 'days=0', 'topic=scratch', 'status=any'])).code, 0);
  assert.match((await memDb(path, ['query'])).out, /^\[F\]\[kept\][^\n]*\n$/);
});
