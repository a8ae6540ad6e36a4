import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../memory/temporary-memory.ts';
import { memDb, program } from './run-mem-db.ts';

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

test('a backup replaces a file only when told to, and never the memory', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'memory.db');
  await memDb(path, ['write', 't=f', 'text=one']);
  const target = join(directory, 'saved.db');
  writeFileSync(target, 'precious');
  symlinkSync(path, join(directory, 'alias.db'));
  for (const words of [[target], [path, '--force'], [join(directory, 'alias.db'), '--force']]) {
    assert.equal((await memDb(path, ['backup', ...words])).code, 64, words.join(' '));
  }
  assert.equal(readFileSync(target, 'utf8'), 'precious');
  assert.equal((await memDb(path, ['backup', target, '--force'])).code, 0);
  assert.equal((await memDb(target, ['query', 'count'])).out, '1\n');
});

test('words and values that would be passed over are refused with 64', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  await memDb(path, ['write', 't=T', 'text=one']);
  const refused = [
    ['show', '1', '2'],
    ['status', 'extra'],
    ['topics', 'limit=2'],
    ['todo', 'claim', '1', '2'],
    ['todo', 'claim', '--for', '0s'],
    ['todo', 'claim', '--by', ''],
    ['query', 'limit=-2'],
    ['query', 'count=0'],
    ['query', 'due=2026-99-01'],
    ['query', 'recent=1d..7d'],
    ['query', 'since=2026-02-01', 'until=2026-01-01'],
    ['write', 't=T', 'text=x', 'due=2026-99-01'],
  ];
  for (const words of refused) {
    const ended = await memDb(path, words);
    assert.deepEqual([ended.code, ended.out], [64, ''], `${words.join(' ')}: ${ended.err}`);
  }
  assert.match((await memDb(path, ['todo'])).out, /\[OPEN\]/);
});

test('a todo under a running lease is closed by its holder, its fence or --force', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  for (const text of ['one', 'two', 'three', 'four']) await memDb(path, ['write', 't=T', `text=${text}`]);
  for (const id of ['1', '2', '3']) await memDb(path, ['todo', 'claim', id, '--by', 'ann']);
  const done = async (...words: string[]) => (await memDb(path, ['todo', 'done', ...words])).code;
  assert.equal(await done('1'), 1);
  assert.equal(await done('1', '--by', 'bob'), 1);
  assert.deepEqual([await done('1', '--by', 'ann'), await done('2', '--fence', '1')], [0, 0]);
  assert.equal(await done('3', '--force'), 0);
  assert.equal(await done('4'), 0, 'nobody holds it');
});

test('an import without times is repeatable, and names the keys that it cannot take in', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const lines = [
    '{"type":"fact","text":"one","colour":"red"}',
    '{"type":"T","text":"two"}',
    '["f","db","three",null,null,null,null,null]',
    '{"type":"fact","text":"four","timestamp":"2026-01-01T00:00:00Z"}',
  ].join('\n');
  const first = await memDb(path, ['import', '-'], lines);
  assert.match(first.err, /the key "colour" of 1 lines/);
  await memDb(path, ['todo', 'claim', '2']);
  const again = await memDb(path, ['import', '-', '--json'], lines);
  const { taken, known, unknown_keys } = JSON.parse(again.out);
  assert.deepEqual([taken, known, unknown_keys], [0, 4, { colour: 1 }]);
});

test('a full disk behind standard output and a refused function are said without a stack trace', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  await memDb(path, ['write', 't=f', 'text=one']);
  const refused = await memDb(path, ['sql', "select load_extension('x')"]);
  assert.ok([64, 77].includes(refused.code), refused.err);
  assert.doesNotMatch(refused.err, /\n\s+at /);
  if (!existsSync('/dev/full')) return;
  const full = openSync('/dev/full', 'w');
  t.after(() => closeSync(full));
  const { status, stderr } = spawnSync(process.execPath, [program, 'export'], {
    env: { ...process.env, MEMORY_DB: path },
    stdio: ['ignore', full, 'pipe'],
    encoding: 'utf8',
  });
  assert.equal(status, 69, stderr);
  assert.match(stderr, /ENOSPC/);
  assert.doesNotMatch(stderr, /\n\s+at /);
});

test('a memory that may only be read answers what only reads', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'memory.db');
  await memDb(path, ['write', 't=f', 'text=one']);
  chmodSync(path, 0o444);
  chmodSync(directory, 0o555);
  // Root may write everywhere, so it reads as nobody.
  const uid = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  try {
    for (const words of [['query'], ['recent'], ['status'], ['export'], ['show', '1'], ['topics']]) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
        ...uid,
        env: { ...process.env, MEMORY_DB: path },
        encoding: 'utf8',
      });
      assert.equal(status, 0, `${words.join(' ')}: ${stderr}`);
      if (words[0] !== 'topics') assert.match(stdout, /one|Entries: {2}1/);
    }
  } finally {
    chmodSync(directory, 0o755);
  }
});

test('who asks by words in a script without spaces is told what finds a part of a text', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  await memDb(path, ['write', 't=f', 'text=数据库迁移先于测试 🚀']);
  for (const words of [
    ['query', 'words=迁移'],
    ['query', 'words=🚀'],
    ['semantic', '迁移', '--text-only'],
  ]) {
    assert.match((await memDb(path, words)).err, /text=… finds any part/, words.join(' '));
  }
  assert.match((await memDb(path, ['query', 'text=迁移'])).out, /数据库/);
  assert.match((await memDb(path, ['query', 'text=🚀'])).out, /数据库/);
  assert.equal((await memDb(path, ['query', 'words=plain 1 #2'])).err, '');
});
