import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLines } from '../../scripts/commands/submitted-lines.ts';

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

test('a broken JSON line refuses everything, by its number', () => {
  assert.throws(() => readLines('{"prompt":"a"}\n{"prompt":', undefined, {}), {
    code: 'INPUT_INVALID',
    message: /^line 2: /,
  });
});

test('a format given by hand is not guessed', () => {
  assert.deepEqual(readLines('{not json', 'lines', {}), [{ line: 1, input: { prompt: '{not json' } }]);
});
