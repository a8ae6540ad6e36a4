import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { SwarmdError } from '../../config/errors.ts';
import { ask } from '../../memory/ask.ts';
import { backup, restore } from '../../memory/backup.ts';
import { openStore } from '../../memory/database.ts';
import { writeEntry } from '../../memory/entries.ts';
import { parseQuery } from '../../memory/grammar.ts';
import { checkHealth } from '../../memory/health.ts';
import { lockHolders } from '../../memory/lock-holder.ts';
import { openMemory } from '../../memory/memory.ts';
import { migrate, migrations, schemaVersion, versionOf } from '../../memory/migrations.ts';
import { readEntryLine } from '../../memory/read-entries.ts';
import { version1 } from '../../memory/sql/schema.ts';
import type { Memory } from '../../memory/types/memory.ts';
import { noon, temporaryDirectory, temporaryMemory } from './temporary-memory.ts';

test("the predecessor's lines are read in both shapes", () => {
  const eight = ['d', 'auth', 'Use JWT', 'jwt', 'stateless', '2025-11-01T10:00:00Z', 's1', 'chat'];
  const cases: [string, Record<string, unknown>][] = [
    [
      JSON.stringify(eight),
      {
        type: 'd',
        topic: 'auth',
        text: 'Use JWT',
        choice: 'jwt',
        timestamp: Date.UTC(2025, 10, 1, 10),
        session: 's1',
      },
    ],
    [
      JSON.stringify([...eight, 'H', '2025-12-01', '["a"]', '7', '0.9']),
      { importance: 'H', due: '2025-12-01', links: '["a"]', taskId: '7', metric: '0.9' },
    ],
    [
      JSON.stringify({ anchor_type: 'L', text: 'x', agent_role: 'coder', timestamp: 1762000000 }),
      { type: 'L', role: 'coder', timestamp: 1762000000000 },
    ],
  ];
  for (const [line, expected] of cases) {
    const entry: Record<string, unknown> = { ...readEntryLine(line, 1, noon)?.entry };
    for (const [field, value] of Object.entries(expected)) assert.deepEqual(entry[field], value, field);
  }
  assert.equal(readEntryLine('# a comment', 1, noon), undefined);
  assert.equal(readEntryLine('', 1, noon), undefined);
  for (const bad of ['[1,2]', '{', '17', '{"text":"no type"}']) {
    assert.throws(() => readEntryLine(bad, 1, noon), SwarmdError, bad);
  }
});

test('a file of an earlier version is brought up to date with what is in it, a newer one is left alone', (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const old = openStore(path, { mode: 'write', busyTimeoutMs: 0 });
  old.sqlite.exec(version1);
  old.sqlite.pragma('user_version = 1');
  old.sqlite.exec(
    `insert into entries (timestamp, ordered_at, type, text, content_hash) values (1, 1, 'f', 'kept', x'00')`,
  );
  migrate(old);
  assert.equal(versionOf(old), schemaVersion);
  assert.deepEqual(old.get('select text from entries'), { text: 'kept' });
  old.sqlite.pragma(`user_version = ${schemaVersion + 1}`);
  assert.throws(
    () => migrate(old),
    (error) => error instanceof SwarmdError && error.code === 'MEMORY_NEWER',
  );
  assert.equal(versionOf(old), schemaVersion + 1);
  old.close();
});

for (let from = 1; from < schemaVersion; from += 1) {
  test(`a file of version ${from} becomes what a new file is, keeps its entries, and finds them`, (t) => {
    const directory = temporaryDirectory(t);
    const old = openStore(join(directory, 'old.db'), { mode: 'write', busyTimeoutMs: 0 });
    t.after(() => old.close());
    for (const migration of migrations.slice(0, from)) old.sqlite.exec(migration);
    old.sqlite.pragma(`user_version = ${from}`);
    // As an import left them: the third is older than the two before it.
    for (const [time, text] of [
      [20, 'second words'],
      [30, 'third words'],
      [10, 'first words'],
    ]) {
      old.run(
        `insert into entries (timestamp, ordered_at, type, text, content_hash) values (@time, @time, 'f', @text, x'00')`,
        { time: time ?? 0, text: text ?? '' },
      );
    }
    old.run(`update entries set text = 'third words, changed' where id = 2`);
    migrate(old);
    const fresh = openStore(join(directory, 'new.db'), { mode: 'write', busyTimeoutMs: 0 });
    t.after(() => fresh.close());
    migrate(fresh);
    const schema = 'select type, name, sql from sqlite_schema order by type, name';
    assert.deepEqual(old.all(schema), fresh.all(schema));
    old.transaction(() => writeEntry(old, { entry: { type: 'f', text: 'fourth words' }, now: noon }));
    for (const term of ['text=words', 'words=words']) {
      const answer = ask(old, parseQuery([term, 'limit=3'], noon), { now: noon });
      assert.deepEqual(
        answer.kind === 'entries' && answer.entries.map((entry) => entry.text),
        ['fourth words', 'third words, changed', 'second words'],
        term,
      );
    }
    for (const check of checkHealth(old, true)) assert.ok(check.ok, `${check.name}: ${check.detail}`);
  });
}

test('a backup is taken while others write, is sound, and can be put back', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'memory.db');
  const { memory } = await temporaryMemory(t, { path });
  await memory.entries.write({ type: 'f', text: 'before' });
  const store = openStore(path, { mode: 'read', busyTimeoutMs: 100 });
  const target = join(directory, 'backup.db');
  const writes = Promise.all(
    Array.from({ length: 200 }, (_, index) => memory.entries.write({ type: 'f', text: `during ${index}` })),
  );
  await backup(store, target);
  await writes;
  store.close();
  assert.equal(existsSync(`${target}-wal`), false);
  await memory.close();
  const { kept } = restore(target, path, noon);
  assert.ok(kept !== undefined && existsSync(kept));
  const restored = openStore(path, { mode: 'write', busyTimeoutMs: 100 });
  assert.equal(restored.get<{ text: string }>('select text from entries where id = 1')?.text, 'before');
  restored.close();
});

test('a memory in use is not replaced, and a damaged backup never takes its place', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'memory.db');
  const { memory } = await temporaryMemory(t, { path });
  await memory.entries.write({ type: 'f', text: 'x' });
  const store = openStore(path, { mode: 'read', busyTimeoutMs: 100 });
  const target = join(directory, 'backup.db');
  await backup(store, target);
  store.close();
  await memory.close();
  const holder = spawn(process.execPath, ['-e', holdOpen, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  assert.throws(
    () => restore(target, path, noon),
    (error) =>
      error instanceof SwarmdError &&
      error.code === 'MEMORY_BUSY' &&
      error.message.includes(`pid ${holder.pid}`),
  );
  assert.match(lockHolders(path) ?? '', new RegExp(`pid ${holder.pid}`));
  holder.kill('SIGKILL');
  await new Promise((resolve) => holder.once('exit', resolve));
  const damaged = join(directory, 'damaged.db');
  copyFileSync(target, damaged);
  const descriptor = openSync(damaged, 'r+');
  writeSync(descriptor, Buffer.alloc(60_000, 7), 0, 60_000, 20_000);
  closeSync(descriptor);
  assert.throws(
    () => restore(damaged, path, noon),
    (error) => error instanceof SwarmdError && error.code === 'MEMORY_CORRUPT',
  );
  const after = openStore(path, { mode: 'read', busyTimeoutMs: 100 });
  assert.equal(after.get<{ count: number }>('select count(*) as count from entries')?.count, 1);
  after.close();
});

/** Opens the file given, takes the write lock and says so. */
const holdOpen = `
  const Database = require(${JSON.stringify(join(import.meta.dirname, '../../node_modules/better-sqlite3'))});
  const database = new Database(process.argv[1]);
  database.exec('begin immediate');
  console.log('held');
  setInterval(() => {}, 1000);`;

test('while another process holds the lock, writes wait and the event loop goes on', async (t) => {
  const { memory, path } = await temporaryMemory(t);
  await memory.entries.write({ type: 'f', text: 'x' });
  const holder = spawn(process.execPath, ['-e', holdOpen, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, 5);
  const write = memory.entries.write({ type: 'f', text: 'waiting' });
  assert.equal(memory.entries.query([], noon).length, 1, 'reads go on');
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(memory.entries.query([], noon).length, 1);
  clearInterval(timer);
  assert.ok(ticks > 20, `the event loop turned ${ticks} times in half a second`);
  holder.kill('SIGKILL');
  assert.equal((await write).text, 'waiting');
});

function openWithDefaults(path: string): Promise<Memory> {
  return openMemory({
    path,
    budget: { dailyBudget: 0, monthlyBudget: 0, dailyApiCalls: 0, timeZone: 'UTC' },
    cacheTtlMs: 0,
    usageLogPath: undefined,
    now: Date.now,
    onError: () => {},
  });
}

const namedAsDamaged = (path: string, backup: string) => (error: unknown) =>
  error instanceof SwarmdError &&
  error.code === 'MEMORY_CORRUPT' &&
  error.where === path &&
  error.allowed?.includes(`mem-db restore ${backup}`) === true;

test('a file that is no database is named when it is opened', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  writeFileSync(path, 'this is not a database, but it is long enough to look at '.repeat(20));
  await assert.rejects(openWithDefaults(path), namedAsDamaged(path, 'FILE'));
});

test('a page that was damaged while nobody had the file open is found at the start, and the backup is offered', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'memory.db');
  const memory = await openWithDefaults(path);
  for (let index = 0; index < 50; index += 1) {
    await memory.entries.write({ type: 'f', text: `${index} ${'x'.repeat(400)}` });
  }
  await memory.close();
  // The daemon's daily backup is newer than the one taken by hand.
  copyFileSync(path, join(directory, 'backup-2026-11-20.db'));
  const saved = join(directory, 'backups', 'memory-2026-11-21.db');
  mkdirSync(join(directory, 'backups'));
  copyFileSync(path, saved);
  utimesSync(join(directory, 'backup-2026-11-20.db'), 1, 1);
  const damaged = openSync(path, 'r+');
  writeSync(damaged, Buffer.alloc(4096), 0, 4096, 4096 * 12);
  closeSync(damaged);
  await assert.rejects(openWithDefaults(path), namedAsDamaged(path, saved));
  const store = openStore(path, { mode: 'write', busyTimeoutMs: 100 });
  const found = checkHealth(store, false).find((check) => check.name === 'integrity');
  store.close();
  assert.equal(found?.ok, false);
  assert.match(found.detail, /mem-db restore .*memory-2026-11-21\.db/);
});

test('a full disk loses nothing that was acknowledged and says what is wrong', (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const store = openStore(path, { mode: 'write', busyTimeoutMs: 0 });
  migrate(store);
  const pages = Number(store.sqlite.pragma('page_count', { simple: true }));
  // SQLite gives the same error at this limit as on a full disk.
  store.sqlite.pragma(`max_page_count = ${pages + 20}`);
  let acknowledged = 0;
  assert.throws(() => {
    for (;;) {
      store.transaction(() =>
        writeEntry(store, { entry: { type: 'f', text: `${acknowledged} ${'x'.repeat(2000)}` }, now: noon }),
      );
      acknowledged += 1;
    }
  }, /full/);
  store.close();
  const after = new Database(path, { readonly: true });
  assert.equal(after.prepare('select count(*) from entries').pluck().get(), acknowledged);
  assert.equal(after.pragma('integrity_check', { simple: true }), 'ok');
  after.close();
});
