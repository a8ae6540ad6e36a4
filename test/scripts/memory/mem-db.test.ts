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
