import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demandsOf } from '../../../router/classify/demands.ts';
import { readText } from '../../../router/classify/read-text.ts';
import { taskOf } from '../../../router/classify/tasks.ts';
import { classify } from '../../../router/classify.ts';
import { aRequest } from '../support.ts';

const log = `${'2026-01-02 03:04:05 INFO replication of the distributed architecture: deadlock, failover, consensus\n'.repeat(40)}`;
const complexityOf = (prompt: string) => classify(aRequest(prompt)).complexity;

test('what is pasted does not make a look-up hard, however long it is and whatever it speaks of', () => {
  for (const instruction of [
    'What is the first line of this log?',
    'Which service wrote these lines?',
    'Does the word "panic" occur below? Answer yes or no.',
    'How many lines does this log have?',
    'List the dates in this log.',
    'Translate to French:',
  ]) {
    assert.equal(complexityOf(`${instruction}\n\n${log}`), 'simple', instruction);
  }
});

test('a hard instruction stays hard before and after pasted material', () => {
  const hard = 'Find the root cause of the intermittent failures and argue that your fix cannot lose data.';
  assert.equal(complexityOf(`${hard}\n\n${log}`), 'complex');
  assert.equal(complexityOf(`${log}\n\n${hard}`), 'complex');
  assert.equal(complexityOf(`Here is a log.\n\n${log}\n\n${hard}`), 'complex');
});

test('a simple form of words with a hard matter in it is no task of one step', () => {
  for (const prompt of [
    'Give the invariants of a lock-free queue and prove that they hold.',
    'List every race condition in our distributed scheduler and rule each out.',
    'What is the lower bound for comparison sorting? Prove it.',
    'Simple question: can you make it linearizable without losing availability?',
  ]) {
    assert.notEqual(complexityOf(prompt), 'simple', prompt);
  }
});

test('the form of the instruction is recognised in several languages', () => {
  const table: ReadonlyArray<[string, 'simple' | 'ordinary' | undefined]> = [
    ['Sort these names: Zoe, Adam, Mia', 'simple'],
    ['Sortiere alphabetisch: Zoe, Adam, Mia', 'simple'],
    ['Trie ces noms : Zoe, Adam, Mia', 'simple'],
    ['Ordena estos nombres: Zoe, Adam, Mia', 'simple'],
    ['Make this sentence more polite: give me that', 'simple'],
    ['docker command to remove stopped containers?', 'simple'],
    ['Write a commit message for a fixed typo in the README', 'simple'],
    ['Write a Python function that merges two sorted lists and keeps duplicates', 'ordinary'],
    ['Schreibe eine Funktion, die Duplikate entfernt und die Reihenfolge behält', 'ordinary'],
    ['Explain what an index is to a beginner', 'ordinary'],
    ['Tell me about dogs', undefined],
    ['the blue one?', undefined],
    ['go on', undefined],
  ];
  for (const [prompt, kind] of table) assert.equal(taskOf(readText(prompt))?.kind, kind, prompt);
});

test('a word problem that ends in a short question is not a look-up', () => {
  const problem =
    'Hi! Could you please help me with this: Ann has twelve apples and gives half of them to Bob, who eats two. How many apples has Bob now? Thanks a lot!';
  assert.notEqual(taskOf(readText(problem))?.kind, 'simple');
});

test('each demand is named, and many count no more than three', () => {
  assert.equal(demandsOf('Write a birthday card'), undefined);
  assert.match(demandsOf('Discuss the trade-offs.')?.evidence ?? '', /trade-offs/);
  const many = demandsOf('trade-offs, hypotheses, quorum, crdt, forensic, starvation, invariants');
  assert.equal(many?.evidence.split(', ').length, 3);
});
