import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLines, refusedLines } from '../../scripts/commands/submitted-lines.ts';

test('plain lines are one objective each; empty lines and comments are skipped, numbers stay', () => {
  assert.deepEqual(readLines('\ufefffirst\r\n\n# not this\n  second  \n', undefined, { tags: ['x'] }), [
    { line: 1, input: { tags: ['x'], prompt: 'first' } },
    { line: 4, input: { tags: ['x'], prompt: 'second' } },
  ]);
});

test('for an agent a line is its objective', () => {
  assert.deepEqual(readLines('write a report', undefined, { type: 'agent' }), [
    { line: 1, input: { type: 'agent', objective: 'write a report' } },
  ]);
});

test('JSON lines are recognised by the first one; what a line says wins over the flags', () => {
  assert.deepEqual(readLines('{"prompt":"a","priority":1}\n\n"b"', undefined, { priority: 9 }), [
    { line: 1, input: { priority: 1, prompt: 'a' } },
    { line: 3, input: { priority: 9, prompt: 'b' } },
  ]);
});

test('a broken JSON line keeps its place with its fault, and hides no other', () => {
  const read = readLines('{"prompt":"a"}\n{"prompt":\n{"promt":"b"}', undefined, {});
  assert.deepEqual(
    read.map(({ line, fault }) => [line, fault?.slice(0, 8)]),
    [
      [1, undefined],
      [2, 'not JSON'],
      [3, undefined],
    ],
  );
});

test('what is refused is named in the order of the lines, and each fault by itself', () => {
  const faults = [
    { field: 'tier', message: 'tier: "x"', line: 7 },
    { field: '', message: 'not JSON', line: 2 },
  ];
  const refused = refusedLines(faults, true);
  assert.equal(refused.message, 'line 2: not JSON\nline 7: tier: "x"\nnothing was submitted');
  assert.deepEqual(
    refused.faults?.map(({ line }) => line),
    [2, 7],
  );
  assert.doesNotMatch(refusedLines(faults, false).message, /nothing was submitted/);
});

test('a format given by hand is not guessed', () => {
  assert.deepEqual(readLines('{not json', 'lines', {}), [{ line: 1, input: { prompt: '{not json' } }]);
});
