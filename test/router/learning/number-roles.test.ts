import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statedEquations } from '../../../router/checks/equations.ts';
import { operationsIn, rolesPlayed } from '../../../router/learning/number-roles.ts';
import { readProblem } from '../../../router/learning/word-problem.ts';

function roles(task: string, answer: string): string {
  return rolesPlayed(readProblem(task).numbers, statedEquations(answer))
    .map((played) => [...played].join(' and ') || 'unused')
    .join(', ');
}

test('each given number plays the part that the stated equations give it', () => {
  const cases: [task: string, answer: string, roles: string][] = [
    ['Ann has 9 pens and 4 cups. How many things?', 'She has 9 + 4 = 13.', 'added, added'],
    ['Ann has 9 pens and loses 4. How many are left?', 'She has 9 - 4 = 5.', 'subtracted from, subtracted'],
    ['12 sweets for 3 children. How many each?', 'Each gets 12 / 3 = 4.', 'divided, divided by'],
    [
      '3 bags of 12 sweets, 5 of them red. How many?',
      'That is 3 * 12 = 36.',
      'multiplied, multiplied, unused',
    ],
    ['Ann has 9 pens. Ben has twice as many.', 'Ben has 9 * 2 = 18.', 'multiplied, multiplied'],
    ['Ann has 8 pens. Ben has half as many.', 'Ben has 8 / 2 = 4.', 'divided, divided by'],
    ['A 20% discount on $50.', 'He pays 50 * 0.8 = 40.', 'multiplied, multiplied'],
    ['A 20% discount on $50.', 'He saves 20 / 100 * 50 = 10.', 'divided, multiplied'],
    ['He buys 4 cups and 4 pens. How many?', 'That is 4 + 4 = 8.', 'added, added'],
    ['He buys 4 cups at $5.', '4 * 5 = 20, and 4 + 20 = 24.', 'multiplied and added, multiplied'],
    ['He has 7 cups.', 'He has seven cups.', 'unused'],
    ['He has one cup and 2 pens.', 'That is 1 + 2 = 3.', 'added'],
    ['Name a river.', 'The Rhine.', ''],
  ];
  for (const [task, answer, expected] of cases) assert.equal(roles(task, answer), expected, answer);
});

test('operations are counted once, a restatement is none', () => {
  const cases: [answer: string, operations: number][] = [
    ['3 * 4 = 12. 12 + 5 = 17.', 2],
    ['3 * 4 + 5 = 17', 2],
    ['3 * 4 + 5 = 12 + 5 = 17', 2],
    ['It is seventeen.', 0],
  ];
  for (const [answer, expected] of cases)
    assert.equal(operationsIn(statedEquations(answer)), expected, answer);
});
