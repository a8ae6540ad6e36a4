import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../../../router/learning/evaluate.ts';
import { fitForest, predictForest } from '../../../router/learning/extra-trees.ts';

const options = { trees: 40, leastRows: 5, triedShare: 0.7 };

/** Two columns that only together say anything (exclusive or), and one of noise. */
function madeUp(count: number, seed: number) {
  const random = seededRandom(seed);
  const columns = [0, 1, 2].map(() => Float32Array.from({ length: count }, () => random()));
  const truth = Array.from({ length: count }, (_, row) =>
    Number((columns[0]?.[row] ?? 0) > 0.5 !== (columns[1]?.[row] ?? 0) > 0.5),
  );
  return { columns, truth };
}

const rowOf = (columns: readonly Float32Array[], row: number) =>
  Float32Array.from(columns, (column) => column[row] ?? 0);

test('trees find what no sum of the columns can say', () => {
  const { columns, truth } = madeUp(600, 1);
  const forest = fitForest(columns, [truth], options);
  const fresh = madeUp(300, 2);
  const right = fresh.truth.filter(
    (label, row) => (predictForest(forest, rowOf(fresh.columns, row))[0] ?? 0) > 0.5 === (label === 1),
  );
  assert.ok(right.length > 270, `${right.length} of 300`);
});

test('equal inputs give equal forests, and a second target has its own means', () => {
  const { columns, truth } = madeUp(200, 3);
  const opposite = truth.map((label) => 1 - label);
  const forest = fitForest(columns, [truth, opposite], options);
  assert.deepEqual(fitForest(columns, [truth, opposite], options), forest);
  const [one = 0, other = 0] = predictForest(forest, rowOf(columns, 0));
  assert.ok(Math.abs(one + other - 1) < 1e-6);
});

test('no leaf has fewer rows than stated: a single odd label never stands alone', () => {
  const column = Float32Array.from({ length: 20 }, (_, row) => row);
  const labels = Array.from({ length: 20 }, (_, row) => Number(row === 0));
  const forest = fitForest([column], [labels], { trees: 50, leastRows: 10, triedShare: 1 });
  for (const mean of forest.means) assert.ok(mean <= 0.1 + 1e-6, String(mean));
});

test('predictions stay within what was seen, whatever the table', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.float({ noNaN: true }),
          fc.float({ noNaN: true }),
          fc.double({ min: 0, max: 1, noNaN: true }),
        ),
        {
          minLength: 1,
          maxLength: 40,
        },
      ),
      fc.tuple(fc.float(), fc.float()),
      (rows, asked) => {
        const columns = [Float32Array.from(rows, ([a]) => a), Float32Array.from(rows, ([, b]) => b)];
        const labels = rows.map(([, , label]) => label);
        const forest = fitForest(columns, [labels], { trees: 5, leastRows: 2, triedShare: 0.5 });
        const [mean = Number.NaN] = predictForest(forest, Float32Array.from(asked));
        assert.ok(mean >= Math.min(...labels) - 1e-6 && mean <= Math.max(...labels) + 1e-6, String(mean));
      },
    ),
    { numRuns: 100 },
  );
});
