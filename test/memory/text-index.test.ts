import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { ask } from '../../memory/ask.ts';
import { runBatch } from '../../memory/batch.ts';
import { fold } from '../../memory/contains.ts';
import { supersedeEntry } from '../../memory/curate.ts';
import { openStore, type Store } from '../../memory/database.ts';
import { insertEntry } from '../../memory/entries.ts';
import { parseQuery } from '../../memory/grammar.ts';
import { checkHealth } from '../../memory/health.ts';
import { migrate } from '../../memory/migrations.ts';
import { prune } from '../../memory/retention.ts';
import { noon, temporaryDirectory } from './temporary-memory.ts';
import { temporaryStore } from './temporary-store.ts';

/** What the filter finds, and what reading every entry finds. */
function bothWays(store: Store, needle: string): { found: number[]; read: number[] } {
  const answer = ask(store, parseQuery([`text=${needle}`, 'limit=-1', 'status=any'], noon), { now: noon });
  const found = answer.kind === 'entries' ? answer.entries.map((entry) => entry.id) : [];
  const rows = store.all<{ id: number; text: string }>('select id, text from entries');
  const read = rows.filter(({ text }) => fold(text).includes(fold(needle))).map(({ id }) => id);
  return { found: found.toSorted((a, b) => a - b), read };
}

function assertSound(store: Store): void {
  for (const check of checkHealth(store, true)) assert.ok(check.ok, `${check.name}: ${check.detail}`);
}

test('the text index folds every character as the comparison without it does', (t) => {
  const store = temporaryStore(t);
  store.sqlite.exec(`
    create virtual table temp.letters using fts5 (text, content = '', tokenize = 'trigram');
    create virtual table temp.terms using fts5vocab (temp, letters, instance)`);
  store.transaction(() => {
    for (let code = 1; code < 0x20000; code += 1) {
      const surrogate = code >= 0xd800 && code < 0xe000;
      // Two that are no characters, and are never asked of the index.
      if (surrogate || code === 0xfffe || code === 0xffff) continue;
      store.run(
        'insert into temp.letters (rowid, text) values (?, ?)',
        code,
        `--${String.fromCodePoint(code)}`,
      );
    }
  });
  const different = store
    .all<{ term: string; doc: number }>('select term, doc from temp.terms')
    .filter(({ term, doc }) => fold(String.fromCodePoint(doc)) !== term.slice(2));
  assert.deepEqual(different, []);
});

type Step =
  | { kind: 'write'; texts: readonly string[] }
  | { kind: 'import'; text: string; id: number }
  | { kind: 'supersede'; text: string; pick: number }
  | { kind: 'prune'; needle: string }
  | { kind: 'edit'; text: string; pick: number }
  | { kind: 'undone'; texts: readonly string[] };

const letter = fc.constantFrom('a', 'B', 'b', 'ß', 'Σ', 'ς', 'σ', 'İ', 'É', ' ', '"', '😀', '\0', '\ud83d');
const text = fc.string({ unit: letter, minLength: 1, maxLength: 12 }).filter((value) => value.trim() !== '');
const texts = fc.array(text, { minLength: 1, maxLength: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), texts }) },
  fc.record({ kind: fc.constant('import' as const), text, id: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('supersede' as const), text, pick: fc.nat() }),
  fc.record({ kind: fc.constant('prune' as const), needle: text }),
  fc.record({ kind: fc.constant('edit' as const), text, pick: fc.nat() }),
  fc.record({ kind: fc.constant('undone' as const), texts }),
);

function take(store: Store, step: Step): void {
  const ids = store.all<{ id: number }>('select id from entries').map((row) => row.id);
  const picked = (pick: number) => ids[pick % ids.length] ?? 0;
  const write = (texts: readonly string[]) =>
    runBatch(
      store,
      // Every third fails in its savepoint and takes what it did back.
      texts.map((text, index) => ({
        name: 'writeEntry' as const,
        input: { entry: { type: index % 3 === 2 ? 'no type' : 'f', text }, now: noon },
      })),
    );
  switch (step.kind) {
    case 'write':
      write(step.texts);
      return;
    case 'import':
      if (ids.includes(step.id)) return;
      store.transaction(() => insertEntry(store, { type: 'f', text: step.text }, noon, step.id));
      return;
    case 'supersede':
      runBatch(store, [
        { name: 'supersedeEntry', input: { id: picked(step.pick), by: { text: step.text }, now: noon } },
      ]);
      return;
    case 'prune': {
      // Written and dropped in one transaction: one entry before it is in any index.
      const only = { sql: ['contains_text(text, @needle)'], parameters: { needle: step.needle } };
      store.transaction(() => {
        insertEntry(store, { type: 'f', text: step.needle }, noon);
        prune(store, { now: noon + 1, days: 0, only, batch: 1000 });
      });
      return;
    }
    case 'edit':
      store.run(
        'update entries set text = ?, exact = null where id = ?',
        step.text.toWellFormed(),
        picked(step.pick),
      );
      return;
    case 'undone':
      assert.throws(() =>
        store.transaction(() => {
          for (const text of step.texts) insertEntry(store, { type: 'f', text }, noon);
          supersedeEntry(store, { id: -1, byId: -2, now: noon });
        }),
      );
  }
}

test('whatever is written, imported, pruned or undone, a search finds what reading every entry finds', (t) => {
  const store = temporaryStore(t);
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 8 }),
      fc.array(text, { minLength: 3, maxLength: 3 }),
      (steps, needles) => {
        for (const one of steps) take(store, one);
        for (const needle of needles) {
          if (!needle.isWellFormed()) continue;
          const { found, read } = bothWays(store, needle);
          assert.deepEqual(found, read, JSON.stringify(needle));
        }
        assertSound(store);
      },
    ),
    { numRuns: 200 },
  );
});

test('a transaction that was cut off by kill -9 leaves entries and text indexes that agree', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const first = openStore(path, { mode: 'write', busyTimeoutMs: 1000 });
  migrate(first);
  first.close();
  for (let round = 0; round < 4; round += 1) await writeUntilKilled(t, path, 60 + 40 * round);
  const store = openStore(path, { mode: 'write', busyTimeoutMs: 1000 });
  t.after(() => store.close());
  for (const needle of ['entry', 'of 7', 'y 3', '0']) {
    const { found, read } = bothWays(store, needle);
    assert.ok(read.length > 0, needle);
    assert.deepEqual(found, read, needle);
  }
  assertSound(store);
});

/** A process that writes seven entries a transaction, killed some time after its first one. */
async function writeUntilKilled(t: TestContext, path: string, afterMs: number): Promise<void> {
  const memory = join(import.meta.dirname, '..', '..', 'memory');
  const code = `
    import { openStore } from '${memory}/database.ts';
    import { insertEntry } from '${memory}/entries.ts';
    const store = openStore(process.argv[1], { mode: 'write', busyTimeoutMs: 1000 });
    for (let count = 0; ; count += 1) {
      store.transaction(() => {
        for (let n = 0; n < 7; n += 1) insertEntry(store, { type: 'f', text: 'entry ' + n + ' of 7 in ' + count }, ${noon});
      });
      if (count === 0) console.log('writing');
    }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
