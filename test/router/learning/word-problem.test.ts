import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numberFeatures, problemFeatures, readProblem } from '../../../router/learning/word-problem.ts';

test('a task is read as words without endings and numbers by their size', () => {
  const cases: [task: string, words: string][] = [
    ['She sold 3 boxes.', 'she sold #few box .'],
    ['Selling 15 boxes, each $1.50', 'sell #some box , each $ #decimal'],
    ['It costs $2,000, or 80%?', 'it cost $ #large , or #many % ?'],
    ['', ''],
  ];
  for (const [task, expected] of cases) assert.equal(readProblem(task).words.join(' '), expected, task);
});

test('numbers are found with their values and what they count; a lone "one" is none', () => {
  const numbers = (task: string) =>
    readProblem(task).numbers.map(({ value, unit, at }) => `${value} ${unit} @${at}`);
  assert.deepEqual(numbers('Ann has 9 red pens. One of them costs $5, twice as much as 20% of a cup.'), [
    '9 red @2',
    '5 $ @11',
    '2  @13',
    '20 % @17',
  ]);
  assert.deepEqual(numbers('Name a river.'), []);
});

test('the question is the last sentence that asks', () => {
  const cases: [task: string, question: string[]][] = [
    ['Is it so? He has 4 pens. How many has he? Say it.', ['how', 'many', 'has', 'he', '?']],
    ['He has 4 pens.', []],
  ];
  for (const [task, expected] of cases)
    assert.deepEqual([...readProblem(task).question].sort(), expected.sort(), task);
});

test('features depend on the words around a number, count a word once, and are the same every time', () => {
  const problem = readProblem('Ann has 9 pens and gives 4 pens away. How many pens are left?');
  const places = (index: number) => [...numberFeatures(problem, index).indices];
  assert.deepEqual(places(0), places(0));
  assert.notDeepEqual(places(0), places(1));
  assert.throws(() => numberFeatures(problem, 2), /the task has 2 numbers, not 3/);
  const once = problemFeatures(readProblem('pens'));
  const often = problemFeatures(readProblem('pens pens'));
  assert.equal(often.indices.length, once.indices.length + 1, 'only the pair is new');
});
