import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assess } from '../../../router/assess.ts';
import { runUserCheck } from '../../../router/checks/user-checks.ts';
import { candidate, config, generation, request, scripted } from '../quality-fixtures.ts';

test('a pattern of the user passes or fails the answer, hard where the user says so', async () => {
  const matches = { kind: 'matches', pattern: '^OK', hard: true } as const;
  assert.equal((await runUserCheck(matches, 'OK then', 0)).score, 1);
  assert.deepEqual(
    [
      (await runUserCheck(matches, 'no', 0)).hard,
      (await runUserCheck({ ...matches, hard: false }, 'no', 0)).hard,
    ],
    [true, false],
  );
  const absent = { kind: 'not_matches', pattern: 'todo', flags: 'gi', hard: false } as const;
  assert.equal((await runUserCheck(absent, 'a TODO here', 1)).score, 0);
  assert.equal((await runUserCheck(absent, 'done', 1)).score, 1);
});

test('a pattern that would run for years is stopped and judges nothing', async () => {
  const evil = { kind: 'matches', pattern: '^(a+)+$', hard: true } as const;
  const result = await runUserCheck(evil, `${'a'.repeat(80)}!`, 0);
  assert.deepEqual([result.score, result.hard], [0.5, false]);
});

test('a command gets the answer on its input, runs without a shell and is bounded', async () => {
  const command = (program: string, args: string[], timeoutMs = 5000) =>
    ({ kind: 'command', program, args, timeoutMs, hard: true }) as const;
  assert.equal((await runUserCheck(command('grep', ['-q', 'needle']), 'a needle here', 0)).score, 1);
  assert.equal((await runUserCheck(command('grep', ['-q', 'needle']), 'hay', 0)).hard, true);
  const injected = await runUserCheck(command('echo', ['$(exit 1); rm -rf x']), 'x', 0);
  assert.equal(injected.score, 1);
  const slow = await runUserCheck(command('sleep', ['30'], 100), 'x', 0);
  assert.match(slow.evidence, /stopped after 100 ms/);
  const loud = await runUserCheck(command('head', ['-c', '100000', '/dev/zero']), 'x', 0);
  assert.match(loud.evidence, /printed more than 64 KiB/);
  const absent = await runUserCheck(command('/no/such/program', []), 'x', 0);
  assert.match(absent.evidence, /ENOENT/);
});

test('a command sees nothing of the environment but PATH, HOME and LANG', async () => {
  process.env.SWARMD_TEST_SECRET = 'hidden';
  const program = {
    kind: 'command',
    program: 'sh',
    args: ['-c', 'test -z "$SWARMD_TEST_SECRET"'],
    timeoutMs: 5000,
    hard: true,
  } as const;
  assert.equal((await runUserCheck(program, 'x', 0)).score, 1);
  delete process.env.SWARMD_TEST_SECRET;
});

test('a failed check with hard: false lowers the quality and never fails an answer that is good without it', async () => {
  const judged = async (answer: string, hard: boolean, qualityThreshold: number) => {
    const base = config();
    const checks = [{ kind: 'not_matches', pattern: 'sorry', flags: 'i', hard }] as const;
    const type = { name: 'letter', template: undefined, critical: false, checks, origin: 'test' };
    const result = await assess({
      request: request('Dear Ms Berger', { type: 'letter', qualityThreshold }),
      generation: generation(answer),
      candidate: candidate('paid', false),
      config: { ...base, actionTypes: { letter: type as unknown as (typeof base.actionTypes)[string] } },
      critics: [],
      call: scripted([]).call,
    });
    return result;
  };
  const said = 'So sorry, it is late.';
  for (const threshold of [0.3, 0.7, 0.8, 0.95]) {
    const without = await judged('It is late, alas.', false, threshold);
    const soft = await judged(said, false, threshold);
    const hard = await judged(said, true, threshold);
    assert.deepEqual(
      [without.verdict, soft.verdict, hard.verdict],
      ['pass', 'pass', 'fail'],
      String(threshold),
    );
    assert.ok(soft.quality < without.quality && soft.quality >= threshold, `${soft.quality} at ${threshold}`);
    assert.ok(hard.quality <= 0.4 * threshold);
    assert.match(soft.reason, /sorry.*matches \(hard: false, lowers only\)/);
  }
  // What fails without it is worse with it.
  const text = 'So sorry, 2 + 2 = 5.';
  const [wrong, worse] = [
    await judged(text.replace('sorry', 'alas'), false, 0.8),
    await judged(text, false, 0.8),
  ];
  assert.deepEqual([wrong.verdict, worse.verdict], ['fail', 'fail']);
  assert.ok(worse.quality < wrong.quality);
});
