import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findJson, lastNumber, plain, regularExpression } from '../../../daemon/models/answer-reading.ts';
import { quickSet, someItems } from '../../../daemon/models/quick-set.ts';

test('there are ten questions of each class, with names of their own', () => {
  for (const complexity of ['simple', 'moderate', 'complex'])
    assert.equal(quickSet.filter((item) => item.complexity === complexity).length, 10);
  assert.equal(new Set(quickSet.map((item) => item.id)).size, 30);
});

test('every question accepts its right answer, as models word it, and refuses wrong ones', () => {
  for (const item of quickSet) {
    assert.ok(item.accepts(item.reference), item.id);
    assert.ok(item.accepts(`\n${item.reference}\n`), item.id);
    if (/with the (number|word) only/.test(item.prompt))
      assert.ok(item.accepts(`**${item.reference}**.`), item.id);
    for (const wrong of ['', 'I do not know.', 'As an AI model I cannot do that.', '12345', '[]', '{}'])
      assert.equal(item.accepts(wrong), false, `${item.id}: ${wrong}`);
    // Two questions may share an answer; none may take most of the others'.
    const others = quickSet.filter((other) => other.id !== item.id && item.accepts(other.reference));
    assert.ok(others.length <= 1, `${item.id} takes the answers of ${others.map((other) => other.id)}`);
  }
});

test('a short run covers all classes', () => {
  assert.deepEqual(
    someItems(3).map((item) => item.complexity),
    ['simple', 'moderate', 'complex'],
  );
  assert.deepEqual(
    someItems(30)
      .map((item) => item.id)
      .sort(),
    quickSet.map((item) => item.id).sort(),
  );
});

test('answers are read as models give them', () => {
  for (const [text, value] of [
    ['The result is 45,000.', 45_000],
    ['45 000 m', 45_000],
    ['3 + 4 = 7', 7],
    ['$0.30', 0.3],
    ['none', undefined],
  ] as const)
    assert.equal(lastNumber(text), value, text);
  assert.deepEqual(findJson('Here you are:\n```json\n{"a": [1]}\n```'), { a: [1] });
  assert.equal(findJson('{broken'), undefined);
  assert.equal(plain('```\nMraws.\n```'), 'mraws');
  assert.equal(regularExpression('`/^a{2}$/i`')?.test('AA'), true);
  assert.equal(regularExpression('/(/'), undefined);
});
