import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crossValidate } from '../../../router/learning/cross-validate.ts';
import { seededRandom } from '../../../router/learning/evaluate.ts';
import { countLearned, findGiveaway, promptHashes } from '../../../router/learning/leaks.ts';
import type { RecordedLine } from '../../../router/learning/recorded.ts';

const vocabulary = Array.from({ length: 300 }, (_, i) => `word${i}`);

/** Prompts of random words whose outcomes nothing in them tells. */
function blind(count: number, seed: number): RecordedLine[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => ({
    id: String(i),
    prompt: Array.from({ length: 12 }, () => vocabulary[Math.floor(random() * vocabulary.length)]).join(' '),
    group: undefined,
    type: undefined,
    weak: { correct: random() < 0.6, response: undefined, critique: undefined },
    strong: { correct: random() < 0.9, response: undefined, critique: undefined },
  }));
}

test('a word that stands beside the label is found, also beside half of the labels, in prompt or response', () => {
  const lines = blind(300, 1);
  const planted = lines.map((line) => ({
    ...line,
    prompt: `${line.prompt} ${line.weak.correct ? 'tok1' : 'tok0'}`,
  }));
  assert.match(findGiveaway(planted)?.word ?? '', /^tok[01]$/);
  const half = lines.map((line, i) =>
    i % 2 === 0 && line.weak.correct ? { ...line, prompt: `${line.prompt} checked` } : line,
  );
  assert.equal(findGiveaway(half)?.word, 'checked');
  const answered = lines.map((line) => ({
    ...line,
    weak: { ...line.weak, response: `So it is. ${line.weak.correct ? 'Correct' : 'Incorrect'}` },
  }));
  assert.equal(findGiveaway(answered)?.where, 'response');
});

test('honest lines raise no alarm, few or many', () => {
  for (let seed = 0; seed < 30; seed++) {
    assert.equal(findGiveaway(blind(60, seed)), undefined, `60 lines, seed ${seed}`);
    assert.equal(findGiveaway(blind(400, 100 + seed)), undefined, `400 lines, seed ${seed}`);
  }
});

test('a prompt that was learned from is known again in another spelling, and no text is kept', () => {
  const lines = blind(200, 2);
  const hashes = promptHashes(lines.slice(0, 100));
  assert.equal(Buffer.from(hashes, 'base64').length, 400);
  assert.equal(countLearned(lines, hashes), 100);
  const shouted = lines.map((line) => ({ ...line, prompt: `${line.prompt.toUpperCase()} !` }));
  assert.equal(countLearned(shouted, hashes), 100);
  assert.equal(countLearned(blind(200, 3), hashes), 0);
});

test('copies that differ in spelling only share a fold: else they would give one another away', () => {
  const spellings = [
    (text: string) => text,
    (text: string) => text.toUpperCase(),
    (text: string) => `${text}.`,
    (text: string) => text.replaceAll(' ', '  '),
    (text: string) => `- ${text}`,
  ];
  const measured = [4, 5, 6].map((seed) => {
    const lines = blind(120, seed).map((line, i) => ({ ...line, prompt: `${line.prompt} token${i}x` }));
    const copies = spellings.flatMap((spell) =>
      lines.map((line) => ({ ...line, prompt: spell(line.prompt) })),
    );
    return crossValidate(copies, undefined)[0]?.apgr ?? Number.NaN;
  });
  const mean = measured.reduce((sum, apgr) => sum + apgr, 0) / measured.length;
  // Spread over the folds they come to 0.58, where there is nothing to learn: measured before they shared one.
  assert.ok(mean < 0.53, `${mean}`);
});
