import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateRanking, seededRandom } from '../../../router/learning/evaluate.ts';
import { packPart, unpackPart } from '../../../router/learning/packed-part.ts';
import { fitReach, strangeness } from '../../../router/learning/reach.ts';
import type { RecordedLine } from '../../../router/learning/recorded.ts';
import { fitPrior, fitRouterModel, predictNeed } from '../../../router/learning/router-model.ts';

test('a task like those learned from is not strange, one far off is, step by step', () => {
  const random = seededRandom(4);
  const signals = Array.from({ length: 500 }, () => {
    const size = random();
    return { size, double: 2 * size + 0.05 * random(), constant: 1 };
  });
  const reach = fitReach(signals);
  assert.ok(signals.filter((one) => strangeness(reach, one) > 0).length <= 5, 'one in a hundred at most');
  assert.equal(strangeness(reach, { size: 0.5, double: 1, constant: 1 }), 0);
  // Each value is an ordinary one; together they never occurred.
  assert.equal(strangeness(reach, { size: 0.95, double: 0, constant: 1 }), 1);
  assert.equal(strangeness(reach, { size: 0.5, double: 1, constant: 9 }), 1);
});

/** Sums of a few numbers: long ones are hard. With `choices` the tasks have another form, and short ones are hard. */
function madeUp(count: number, seed: number, choices: boolean): RecordedLine[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const long = random() < 0.5;
    const hard = long !== choices;
    const numbers = Array.from({ length: long ? 9 : 3 }, () => Math.ceil(random() * 99)).join(' and ');
    const prompt = choices ? `Which is ${numbers}?\nA. one\nB. two\nC. three\nD. four` : `Add ${numbers}.`;
    const correct = hard ? random() < 0.2 : random() < 0.9;
    return {
      id: `${seed}-${i}`,
      prompt,
      group: undefined,
      type: undefined,
      weak: { correct, response: undefined, critique: undefined },
      strong: { correct: true, response: undefined, critique: undefined },
    };
  });
}

function apgrOf(model: ReturnType<typeof fitRouterModel>, lines: readonly RecordedLine[]): number {
  const needs = lines.map((line) => predictNeed(model, line.prompt, undefined)?.escalate ?? 0);
  const records = lines.map((line) => ({ weakCorrect: line.weak.correct, strongCorrect: true }));
  return evaluateRanking(needs, records)?.apgr ?? 0;
}

test('on tasks of another kind than those learned from the prior speaks, on its own kind what was learned', () => {
  const prior = fitPrior(madeUp(400, 1, false));
  const model = fitRouterModel(madeUp(400, 2, true), prior);
  assert.ok(apgrOf(model, madeUp(200, 3, true)) > 0.65, 'its own kind');
  const strange = madeUp(200, 4, false);
  assert.ok(apgrOf(model, strange) > 0.65, 'the kind of the prior');
  assert.ok(apgrOf(fitRouterModel(madeUp(400, 2, true)), strange) < 0.5, 'without a prior it is misled');
});

test('two kinds learned together do not spoil each other', () => {
  const model = fitRouterModel([...madeUp(300, 5, false), ...madeUp(300, 6, true)]);
  assert.ok(apgrOf(model, madeUp(200, 7, false)) > 0.65);
  assert.ok(apgrOf(model, madeUp(200, 8, true)) > 0.65);
});

test('with enough lines of each, questions with choices and other tasks have a part of their own', () => {
  const [sums, questions] = [madeUp(150, 9, false), madeUp(150, 10, true)];
  const together = fitRouterModel([...sums, ...questions]);
  const scores = (model: ReturnType<typeof fitRouterModel>, lines: readonly RecordedLine[]) =>
    lines.map((line) => predictNeed(model, line.prompt, undefined)?.escalate);
  for (const [own, seen] of [
    [sums, madeUp(50, 11, false)],
    [questions, madeUp(50, 12, true)],
  ] as const)
    assert.deepEqual(scores(together, seen), scores(fitRouterModel(own), seen), 'as if learned alone');
  assert.equal(together.prompt?.choices?.lines, 150);
  const read = unpackPart(packPart(together.prompt));
  assert.equal(read?.choices?.lines, 150, 'kept in the file');
  const few = fitRouterModel([...sums, ...questions.slice(0, 99)]);
  assert.equal(few.prompt?.choices, undefined);
  assert.equal(few.prompt?.lines, 249);
});

test('the prior of both kinds tells questions with choices apart from other tasks, that of one kind has one part', () => {
  const both = fitPrior([...madeUp(300, 13, false), ...madeUp(300, 14, true)]);
  assert.ok(apgrOf(both, madeUp(200, 15, true)) > 0.65);
  assert.equal(both.prompt?.lines, 600, 'the part of other tasks is fitted on all lines');
  assert.equal(both.prompt?.choices?.lines, 300);
  assert.equal(fitPrior(madeUp(300, 13, false)).prompt?.choices, undefined);
  assert.equal(fitPrior(madeUp(99, 13, false)).prompt, undefined);
});
