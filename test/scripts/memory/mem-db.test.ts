import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../memory/temporary-memory.ts';
import { memDb } from './run-mem-db.ts';

test('a write without init creates a private file, and the predecessor’s commands answer', async (t) => {
  const path = join(temporaryDirectory(t), 'deep', 'memory.db');
  const words = ['t=d', 'topic=auth', 'text=Use JWT', 'choice=jwt', 'rationale=stateless'];
  const written = await memDb(path, ['write', ...words]);
  assert.equal(written.code, 0, written.err);
  const entry = JSON.parse(written.out);
  assert.equal(entry.type, 'd');
  assert.equal(entry.choice, 'jwt');
  assert.match(entry.timestamp, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700);
  const render = await memDb(path, ['render', 't=d']);
  assert.match(render.out, /^\[D\]\[topic=auth\]\[ts=\d+s ago\]\[FRESH\]\[choice=jwt\] Use JWT/);
  const query = await memDb(path, ['query', 'text=use jwt', 'recent=7d', '--json']);
  assert.deepEqual(JSON.parse(query.out), entry);
  assert.match((await memDb(path, ['recent'])).out, /^\[D\]\[auth\] Use JWT \[jwt\] \(\d+s ago\) #1\n$/);
  assert.equal((await memDb(path, ['query', 'count'])).out, '1\n');
  assert.match(
    (await memDb(path, ['query', 'topic=llm_summary', 'recent=1d', 'limit=1'])).out,
    /^\[N\]\[llm_summary\] Today: 0 calls, \$0\.00 spent, 0% local, 0% API\n$/,
  );
});

test('mistakes end with 64 and say what would be right, on stderr only', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const cases: [string[], RegExp][] = [
    [['query', 'topc=x'], /did you mean "topic"/],
    [['querry'], /did you mean "query"/],
    [['write', 't=d'], /text is missing/],
    [['write', 't=d', 'text=x', 'topic=llm_cost'], /answered from the ledger/],
    [['write', 't=d', 'text=x', 'tpoic=y'], /did you mean "topic"/],
    [['status', '--verbose'], /unknown option --verbose/],
    [['--db'], /--db needs a file/],
  ];
  for (const [words, message] of cases) {
    const ended = await memDb(path, words);
    assert.deepEqual([ended.code, ended.out], [64, ''], words.join(' '));
    assert.match(ended.err, message);
  }
  const json = await memDb(path, ['query', 'topc=x', '--json']);
  assert.equal(JSON.parse(json.err).error.code, 'USAGE');
  assert.equal((await memDb(path, [])).code, 64);
  assert.equal((await memDb(path, ['--help'])).code, 0);
});

test('stored escapes never reach a terminal, and come back exactly as JSON', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const text = 'a\u001b]0;owned\u0007b\u009b31m\u202ec\nsecond line';
  await memDb(path, ['write', 't=n', 'text=-', 'topic=\u001b[2J'], text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;
  for (const words of [['query'], ['render'], ['recent', '--json']]) {
    const { out } = await memDb(path, words);
    assert.doesNotMatch(out, controls);
    assert.equal(out.trimEnd().split('\n').length, 1);
    if (words.includes('--json')) assert.equal(JSON.parse(out).text, text);
  }
});

test('where nothing is found, and where no file is, --json is still the form that was promised', async (t) => {
  const directory = temporaryDirectory(t);
  const empty = join(directory, 'empty.db');
  assert.equal((await memDb(empty, ['init'])).code, 0);
  const lists = [
    ['query'],
    ['query', 'by=topic'],
    ['query', 'topic=llm_cost'],
    ['query', 'topic=llm_cost', 'by=tier'],
    ['recent'],
    ['render'],
    ['topics'],
    ['todo'],
    ['semantic', 'anything', '--text-only'],
    ['export'],
  ];
  const documents: [string[], unknown, number][] = [
    [['query', 'count'], { count: 0 }, 0],
    [['query', 'count', 'text=absent'], { count: 0 }, 0],
    [['query', 'topic=llm_cost', 'count'], { count: 0 }, 0],
    [['todo', 'claim'], null, 1],
    [
      ['prune', '--dry-run'],
      {
        dry_run: true,
        superseded: 0,
        filtered: 0,
        calls: 0,
        actions: 0,
        cache: 0,
        over_bound: 0,
        by_type: {},
        by_topic: {},
      },
      0,
    ],
  ];
  for (const where of ['empty.db', 'none.db']) {
    for (const words of lists) {
      const ended = await memDb(join(directory, where), [...words, '--json']);
      assert.deepEqual([ended.code, ended.out], [0, ''], `${where}: ${words.join(' ')}: ${ended.err}`);
    }
    assert.equal((await memDb(join(directory, where), ['query', 'count'])).out, '0\n');
    for (const [words, expected, code] of documents) {
      const ended = await memDb(join(directory, where), [...words, '--json']);
      assert.deepEqual([ended.code, JSON.parse(ended.out)], [code, expected], `${where}: ${words.join(' ')}`);
    }
  }
  const status = await memDb(join(directory, 'missing.db'), ['status', '--json']);
  const { exists, entries, version } = JSON.parse(status.out);
  assert.deepEqual([exists, entries, version], [false, 0, null]);
  assert.match((await memDb(join(directory, 'missing.db'), ['query'])).err, /no memory yet/);
  for (const words of [['backup'], ['health'], ['show', '1'], ['sql', 'select 1']]) {
    const ended = await memDb(join(directory, 'missing.db'), [...words, '--json']);
    assert.deepEqual(
      [ended.out, typeof JSON.parse(ended.err.trim().split('\n').at(-1) ?? '').error.code],
      ['', 'string'],
    );
    assert.notEqual(ended.code, 0);
  }
});

test('every key of what --json prints is in one style', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  await memDb(path, ['write', 't=d', 'topic=auth', 'text=Use JWT for everything', 'choice=jwt']);
  await memDb(path, ['write', 't=d', 'topic=auth', 'text=Use JWT for everything now', 'choice=jwt']);
  await memDb(path, ['write', 't=T', 'text=Add an index']);
  const commands = [
    ['query'],
    ['query', 'by=topic'],
    ['query', 'count'],
    ['show', '1'],
    ['topics'],
    ['todo'],
    ['todo', 'claim'],
    ['todo', 'context', '3'],
    ['semantic', 'jwt', '--text-only'],
    ['consolidate', '--all'],
    ['status'],
    ['health'],
    ['prune', '--dry-run'],
    ['backup'],
    ['export'],
    ['supersede', '1', 'by=2'],
    ['confirm', '2'],
    ['init'],
  ];
  for (const words of commands) {
    const ended = await memDb(path, [...words, '--json']);
    assert.notEqual(ended.out, '', words.join(' '));
    for (const line of ended.out.trimEnd().split('\n')) {
      JSON.parse(line, (key, value: unknown) => {
        // Types of entries are named by their letters.
        assert.match(key, /^(?:[a-z][a-z0-9]*(?:_[a-z0-9]+)*|[DQAFNCTGMRLP]|\d*)$/, words.join(' '));
        return value;
      });
    }
  }
});

test('many processes writing at once lose nothing', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const writers = 60;
  const ended = await Promise.all(
    Array.from({ length: writers }, (_, index) => memDb(path, ['write', 't=f', `text=fact ${index}`])),
  );
  assert.deepEqual(
    ended.filter(({ code }) => code !== 0),
    [],
  );
  assert.equal((await memDb(path, ['query', 'count', 'limit=-1'])).out, `${writers}\n`);
  assert.equal((await memDb(path, ['health', '--deep'])).code, 0);
});
