import { type FoundNumber, numbersIn } from '../checks/numbers.ts';
import { hash } from './hashing.ts';
import type { Row } from './logistic.ts';

/** A task with numbers as its words in order, and where each number stands among them. */
export interface WordProblem {
  /** Lower case, without endings; numbers by their size; signs of money, percent and sentence ends. */
  words: readonly string[];
  /** The sentence of each word, counted from 0. */
  sentenceOf: readonly number[];
  /** The words of the last sentence that asks; empty where none does. */
  question: ReadonlySet<string>;
  numbers: readonly PlacedNumber[];
}

export interface PlacedNumber extends FoundNumber {
  /** Its place among the words. */
  at: number;
  /** What it counts: the first word behind it that is no function word, `$` or `%`; empty where there is none. */
  unit: string;
}

/** Places of the hash. Four thousand rank as well as thirty thousand on the recorded answers, in an eighth of the file. */
export const problemPlaces = 1 << 12;

/** Longer tasks are read up to here. */
const longestTask = 20_000;
const wordPattern = /\d+(?:,\d{3})*(?:\.\d+)?|\.\d+|\p{L}+|[$%?.,/]/gu;
const noUnit = new Set(
  'of the a more less times as many much and her his to in percent fewer other different'.split(' '),
);
const asksForMoney = ['$', 'much', 'cost', 'money', 'dollar', 'pay', 'earn', 'spend', 'spent'];

export function readProblem(task: string): WordProblem {
  const text = task.slice(0, longestTask);
  const found = new Map(
    numbersIn(text)
      .filter((number) => number.digits || number.value !== 1)
      .map((number) => [number.index, number]),
  );
  const words: string[] = [];
  const sentenceOf: number[] = [];
  const placed: (FoundNumber & { at: number })[] = [];
  let sentence = 0;
  for (const { 0: whole, index } of text.matchAll(wordPattern)) {
    const number = found.get(index);
    if (number !== undefined) placed.push({ ...number, at: words.length });
    words.push(/^\.?\d/.test(whole) ? sizeOf(Number(whole.replaceAll(',', ''))) : stem(whole.toLowerCase()));
    sentenceOf.push(sentence);
    if (whole === '.' || whole === '?') sentence++;
  }
  const asking = sentenceOf[words.lastIndexOf('?')];
  return {
    words,
    sentenceOf,
    question: new Set(asking === undefined ? [] : words.filter((_, at) => sentenceOf[at] === asking)),
    numbers: placed.map((number) => ({ ...number, unit: unitOf(number, words) })),
  };
}

function sizeOf(value: number): string {
  if (!Number.isInteger(value)) return '#decimal';
  return value <= 3 ? '#few' : value <= 20 ? '#some' : value <= 100 ? '#many' : '#large';
}

/** Endings of English words cut off, so far that "sold 3 boxes" and "sells a box" share their words. */
function stem(word: string): string {
  const ending = ['ing', 'ed', 'es', 's'].find((one) => word.endsWith(one) && word.length - one.length >= 3);
  return ending === undefined ? word : word.slice(0, -ending.length);
}

function unitOf({ at, percent }: { at: number; percent: boolean }, words: readonly string[]): string {
  if (percent) return '%';
  if (words[at - 1] === '$') return '$';
  return words.slice(at + 1, at + 4).find((word) => /^\p{L}/u.test(word) && !noUnit.has(word)) ?? '';
}

/** What stands around a number and what is asked: what tells which part it plays in the calculation. */
export function numberFeatures(problem: WordProblem, index: number): Row {
  const { words, sentenceOf, question, numbers } = problem;
  const number = numbers[index];
  if (number === undefined) throw new Error(`the task has ${numbers.length} numbers, not ${index + 1}`);
  const { at, unit, value } = number;
  const features = new Features();
  features.add(`self ${words[at]}`);
  if ([0.25, 0.5, 2, 3].includes(value)) features.add(`value ${value}`);
  if (number.percent) features.add('percent');
  for (let other = at - 4; other <= at + 5; other++) {
    const word = words[other];
    if (other === at || word === undefined || sentenceOf[other] !== sentenceOf[at]) continue;
    features.add(`${other < at ? 'before' : 'behind'} ${word}`);
    if (Math.abs(other - at) <= 2) features.add(`near ${word}`);
  }
  for (const [other, word] of words.entries())
    if (sentenceOf[other] === sentenceOf[at]) features.add(`sentence ${word}`, 0.5);
  for (const word of question) features.add(`asked ${word}`, 0.5);
  features.add(`numbers ${Math.min(8, numbers.length)}`);
  features.add(`rank ${Math.min(5, index)}`);
  if (index === numbers.length - 1) features.add('last number');
  const before = numbers[index - 1];
  const behind = numbers[index + 1];
  if (before !== undefined) features.add(`number before ${words[before.at]}`);
  if (behind !== undefined) features.add(`number behind ${words[behind.at]}`);
  const equal = numbers.filter((other) => other !== number && other.value === value).length;
  features.add('equal numbers', equal);
  if (unit !== '') {
    const shared = numbers.filter((other) => other !== number && other.unit === unit).length;
    features.add(`unit ${unit}`);
    features.add(`unit shared ${Math.min(3, shared)}`);
    if (before?.unit === unit) features.add('unit of the number before');
    if (behind?.unit === unit) features.add('unit of the number behind');
    if (question.has(unit)) features.add('unit asked for');
    if (unit === '$' && asksForMoney.some((word) => question.has(word))) features.add('money asked for');
  }
  return features.row();
}

/** The words of a task and of its question: what tells how long its calculation is. */
export function problemFeatures({ words, sentenceOf, question, numbers }: WordProblem): Row {
  const features = new Features();
  for (const word of new Set(words)) features.add(`word ${word}`);
  const asking = sentenceOf[words.lastIndexOf('?')];
  const pairs = new Map<string, number>();
  for (const [at, word] of words.entries()) {
    const next = words[at + 1];
    if (next === undefined) continue;
    pairs.set(`pair ${word} ${next}`, 0.5);
    if (asking !== undefined && sentenceOf[at] === asking && sentenceOf[at + 1] === asking)
      pairs.set(`asked pair ${word} ${next}`, 0.7);
  }
  for (const [pair, value] of pairs) features.add(pair, value);
  for (const word of question) features.add(`asked ${word}`);
  features.add('numbers', numbers.length / 3);
  features.add(`numbers ${Math.min(9, numbers.length)}`);
  features.add('length', words.length / 50);
  return features.row();
}

/** Each feature once, however often its word stands there; two that share a place add up. */
class Features {
  readonly #values = new Map<string, number>();

  add(name: string, value = 1): void {
    if (value !== 0) this.#values.set(name, value);
  }

  row(): Row {
    const places = new Map<number, number>();
    for (const [name, value] of this.#values) {
      const place = hash(name) % problemPlaces;
      places.set(place, (places.get(place) ?? 0) + value);
    }
    return { indices: Int32Array.from(places.keys()), values: Float64Array.from(places.values()) };
  }
}
