import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chiSquareTail, driftLines, driftRows } from '../../../router/learning/drift.ts';
import { seededRandom } from '../../../router/learning/evaluate.ts';
import { type AnswerPeriod, countPeriod, type JudgedAnswer } from '../../../router/learning/period.ts';

/** Answers whose quality and complexity are drawn; `worse` of them are poor. */
function period(count: number, seed: number, worse: number, complex = 0.2): AnswerPeriod {
  const random = seededRandom(seed);
  const answers = Array.from({ length: count }, (): JudgedAnswer => {
    const poor = random() < worse;
    return {
      type: 'prompt',
      complexity: random() < complex ? 'complex' : random() < 0.5 ? 'simple' : 'moderate',
      quality: poor ? 0.3 + 0.3 * random() : 0.75 + 0.25 * random(),
      checks: [],
      critique: undefined,
    };
  });
  return countPeriod(answers, [], { since: 0, until: 1, threshold: 0.7 });
}

function labels(count: number, seed: number, off: number) {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const chance = 0.4 + 0.5 * random();
    return { chance, good: random() < chance - off };
  });
}

test('without drift an alarm is as rare as stated: one in a hundred, on 2,000 tries', () => {
  let alarms = 0;
  for (let seed = 0; seed < 2000; seed++) {
    const rows = driftRows(
      period(400, seed, 0.2),
      period(150, 100_000 + seed, 0.2),
      labels(60, 200_000 + seed, 0),
    );
    assert.ok(rows.every((row) => row.verdict !== 'no data'));
    if (driftLines(rows).length > 0) alarms += 1;
  }
  // 20 are expected at most; 30 would come by chance once in 40 runs, and the seeds are fixed.
  assert.ok(alarms <= 30, `${alarms} of 2000`);
});

test('a model that got worse, other work, and chances that are off are each noticed, nearly always', () => {
  const found = (rowsOf: (seed: number) => ReturnType<typeof driftRows>, what: string) =>
    Array.from({ length: 100 }, (_, seed) => rowsOf(seed)).filter((rows) =>
      rows.some((row) => row.what === what && row.verdict === 'drift'),
    ).length;
  const worse = (seed: number) => driftRows(period(400, seed, 0.2), period(200, 1000 + seed, 0.45), []);
  assert.ok(found(worse, 'pass rate') >= 95);
  assert.ok(found(worse, 'mix of quality') >= 90);
  assert.equal(found(worse, 'mix of complexity'), 0);
  const other = (seed: number) => driftRows(period(400, seed, 0.2), period(200, 1000 + seed, 0.2, 0.6), []);
  assert.ok(found(other, 'mix of complexity') >= 95);
  const off = (seed: number) => driftRows(undefined, undefined, labels(100, seed, 0.25));
  assert.ok(found(off, 'calibration') >= 95);
});

test('too few answers are no data, whatever they say; with very many a small difference does not matter', () => {
  const few = driftRows(period(99, 1, 0), period(5000, 2, 0.9), labels(29, 3, 0.4));
  assert.deepEqual(
    few.map((row) => [row.verdict, row.p]),
    few.map(() => ['no data', undefined]),
  );
  assert.deepEqual(
    driftRows(undefined, period(500, 1, 0.2), []).map((row) => row.verdict),
    ['no data', 'no data', 'no data', 'no data'],
  );
  const [pass] = driftRows(period(100_000, 1, 0.2), period(100_000, 2, 0.22), []);
  assert.ok(pass?.verdict === 'steady' && (pass.p ?? 1) < 1e-6, 'certain, and of no consequence');
});

test('qualities that moved to the neighbouring bin are no drift, however certain', () => {
  const at = (bin: number): AnswerPeriod => ({
    ...period(400, 1, 0),
    quality: Array.from({ length: 10 }, (_, i) => (i === bin ? 150 : i === 7 ? 250 : 0)),
  });
  const mix = driftRows(at(8), at(7), []).find((row) => row.what === 'mix of quality');
  assert.ok(mix?.verdict === 'steady' && (mix.p ?? 1) < 1e-6 && (mix.size ?? 1) < 0.05, JSON.stringify(mix));
});

test('the tail of chi-square is that of the tables', () => {
  for (const [x, degrees, tail] of [
    [3.841, 1, 0.05],
    [5.991, 2, 0.05],
    [7.815, 3, 0.05],
    [16.919, 9, 0.05],
    [6.635, 1, 0.01],
    [13.277, 4, 0.01],
  ] as const)
    assert.ok(Math.abs(chiSquareTail(x, degrees) - tail) < 1e-4, `${x} ${degrees}`);
});
