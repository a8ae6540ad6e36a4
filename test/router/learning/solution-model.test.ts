import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statedEquations } from '../../../router/checks/equations.ts';
import {
  eachRole,
  packSolutionModel,
  type SolutionModel,
  shareOfOperations,
  shippedSolutionModel,
  unexpectedIn,
  unpackSolutionModel,
} from '../../../router/learning/solution-model.ts';
import { problemPlaces } from '../../../router/learning/word-problem.ts';

const shipped = shippedSolutionModel();
const judged = (task: string, answer: string) => unexpectedIn(task, statedEquations(answer), shipped);

test('a number left out that the words call for stands out, one that is beside the point does not', () => {
  const cases: [task: string, sound: string, wanting: string][] = [
    [
      'Tom buys 6 pizzas at $9 each and 4 cokes at $2 each. How much does he pay?',
      'Pizzas: 6 * 9 = 54. Cokes: 4 * 2 = 8. 54 + 8 = 62.',
      'Pizzas: 6 * 9 = 54. Cokes: 2. 54 + 2 = 56.',
    ],
    [
      'Ann picks 30 apples. She gives 12 of them to Ben. How many apples are left?',
      'She has 30 - 12 = 18 left.',
      'She has 30 + 30 = 60 left.',
    ],
    [
      'A shop sells 15 cakes a day at $8 each. How much does it earn in 6 days?',
      'A day brings 15 * 8 = 120, 6 days bring 6 * 120 = 720.',
      'It earns 15 * 8 = 120.',
    ],
    [
      'Mia reads 10 pages on Monday and twice as many on Tuesday. How many pages does she read in all?',
      'On Tuesday she reads 10 * 2 = 20. In all 10 + 20 = 30.',
      'She reads 10 + 10 = 20.',
    ],
  ];
  for (const [task, sound, wanting] of cases) {
    assert.equal(judged(task, sound).leftOut, 0, sound);
    assert.ok(judged(task, wanting).leftOut > 0.5, wanting);
  }
  const aside = 'Ben is 14 years old. He buys 3 pens at $2 each. How much does he pay?';
  const needed = 'Ben has $14. He buys 3 pens at $2 each. How much money does he have left?';
  const answer = 'He pays 3 * 2 = 6.';
  assert.ok(judged(aside, answer).leftOut < judged(needed, answer).leftOut);
});

test('a calculation of far fewer or far more operations than the words call for stands out', () => {
  const task = 'Tom buys 6 pizzas at $9 each and 4 cokes at $2 each. How much does he pay?';
  const right = judged(task, '6 * 9 = 54. 4 * 2 = 8. 54 + 8 = 62.').operations;
  const short = judged(task, '6 * 9 = 54.').operations;
  const long = judged(
    task,
    '6 * 9 = 54. 4 * 2 = 8. 54 + 8 = 62. 62 * 2 = 124. 124 - 4 = 120. 120 / 6 = 20. 20 + 9 = 29.',
  ).operations;
  assert.ok(right < short && right < long, `${right}, ${short}, ${long}`);
});

test('without numbers and without a calculation nothing is left out', () => {
  assert.equal(judged('Name a river.', 'The Rhine.').leftOut, 0);
  assert.equal(judged('', '').leftOut, 0);
});

test('a model comes back from its file as it was, within a step of a byte', () => {
  const model: SolutionModel = {
    roles: eachRole((role) => ({
      weights: Float64Array.from({ length: problemPlaces }, (_, i) => Math.sin(i + role.length)),
      intercept: role.length,
    })),
    operations: { weights: new Float64Array(problemPlaces), intercept: -1 },
  };
  const provenance = { learnedAt: '2026-11-21T00:00:00.000Z', source: 'a test', sha256: '', problems: 1 };
  const file = JSON.parse(JSON.stringify(packSolutionModel(model, provenance)));
  const read = unpackSolutionModel(file);
  for (const [i, weight] of model.roles.unused.weights.entries())
    assert.ok(Math.abs((read.roles.unused.weights[i] ?? 9) - weight) <= 0.5 / 127 + 1e-12);
  assert.equal(read.operations.intercept, -1);
  assert.throws(() => unpackSolutionModel({ ...file, version: 0 }), /version/);
  assert.throws(
    () => unpackSolutionModel({ ...file, operations: { ...file.operations, weights: 'AAAA' } }),
    /3 bytes of weights, 4096 are right/,
  );
});

test('operations are told on a scale of logarithms from one to twenty', () => {
  const cases: [operations: number, share: number][] = [
    [0, 0],
    [1, 0],
    [20, 1],
    [50, 1],
  ];
  for (const [operations, share] of cases) assert.equal(shareOfOperations(operations), share);
  assert.ok(Math.abs(shareOfOperations(Math.sqrt(20)) - 0.5) < 1e-12);
});
