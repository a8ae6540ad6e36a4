import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { endsOf, letterPlaces, readLetters } from '../../../router/classify/letters.ts';

test('a text is read as the runs of up to six letters within its words, their ends included', () => {
  // " ab ": " ", " a", " ab", " ab ", "a", "ab", "ab ", "b", "b "
  assert.equal(readLetters('ab').occurrences.length, 9);
  // No run goes over the end of a word: those of "ab cd" are those of both words.
  const both = new Set(readLetters('ab cd').places);
  assert.deepEqual(both, new Set([...readLetters('ab').places, ...readLetters('cd').places]));
});

test('spaces and line breaks between words change nothing', () => {
  const { places, values } = readLetters('fix the login page');
  const other = readLetters('  fix\n\tthe   login\u00a0page ');
  assert.deepEqual([other.places, other.values], [places, values]);
});

test('other forms of a word share most of their runs, another word hardly any', () => {
  const shared = (one: string, other: string): number => {
    const places = new Set(readLetters(other).places);
    const runs = [...readLetters(one).places];
    return runs.filter((place) => places.has(place)).length / runs.length;
  };
  assert.ok(shared('migration', 'migrations') > 0.8);
  assert.ok(shared('migration', 'migrated') > 0.5);
  assert.ok(shared('migration', 'lunch') < 0.15);
});

test('values are of length 1, places are places, every occurrence belongs to a run and to a word', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
      const runs = readLetters(endsOf(text));
      const length = Math.sqrt(runs.values.reduce((sum, value) => sum + value * value, 0));
      if (runs.places.length > 0) assert.ok(Math.abs(length - 1) < 1e-3);
      assert.equal(new Set(runs.places).size, runs.places.length);
      assert.ok(runs.places.every((place) => place < letterPlaces));
      assert.ok(runs.occurrences.every((run) => run < runs.places.length));
      assert.ok(runs.occurredIn.every((word) => word < runs.words));
      assert.equal(
        runs.counts.reduce((sum, count) => sum + count, 0),
        runs.occurrences.length,
      );
      // Reading leaves nothing behind for the next text.
      assert.deepEqual(readLetters('ab').places.length, 9);
    }),
  );
});

test('of a long text the beginning and the end are read', () => {
  const text = `begin ${'x '.repeat(5_000)} end`;
  const read = endsOf(text);
  assert.ok(read.length < 1_400 && read.startsWith('begin') && read.endsWith('end'));
});
