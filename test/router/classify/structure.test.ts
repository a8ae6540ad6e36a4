import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countStructure } from '../../../router/classify/structure.ts';

function layoutOf(text: string): (name: string) => number {
  const features = new Map<string, number>();
  countStructure(features, text);
  return (name) => features.get(`layout: ${name}`) ?? 0;
}

/** What `Math.log1p(count)` was taken of. */
const counted = (value: number): number => Math.round(Math.expm1(value));

test('list items are lines that begin with a bullet or a number, not hyphens and figures elsewhere', () => {
  const cases: ReadonlyArray<[text: string, items: number]> = [
    ['- one\n- two\n  * three\n• four', 4],
    ['1. one\n2) two\n10. ten', 3],
    ['a - b\n3 apples\n1.5 litres\n-5 degrees\nwell-known', 0],
    ['', 0],
  ];
  for (const [text, items] of cases) assert.equal(counted(layoutOf(text)('list items')), items, text);
});

test('lines, words, questions, figures, commas and capitals are counted in any script', () => {
  const layout = layoutOf('Why does the API of NASA fail?\nIt took 12 ms, then 3,400 ms; now what？');
  assert.equal(counted(layout('lines')), 2);
  assert.equal(counted(layout('question marks')), 2);
  assert.equal(counted(2 * layout('words in capitals')), 2);
  assert.equal(counted(2 * layout('figures')), 3);
  assert.equal(counted(2 * layout('commas')), 3);
  // Chinese has no spaces: each character counts.
  assert.equal(counted(2 * layoutOf('翻译这个句子')('words')), 6);
});

test('the share of signs of code does not depend on how long the text is', () => {
  const code = 'if (a[0] <= b) { c = {}; }\n';
  const once = layoutOf(code)('signs of code');
  assert.ok(once > 0.3);
  assert.ok(Math.abs(layoutOf(code.repeat(40))('signs of code') - once) < 0.02);
  assert.equal(layoutOf('no code here')('signs of code'), 0);
});
