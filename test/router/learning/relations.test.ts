import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statedEquations } from '../../../router/checks/equations.ts';
import { relationsOf } from '../../../router/learning/relations.ts';

test('words and operations that contradict each other are counted, and only those', () => {
  const cases: [task: string, answer: string, contradictions: number][] = [
    ['Ann has 9 pens. Ben has 4 fewer pens. How many has Ben?', 'Ben has 9 + 4 = 13 pens.', 1],
    ['Ann has 9 pens. Ben has 4 fewer pens. How many has Ben?', 'Ben has 9 - 4 = 5 pens.', 0],
    [
      'Ann has 9 pens, 4 fewer than Ben. How many have they?',
      'Ben has 9 + 4 = 13. 13 + 9 = 22, 22 - 4 = 18.',
      0,
    ],
    ['Ann is 30. Ben is 1,200 days older. How old is he?', 'That is 30 - $1,200 = -1170.', 1],
    ['Ann is 30. Ben is 12 years older. How old is he?', 'He is 30 + 12 = 42.', 0],
    ['Ann has 9 pens, Ben 4. How many more has Ann?', 'They have 9 + 4 = 13.', 1],
    ['Ann has 9 pens, Ben 4. How many more has Ann?', 'She has 9 - 4 = 5 more.', 0],
    ['What is the difference between 9 and 4?', 'It is five.', 0],
    ['Name a river.', 'The Rhine.', 0],
    ['', '', 0],
  ];
  for (const [task, answer, contradictions] of cases)
    assert.equal(relationsOf(task, answer, statedEquations(answer)).contradictions, contradictions, answer);
});

test('a question for what was there before is told from one for what is there now', () => {
  const cases: [task: string, expected: boolean][] = [
    ['He gave 3 away and has 5. How many had he at first?', true],
    ['He gave 3 away and has 5. What was the original number? Say it.', true],
    ['He had 8 before. He gave 3 away. How many has he now?', false],
    ['Name a river.', false],
  ];
  for (const [task, expected] of cases) assert.equal(relationsOf(task, '', []).asksForStart, expected, task);
});
