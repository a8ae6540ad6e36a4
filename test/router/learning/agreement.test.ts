import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareAnswers } from '../../../router/learning/agreement.ts';
import type { Answer } from '../../../router/types.ts';

function answer(text: string, fields: Partial<Answer> = {}): Answer {
  return { text, reasoning: '', toolCalls: [], ...fields };
}

const cases: readonly [string, string, string, boolean | undefined][] = [
  ['Is 97 prime? yes or no', 'Yes.', 'yes', true],
  ['Is 97 prime? yes or no', 'No', 'Yes.', false],
  ['What is 12 * 12?', '144', '144.', true],
  ['What is 12 * 12?', '12 * 12 = 144, so the answer is 144.', '144', true],
  ['What is 12 * 12?', '12 * 12 = 124, so the answer is 124.', '144', false],
  ['How much is it?', '$1,200', '1200 USD', true],
  ['Classify as positive or negative: I love it', 'positive', 'Positive.', true],
  ['Classify as positive or negative: I love it', 'negative', 'positive', false],
  ['Which?\nA) Rome\nB) Paris', 'B) Paris', 'B', true],
  ['Which?\nA) Rome\nB) Paris', 'A', 'B. Paris', false],
  // Two good answers to an open question differ.
  ['Name a colour', 'red', 'blue', undefined],
  ['Why is the sky blue?', 'Because of Rayleigh scattering.', 'Air scatters short waves more.', undefined],
  ['Is it far? Explain', 'Yes, because it takes two days on foot.', 'No, it is near.', undefined],
];

for (const [prompt, weak, strong, agrees] of cases)
  test(`${JSON.stringify(weak)} and ${JSON.stringify(strong)} to ${JSON.stringify(prompt)}: ${agrees ?? 'cannot be told'}`, () => {
    assert.equal(compareAnswers({ userText: prompt }, answer(weak), answer(strong))?.agrees, agrees);
  });

test('JSON is compared by its closed values; free text in it decides nothing', () => {
  const compare = (weak: unknown, strong: unknown) =>
    compareAnswers({ userText: '' }, answer('', { json: weak }), answer('', { json: strong }))?.agrees;
  assert.equal(compare({ sentiment: 'positive', score: 1 }, { score: 1, sentiment: 'Positive' }), true);
  assert.equal(compare({ sentiment: 'negative', score: 0 }, { sentiment: 'positive', score: 1 }), false);
  assert.equal(
    compare({ a: 1, b: 2, c: 3 }, { a: 1, b: 2, c: 4 }),
    undefined,
    'two of three: neither is said',
  );
  const long = 'a sentence that is far too long to be one of a few possible values';
  assert.equal(compare({ title: long }, { title: `${long}, said otherwise` }), undefined);
});

test('tool calls are not compared', () => {
  const call = { id: '1', name: 'search', arguments: {} };
  assert.equal(
    compareAnswers({ userText: '' }, answer('yes', { toolCalls: [call] }), answer('yes')),
    undefined,
  );
});
