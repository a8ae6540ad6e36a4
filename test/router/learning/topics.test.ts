import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../router/learning/evaluate.ts';
import { fitTopics, topicsOf } from '../../../router/learning/topics.ts';
import { rightSingularVectors, symmetricEigen } from '../../../router/learning/truncated-svd.ts';

const dense = (...values: number[]) => ({
  indices: Int32Array.from(values, (_, at) => at),
  values: Float64Array.from(values),
});

const dot = (one: Float64Array, other: Float64Array) =>
  one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);

test('eigenvalues of a small matrix, worked by hand', () => {
  const { values, vectors } = symmetricEigen([Float64Array.from([2, 1]), Float64Array.from([1, 2])]);
  assert.deepEqual(
    [...values].sort().map((value) => Math.round(value * 1e9) / 1e9),
    [1, 3],
  );
  assert.ok(Math.abs(Math.abs(vectors[0]?.[0] ?? 0) - Math.SQRT1_2) < 1e-9);
});

test('the leading singular vectors are orthonormal and rebuild a matrix of low rank', () => {
  const random = seededRandom(3);
  const parts = [0, 1].map(() => Array.from({ length: 12 }, () => random() - 0.5));
  const rows = Array.from({ length: 30 }, () => {
    const [a, b] = [random(), random()];
    return dense(...(parts[0] ?? []).map((value, at) => a * value + b * (parts[1]?.[at] ?? 0)));
  });
  const vectors = rightSingularVectors(rows, 12, 5);
  assert.equal(vectors.length, 2, 'the matrix has rank 2');
  const [first = new Float64Array(), second = new Float64Array()] = vectors;
  assert.ok(Math.abs(dot(first, second)) < 1e-9 && Math.abs(dot(first, first) - 1) < 1e-9);
  for (const { values } of rows) {
    const left = values.map(
      (value, at) => value - dot(values, first) * (first[at] ?? 0) - dot(values, second) * (second[at] ?? 0),
    );
    assert.ok(dot(left, left) < 1e-12);
  }
});

test('texts about the same lie near each other, others far, the same way every time', () => {
  const about = (words: string) =>
    Array.from({ length: 20 }, (_, i) => `${words} case ${'abcdefghij'[i % 10]}`);
  const texts = [...about('force mass acceleration of a body'), ...about('contract tort court of law')];
  const topics = fitTopics(texts, 4);
  assert.ok(topics !== undefined);
  assert.deepEqual(fitTopics(texts, 4), topics);
  const at = (text: string) => topicsOf(topics, text);
  const physics = at('the acceleration of a mass');
  assert.ok(dot(physics, at('a force on a body')) > dot(physics, at('a tort before the court')) + 0.5);
  assert.ok(Math.abs(dot(physics, physics) - 1) < 1e-9);
  assert.ok(
    at('zzz qqq').every((value) => value === 0),
    'nothing is known about these words',
  );
});

test('texts without a shared word have no topics', () => {
  assert.equal(fitTopics(['one', 'two', 'three'], 3), undefined);
});
