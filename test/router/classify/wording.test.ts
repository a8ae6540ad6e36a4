import assert from 'node:assert/strict';
import { test } from 'node:test';
import { letterPlaces, readLetters } from '../../../router/classify/letters.ts';
import { readText } from '../../../router/classify/read-text.ts';
import { signalsOf } from '../../../router/classify/signals.ts';
import {
  complexityOfWording,
  confidenceOfWording,
  judgeWith,
  percentages,
  type TaskModel,
} from '../../../router/classify/task-model.ts';
import { readWording } from '../../../router/classify/wording.ts';
import { classify, viewOf } from '../../../router/classify.ts';
import { aRequest } from '../support.ts';

function wordingOf(text: string) {
  const facts = readText(text);
  return readWording(text, facts, viewOf(signalsOf(facts)));
}

test('the same task is the same concept in several languages, with and without accents', () => {
  for (const text of [
    'Translate this: hello',
    'Übersetze das: hallo',
    'Ubersetze das: hallo',
    'Traduis ceci : bonjour',
    'Przetłumacz to: cześć',
    'Переведи на английский: привет',
    '翻译：你好',
  ]) {
    assert.ok(wordingOf(text).features.has('asked translate'), text);
  }
});

test('what is told before a small thing is asked is not what is asked', () => {
  const { features } = wordingOf(
    'Our migration of the distributed database was exhausting. What is a synonym for tired?',
  );
  assert.ok(features.has('asked small_text'));
  assert.ok(!features.has('asked migrate') && !features.has('asked distributed'));
  assert.ok(features.has('asks only for small things'));
});

test('what follows the colon of a task done to a text is that text, not the task', () => {
  const { features } = wordingOf('Translate to French: we design a distributed system');
  assert.ok(features.has('command translate') && features.has('listed distributed'));
  assert.ok(!features.has('asked design') && !features.has('asked distributed'));
});

test('pasted logs and tables are told apart from the instruction, before it and after it', () => {
  const log = '2026-02-11 08:14:02 billing ERROR deadlock detected\n2026-02-11 08:14:09 auth INFO ok';
  for (const text of [
    `Which service wrote the last line?\n\n${log}`,
    `${log}\n\nWhich service wrote the last line?`,
  ]) {
    const { features } = wordingOf(text);
    assert.ok(features.has('has pasted material'), text);
    assert.ok(!features.has('asked concurrency'), text);
  }
});

test('a text that names nothing known, and a word problem, are left to the rules', () => {
  for (const text of ['yes', 'go on', 'the blue one', '好的', '']) assert.equal(wordingOf(text).tells, false);
  const problem =
    'Mia picks 14 apples and twice as many pears in the afternoon. She gives a third of them to 2 friends. How many has she left?';
  assert.equal(wordingOf(problem).isWordProblem, true);
  assert.ok(classify(aRequest(problem)).signals.every((signal) => signal.name !== 'wording'));
  assert.equal(wordingOf('Design a distributed cache').tells, true);
});

const noLetters = { scale: [0, 0] as [number, number], weights: new Int8Array(2 * letterPlaces) };

test('simple is said only where complex is nearly excluded, and not by one of the two models alone', () => {
  const runs = readLetters('');
  const nothing = {
    features: new Map<string, number>(),
    letters: { instruction: runs, prompt: runs },
    tells: true,
    isWordProblem: false,
  };
  const said = (atLeastModerate: number, complex: number) => {
    const model: TaskModel = {
      format: 'swarmd-task-model',
      version: 2,
      provenance: { learnedAt: '', source: '', sha256: '', prompts: 0 },
      intercept: [atLeastModerate, complex],
      features: {},
      letters: { instruction: noLetters, prompt: noLetters },
    };
    return complexityOfWording(judgeWith(model, nothing));
  };
  assert.equal(said(-0.5, -6), 'simple');
  assert.equal(said(-0.5, -2), 'moderate');
  // What is surely not even moderate cannot be complex.
  assert.equal(said(-6, -2), 'simple');
  assert.equal(said(3, -6), 'moderate');
  assert.equal(said(-0.5, 2), 'complex');
});

test('the letters of a word that was never listed move the chances, and the word is named', () => {
  const letters = readLetters('frobnicate the cat');
  const weights = new Int8Array(2 * letterPlaces);
  for (const place of readLetters('frobnicate').places) weights[place] = 100;
  const model: TaskModel = {
    format: 'swarmd-task-model',
    version: 2,
    provenance: { learnedAt: '', source: '', sha256: '', prompts: 0 },
    intercept: [-1, -6],
    features: {},
    letters: { instruction: { scale: [0.01, 0.01], weights }, prompt: noLetters },
  };
  const judged = judgeWith(model, {
    features: new Map(),
    letters: { instruction: letters, prompt: letters },
    tells: true,
    isWordProblem: false,
  });
  assert.ok(judged.atLeastModerate > 0.6, String(judged.atLeastModerate));
  assert.match(judged.evidence, /^"frobnicate"/);
});

test('the signal tells the chances and what spoke for them, and moves nothing where the rules agree', () => {
  const found = classify(aRequest('Design a distributed rate limiter that tolerates network partitions'));
  const wording = found.signals.find((signal) => signal.name === 'wording');
  assert.match(wording?.evidence ?? '', /^simple \d+ %, moderate \d+ %, complex \d+ %: .+/);
  assert.equal(wording?.weight, 0);
  const choices = classify(aRequest('Which is prime?\nA. 4\nB. 7\nC. 9\nD. 12'));
  assert.ok(choices.signals.every((signal) => signal.name !== 'wording'));
});

test('the three chances are one hundred percent, and two models that contradict each other are not sure', () => {
  const judged = (atLeastModerate: number, complex: number) => ({ atLeastModerate, complex, evidence: '' });
  assert.deepEqual(percentages(judged(0.54, 0.98)), [2, 0, 98]);
  assert.deepEqual(percentages(judged(0.8, 0.1)), [20, 70, 10]);
  for (const [moderate, complex] of [
    [0.005, 0.005],
    [0.333, 0.333],
    [0.995, 0.995],
  ] as const)
    assert.equal(
      percentages(judged(moderate, complex)).reduce((sum, one) => sum + one, 0),
      100,
    );
  assert.ok(confidenceOfWording(judged(0.54, 0.98)) < 0.4);
  assert.ok(confidenceOfWording(judged(0.99, 0.98)) > 0.9);
});
