import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ThinkTagSplitter } from '../../../router/providers/think-tags.ts';

function split(pieces: readonly string[], mayBeOpen: boolean): { text: string; reasoning: string } {
  const splitter = new ThinkTagSplitter({ mayBeOpen });
  const deltas = [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
  const join = (kind: string) =>
    deltas.map((delta) => (delta.kind === kind && 'text' in delta ? delta.text : '')).join('');
  return { text: join('text'), reasoning: join('reasoning') };
}

/** Cuts a text at the given places. */
function cutAt(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  return [...places, text.length].map((end, index) => text.slice(places[index - 1] ?? 0, end));
}

const cases: readonly { whole: string; mayBeOpen: boolean; text: string; reasoning: string }[] = [
  { whole: '<think>a\nb</think>\n\nanswer', mayBeOpen: false, reasoning: 'a\nb', text: 'answer' },
  { whole: '\n<think></think>answer', mayBeOpen: true, reasoning: '', text: 'answer' },
  { whole: 'thoughts</think>answer', mayBeOpen: true, reasoning: 'thoughts', text: 'answer' },
  { whole: 'just an answer', mayBeOpen: true, reasoning: '', text: 'just an answer' },
  { whole: 'thoughts</think>answer', mayBeOpen: false, reasoning: '', text: 'thoughts</think>answer' },
  { whole: 'about <think> tags', mayBeOpen: false, reasoning: '', text: 'about <think> tags' },
  { whole: '<thin', mayBeOpen: false, reasoning: '', text: '<thin' },
  { whole: '<think>never closed </thi', mayBeOpen: false, reasoning: 'never closed </thi', text: '' },
  { whole: '<think>a</think>b<think>c</think>', mayBeOpen: false, reasoning: 'a', text: 'b<think>c</think>' },
];

for (const row of cases) {
  test(`${JSON.stringify(row.whole)}${row.mayBeOpen ? ' of a thinking model' : ''} is split alike at any cut`, () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { maxLength: 8 }), (cuts) => {
        assert.deepEqual(split(cutAt(row.whole, cuts), row.mayBeOpen), {
          text: row.text,
          reasoning: row.reasoning,
        });
      }),
    );
  });
}

test('once reasoning came in its own field, text is text', () => {
  const splitter = new ThinkTagSplitter({ mayBeOpen: true });
  splitter.nativeReasoning();
  assert.deepEqual(splitter.push('answer'), [{ kind: 'text', text: 'answer' }]);
});
