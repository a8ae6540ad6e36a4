import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeEntry } from '../../memory/entries.ts';
import { meanRecall, readQuestions } from '../../memory/recall.ts';
import { searchEntries } from '../../memory/search.ts';
import type { NewEntry } from '../../memory/types/entries.ts';
import { embeddingState, entriesToEmbed, storeEmbeddings } from '../../memory/vectors.ts';
import { noon } from './temporary-memory.ts';
import { temporaryStore } from './temporary-store.ts';

test('words are ranked by how rare and how many they are, not by age', (t) => {
  const store = temporaryStore(t);
  const write = (text: string, fields: Partial<NewEntry> = {}) =>
    store.transaction(() => writeEntry(store, { entry: { type: 'f', text, ...fields }, now: noon }));
  write('The login service signs its tokens with RS256');
  for (let index = 0; index < 300; index += 1) write(`The service number ${index} restarts at night`);
  write('Café tokens are blue', { topic: 'colours' });
  const found = (text: string) =>
    searchEntries(store, { text, limit: 3, now: noon }).map((result) => result.entry.text);
  assert.equal(
    found('how does the service sign tokens?')[0],
    'The login service signs its tokens with RS256',
  );
  assert.equal(found('"login service"')[0], 'The login service signs its tokens with RS256');
  assert.equal(found('cafe')[0], 'Café tokens are blue');
  assert.equal(found('colours')[0], 'Café tokens are blue');
  assert.equal(found('RS2*')[0], 'The login service signs its tokens with RS256');
  assert.deepEqual(found('"" * () AND'), []);
  assert.deepEqual(found('xylophone'), []);
});

test('vectors find what words do not, and both are fused', (t) => {
  const store = temporaryStore(t);
  const texts = ['The cat sleeps on the sofa', 'Felines rest on furniture', 'Invoices are due in May'];
  store.transaction(() => texts.map((text) => writeEntry(store, { entry: { type: 'f', text }, now: noon })));
  assert.deepEqual(embeddingState(store, 'm'), { model: undefined, embedded: 0, missing: 3 });
  const meaning: Record<string, number[]> = {
    'The cat sleeps on the sofa': [0.9, 0.1, -0.2, 0.5],
    'Felines rest on furniture': [0.8, 0.2, -0.1, 0.4],
    'Invoices are due in May': [-0.7, 0.9, 0.3, -0.6],
  };
  const vectors = entriesToEmbed(store, 'm', 10).map(({ id, text }) => ({ id, vector: meaning[text] ?? [] }));
  assert.equal(
    store.transaction(() => storeEmbeddings(store, { model: 'm', vectors })),
    3,
  );
  assert.deepEqual(embeddingState(store), { model: 'm', embedded: 3, missing: 0 });
  const results = searchEntries(store, { text: 'cat', vector: [0.9, 0.1, -0.2, 0.5], limit: 2, now: noon });
  assert.deepEqual(
    results.map((result) => [result.entry.text, result.wordRank, result.vectorRank]),
    [
      ['The cat sleeps on the sofa', 1, 1],
      ['Felines rest on furniture', undefined, 2],
    ],
  );
  // Another model with another length takes over, entry by entry.
  assert.equal(entriesToEmbed(store, 'n', 10).length, 3);
  store.transaction(() =>
    storeEmbeddings(store, { model: 'n', vectors: [{ id: 3, vector: new Array(384).fill(0.1) }] }),
  );
  assert.equal(entriesToEmbed(store, 'n', 10).length, 2);
  assert.equal(
    searchEntries(store, { text: '', vector: new Array(384).fill(0.1), limit: 5, now: noon }).length,
    1,
  );
  assert.equal(
    searchEntries(store, { text: '', vector: [-0.7, 0.9, 0.3, -0.6], limit: 5, now: noon }).length,
    2,
  );
});

test('of our own questions, nearly all find their entry among ten by words alone', (t) => {
  const store = temporaryStore(t);
  const lines = readFileSync(join(import.meta.dirname, 'search-pairs.jsonl'), 'utf8')
    .trimEnd()
    .split('\n');
  const pairs = lines.map((line): { text: string; question: string } => JSON.parse(line));
  assert.ok(pairs.length >= 200);
  store.transaction(() =>
    pairs.map(({ text }) => writeEntry(store, { entry: { type: 'f', text }, now: noon })),
  );
  const found = readQuestions(lines.join('\n'), 'search-pairs.jsonl').map(({ question, matches }) =>
    searchEntries(store, { text: question, limit: 10, now: noon }).some((result) => matches(result.entry)),
  );
  const { recall, low, high } = meanRecall(found);
  t.diagnostic(
    `recall@10 ${recall.toFixed(3)}, 95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}, ${found.length} questions`,
  );
  assert.ok(recall > 0.9, `recall@10 is ${recall}`);
});
