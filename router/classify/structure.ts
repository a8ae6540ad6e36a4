/** How a prompt is laid out: its lines, list items, questions and signs, whatever its words say. */
import { isIdeograph, isLetter } from './concepts.ts';

/** What is read at most, in characters: the beginning of a prompt shows its layout. */
const longest = 2_000;

const questionMarks = codesOf('?？');
const commas = codesOf(',;，；、');
const bullets = codesOf('-*•');
const signs = codesOf('{}[]<>=|#');

/** Adds the counts to `features`, logarithms mostly: the second list item says more than the twentieth. */
export function countStructure(features: Map<string, number>, text: string): void {
  const end = Math.min(text.length, longest);
  const count = {
    lines: 1,
    listItems: 0,
    words: 0,
    capitals: 0,
    figures: 0,
    questions: 0,
    commas: 0,
    signs: 0,
  };
  let atLineStart = true;
  let before: 'letter' | 'digit' | 'other' = 'other';
  let capitalsInWord = 0;
  for (let at = 0; at < end; at += 1) {
    const code = text.charCodeAt(at);
    if (isLetter(code)) {
      if (before !== 'letter' || isIdeograph(code)) count.words += 1;
      capitalsInWord = code >= 65 && code <= 90 ? capitalsInWord + 1 : 0;
      if (capitalsInWord === 2) count.capitals += 1;
      before = 'letter';
      atLineStart = false;
      continue;
    }
    capitalsInWord = 0;
    if (code >= 48 && code <= 57) {
      if (before !== 'digit') count.figures += 1;
      if (atLineStart && before !== 'digit' && isNumberedItem(text, at)) count.listItems += 1;
      before = 'digit';
      continue;
    }
    before = 'other';
    if (code === 10) {
      count.lines += 1;
      atLineStart = true;
      continue;
    }
    if (atLineStart && bullets.has(code) && text.charCodeAt(at + 1) <= 32) count.listItems += 1;
    if (code > 32) atLineStart = false;
    if (questionMarks.has(code)) count.questions += 1;
    else if (commas.has(code)) count.commas += 1;
    else if (signs.has(code)) count.signs += 1;
  }
  features.set('layout: list items', Math.log1p(count.listItems));
  features.set('layout: lines', Math.log1p(count.lines));
  features.set('layout: characters', Math.log1p(text.length) / 2);
  features.set('layout: words', Math.log1p(count.words) / 2);
  features.set('layout: question marks', Math.log1p(count.questions));
  features.set('layout: figures', Math.log1p(count.figures) / 2);
  features.set('layout: commas', Math.log1p(count.commas) / 2);
  features.set('layout: words in capitals', Math.log1p(count.capitals) / 2);
  features.set('layout: signs of code', (3 * count.signs) / Math.max(1, end));
  for (const most of [80, 150, 400, 800])
    if (text.length > most) features.set(`layout: more than ${most} characters`, 1);
}

/** `1. ` or `12) `. */
function isNumberedItem(text: string, from: number): boolean {
  let at = from;
  while (text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at += 1;
  return (text[at] === '.' || text[at] === ')') && text.charCodeAt(at + 1) <= 32;
}

function codesOf(characters: string): ReadonlySet<number> {
  return new Set(Array.from(characters, (one) => one.charCodeAt(0)));
}
