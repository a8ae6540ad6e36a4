import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../memory/temporary-memory.ts';
import { swarmd } from './support.ts';

const refused: readonly [args: readonly string[], says: RegExp][] = [
  [['list', '--status', 'complete'], /"complete" is no status \(did you mean "completed"\?\)[\s\S]*queued, /],
  [['list', '--type', 'promt'], /"promt" \(did you mean "prompt"\?\)[\s\S]*summarize/],
  [['list', '--limit', 'abc'], /a whole number from 1 to 1000/],
  [['run', '--budget', 'abc', 'x'], /'abc' is invalid\. It must be a number\./],
  [['init', '--file', 'nowhere/a.yaml'], /there is no directory .*nowhere/],
  [['forecast', '--hours', '30'], /must be between 0 and 24/],
  [['forecast', '--histogram', 'empty.txt'], /the histogram is empty/],
  [['costs', '--by', 'foo'], /foo/],
  [['feedback', 'ID', 'nice'], /^swarmd: "nice" is no <label>\. Allowed choices are good, bad, wrong-tier/],
  [
    ['rollout', 'ab', 'x', '--b', 'quality_threshold=7'],
    /quality_threshold cannot be 7\n.*--b\n.*a number from 0 to 1/,
  ],
  [
    ['rollout', 'ab', 'x', '--b', 'policy=teirs'],
    /cannot be "teirs" \(did you mean "tiers"\?\)[\s\S]*task-matrix/,
  ],
  [['submit', '--file', 'nope.txt'], /--file: there is no such file\n.*nope\.txt/],
  [
    ['submit', '--file', 'faulty.jsonl'],
    /line 2: not JSON: .*\nline 3: unknown field "promt".*\nnothing was submitted/,
  ],
];

for (const [args, says] of refused)
  test(`swarmd ${args.join(' ')} is refused with what would be right`, (t) => {
    const cwd = temporaryDirectory(t);
    writeFileSync(join(cwd, 'empty.txt'), '');
    writeFileSync(join(cwd, 'faulty.jsonl'), '{"prompt":"a"}\n{"prompt":\n{"promt":"b"}\n');
    const { status, stderr } = swarmd(args, { cwd });
    assert.equal(status, 64, stderr);
    assert.match(stderr, says);
  });

test('with --json every fault is one of errors, and an empty list is JSON', (t) => {
  const cwd = temporaryDirectory(t);
  writeFileSync(join(cwd, 'faulty.jsonl'), '{"prompt":"a"}\n{"prompt":\n{"promt":"b"}\n');
  const submitted = JSON.parse(swarmd(['submit', '--file', 'faulty.jsonl', '--json'], { cwd }).stderr);
  assert.deepEqual(
    submitted.error.errors.map(({ line, field }: { line: number; field: string }) => [line, field]),
    [
      [2, ''],
      [3, 'promt'],
    ],
  );
  writeFileSync(join(cwd, 'bad.yaml'), 'rooting: {}\nqueue:\n  concurrency: many\n');
  const checked = JSON.parse(swarmd(['config', 'check', 'bad.yaml', '--json'], { cwd }).stderr);
  assert.deepEqual(
    checked.error.errors.map(({ line, field }: { line: number; field: string }) => [line, field]),
    [
      [1, 'rooting'],
      [3, 'queue.concurrency'],
    ],
  );
  assert.deepEqual(JSON.parse(swarmd(['list', '--json'], { cwd }).stdout), []);
});

test('with --json a mistyped command or flag is JSON too, with what was meant', (t) => {
  const cwd = temporaryDirectory(t);
  for (const [args, meant] of [
    [['lst', '--json'], 'list'],
    [['list', '--jsn', '--json'], '--json'],
  ] as const) {
    const { status, stderr } = swarmd(args, { cwd });
    assert.equal(status, 64);
    const { error } = JSON.parse(stderr);
    assert.equal(error.code, 'USAGE');
    assert.match(error.message, new RegExp(meant));
  }
});

test('a setting of the command line is named once', (t) => {
  const { status, stderr } = swarmd(['config', 'check', '--set', 'queue.concurrency=many'], {
    cwd: temporaryDirectory(t),
  });
  assert.equal(status, 78);
  assert.equal(stderr.match(/queue\.concurrency/g)?.length, 1, stderr);
});

test('a simulated doctor asks no server and claims no key', (t) => {
  const { stdout } = swarmd(['doctor', '--simulate'], { cwd: temporaryDirectory(t) });
  assert.match(stdout, /simulated; no key and no server needed/);
  assert.doesNotMatch(stdout, /API_KEY|11434/);
});

test('models list --simulate asks no server and says that the models are simulated', (t) => {
  const { status, stdout } = swarmd(['models', 'list', '--simulate'], { cwd: temporaryDirectory(t) });
  assert.equal(status, 0);
  assert.match(stdout, /simulated/);
  assert.doesNotMatch(stdout, /no server|paid/);
});

test('a limit of a client that is not known is kept, and said to be so', (t) => {
  const cwd = temporaryDirectory(t);
  const { status, stderr } = swarmd(['budget', 'set', 'client_budgets.nobody', '1'], { cwd });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /no client is called "nobody" yet/);
});
