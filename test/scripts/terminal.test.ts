import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnsOf, cut, jsonLine, safeLine, safeText } from '../../scripts/terminal/safe-text.ts';
import { tableLines } from '../../scripts/terminal/table.ts';
import { actionCost, ago, duration } from '../../scripts/terminal/words.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that must not get through
const dangerous = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

test('escape sequences and direction overrides in stored text become visible signs', () => {
  assert.equal(safeText('\u001b]0;owned\u0007x'), '␛]0;owned␇x');
  assert.equal(safeText('a\u202eb'), 'a\ufffdb');
  assert.equal(safeText('line one\r\nline two\tend'), 'line one\nline two\tend');
});

test('no text at all gets a control character to the terminal, and JSON stays the same value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.doesNotMatch(safeText(text), dangerous);
      const line = jsonLine({ text });
      assert.doesNotMatch(line, dangerous);
      assert.deepEqual(JSON.parse(line), { text });
    }),
  );
});

test('a cut text is never wider than asked, wide characters counted as two', () => {
  assert.equal(columnsOf('日本'), 4);
  assert.equal(cut('日本語', 5), '日本…');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, width) => {
      assert.ok(columnsOf(safeLine(text, width)) <= width);
    }),
  );
});

test('a table lines up and gives its flexible column what the screen has left', () => {
  const rows = [
    { name: 'a', text: 'short', n: 1 },
    { name: 'bbb', text: 'a very long text that does not fit', n: 22 },
  ];
  const lines = tableLines(
    rows,
    [
      { title: 'NAME', value: (row) => row.name },
      { title: 'N', value: (row) => String(row.n), align: 'right' },
      { title: 'TEXT', value: (row) => row.text, flexible: true },
    ],
    30,
  );
  assert.deepEqual(lines, ['NAME   N  TEXT', 'a      1  short', 'bbb   22  a very long text th…']);
});

test('times are said in the unit that suits them', () => {
  assert.deepEqual(
    [340, 2400, 65_000, 7_800_000].map((ms) => duration(ms)),
    ['340 ms', '2.4 s', '1 min 5 s', '2 h 10 min'],
  );
  const now = Date.parse('2026-11-21T12:00:00Z');
  assert.equal(ago('2026-11-21T11:59:30Z', now), '30 s ago');
  assert.equal(ago('2026-11-19T11:00:00Z', now), '2026-11-19');
});

test('a root with children shows what its tree cost, any other action its own calls', () => {
  assert.deepEqual(actionCost({ cost_usd: 1, tree_cost_usd: 3 }), { cost: '$3.00', ofTree: true });
  assert.deepEqual(actionCost({ cost_usd: 1, tree_cost_usd: 1 }), { cost: '$1.00', ofTree: false });
  assert.deepEqual(actionCost({ cost_usd: 1, tree_cost_usd: null }), { cost: '$1.00', ofTree: false });
});
