import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { apgr, bootstrap, cpt, type ScoredOutcome } from '../../../router/learning/apgr.ts';

const outcome = (weakCorrect: boolean, strongCorrect: boolean, score: number): ScoredOutcome => ({
  weakCorrect,
  strongCorrect,
  score,
});

/** Two prompts that need the strong model, two that do not. */
const four = (scores: readonly [number, number, number, number]): ScoredOutcome[] => [
  outcome(false, true, scores[0]),
  outcome(false, true, scores[1]),
  outcome(true, true, scores[2]),
  outcome(false, false, scores[3]),
];

test('APGR worked by hand', () => {
  // Gains 0, 1, 2, 2, 2 of 2 over shares 0 … 1: trapezoids (0.25 + 0.75 + 1 + 1) / 4.
  assert.equal(apgr(four([4, 3, 2, 1])), 0.75);
  // The worst order: 0, 0, 0, 1, 2: (0 + 0 + 0.25 + 0.75) / 4.
  assert.equal(apgr(four([1, 2, 3, 4])), 0.25);
});

test('a score that says nothing gives exactly one half', () => {
  assert.equal(apgr(four([0, 0, 0, 0])), 0.5);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 40 }), (pairs) => {
      const value = apgr(pairs.map(([weak, strong]) => outcome(weak, strong, 3)));
      assert.ok(Number.isNaN(value) || Math.abs(value - 0.5) < 1e-9);
    }),
  );
});

test('the order of the prompts does not matter, only that of the scores', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.integer({ min: 0, max: 5 })), {
        minLength: 2,
        maxLength: 40,
      }),
      (rows) => {
        const outcomes = rows.map((row) => outcome(...row));
        const value = apgr(outcomes);
        const reversed = apgr([...outcomes].reverse());
        assert.ok(Object.is(value, reversed) || Math.abs(value - reversed) < 1e-9);
      },
    ),
  );
});

test('CPT is the smallest share that reaches the wanted gain', () => {
  assert.equal(cpt(four([4, 3, 2, 1]), 0.5), 0.25);
  assert.equal(cpt(four([4, 3, 2, 1]), 0.8), 0.5);
  assert.equal(cpt(four([1, 2, 3, 4]), 0.5), 0.75);
});

test('where the strong model is no better there is nothing to recover', () => {
  assert.ok(Number.isNaN(apgr([outcome(true, false, 1), outcome(true, true, 2)])));
});

test('a bootstrap interval holds its figure and repeats with its seed', () => {
  const outcomes = Array.from({ length: 200 }, (_, at) => outcome(at % 3 === 0, at % 5 !== 0, at % 7));
  const seeded = (): (() => number) => {
    let state = 1;
    return () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
  };
  const one = bootstrap(outcomes, apgr, { resamples: 100, random: seeded() });
  assert.deepEqual(bootstrap(outcomes, apgr, { resamples: 100, random: seeded() }), one);
  assert.ok(one.low <= one.value && one.value <= one.high);
});
