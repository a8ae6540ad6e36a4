import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { schemaVersion } from '../../../memory/migrations.ts';
import { temporaryDirectory } from '../../memory/temporary-memory.ts';
import { memDb, program } from './run-mem-db.ts';

const start = (path: string, words: readonly string[]) =>
  spawn(process.execPath, [program, ...words], {
    env: { ...process.env, MEMORY_DB: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** A memory with entries that every kind of command has something to do with. */
async function filledFile(t: TestContext, entries: number): Promise<string> {
  const path = join(temporaryDirectory(t), 'memory.db');
  const lines = Array.from({ length: entries }, (_, index) =>
    JSON.stringify({
      type: index % 3 === 0 ? 'c' : 'f',
      topic: `topic ${index % 20}`,
      text: `the port of service ${Math.floor(index / 2)} is ${5000 + Math.floor(index / 2)}${index % 2 === 0 ? '' : ' now'}`,
      timestamp: index % 3 === 0 ? '2025-01-01T00:00:00Z' : '2026-11-01T00:00:00Z',
    }),
  );
  const { code, err } = await memDb(path, ['import', '-'], lines.join('\n'));
  assert.equal(code, 0, err);
  return path;
}

function countIn(path: string): number {
  const database = new Database(path, { readonly: true });
  try {
    return Number(database.prepare('select count(*) from entries').pluck().get());
  } finally {
    database.close();
  }
}

test('kill -9 during any command that writes leaves a sound file and the entries that were in it', async (t) => {
  const entries = 3000;
  const original = await filledFile(t, entries);
  const directory = temporaryDirectory(t);
  const incoming = join(directory, 'incoming.jsonl');
  writeFileSync(
    incoming,
    Array.from({ length: 4000 }, (_, n) => `{"type":"n","text":"incoming ${n}"}`).join('\n'),
  );
  const backup = join(directory, 'saved.db');
  assert.equal((await memDb(original, ['backup', backup])).code, 0);
  const pruned = Math.ceil(entries / 3);
  const commands: [words: string[], least: number, most: number][] = [
    [['write', 't=f', 'text=one more'], entries, entries + 1],
    [['import', incoming], entries, entries + 4000],
    [['prune', '--vacuum'], entries - pruned, entries],
    [['consolidate', '--all'], entries, entries],
    [['supersede', '2', 'text=another'], entries, entries + 1],
    [['todo', 'claim'], entries, entries],
    [['backup'], entries, entries],
    [['restore', backup], entries, entries],
  ];
  for (const [words, least, most] of commands) {
    for (const afterMs of [70, 110, 160]) {
      const path = join(directory, `${words[0]}-${afterMs}.db`);
      copyFileSync(original, path);
      const child = start(path, words);
      const ended = new Promise((resolve) => child.once('exit', resolve));
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      child.kill('SIGKILL');
      await ended;
      const health = await memDb(path, ['health', '--deep']);
      assert.equal(health.code, 0, `${words[0]} killed after ${afterMs} ms: ${health.out}${health.err}`);
      const left = countIn(path);
      assert.ok(left >= least && left <= most, `${words[0]} killed after ${afterMs} ms left ${left} entries`);
    }
  }
});

test('a file that another process holds is waited for, the holder is named, and nothing is lost', async (t) => {
  const path = await filledFile(t, 1);
  const holder = spawn(
    process.execPath,
    [
      '-e',
      `const database = require('better-sqlite3')(process.argv[1]);
       database.exec('begin immediate');
       console.log('held');
       process.stdin.once('data', () => { database.exec('commit'); process.exit(0); });`,
      path,
    ],
    { cwd: import.meta.dirname, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  t.after(() => holder.kill('SIGKILL'));
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  const writer = start(path, ['write', 't=f', 'text=in the end']);
  t.after(() => writer.kill('SIGKILL'));
  const ended = new Promise((resolve) => writer.once('exit', resolve));
  const told = await new Promise<Buffer>((resolve) => writer.stderr.once('data', resolve));
  assert.equal(told.toString().split('\n').length, 2, 'one line, whatever the holder is called');
  assert.match(told.toString(), /waiting for the memory file, locked by /);
  if (existsSync('/proc/locks')) assert.match(told.toString(), new RegExp(`pid ${holder.pid} \\(`));
  holder.stdin.write('go on\n');
  assert.equal(await ended, 0);
  assert.equal(countIn(path), 2);
});

test('where a file may not grow, a write says that nothing was stored, and what was stored stays', async (t) => {
  const path = await filledFile(t, 100);
  const limit = Math.ceil(readFileSync(path).length / 1024) + 20;
  const limited = spawn(
    'bash',
    [
      '-c',
      `ulimit -f ${limit}; exec "$0" "$@"`,
      process.execPath,
      program,
      'write',
      't=f',
      'text=-',
      '--json',
    ],
    { env: { ...process.env, MEMORY_DB: path }, stdio: ['pipe', 'ignore', 'pipe'] },
  );
  let err = '';
  limited.stderr.on('data', (chunk) => {
    err += chunk;
  });
  limited.stdin.on('error', () => {});
  limited.stdin.end(Array.from({ length: 60_000 }, (_, n) => `word${n}`).join(' '));
  const code = await new Promise((resolve) => limited.once('close', resolve));
  assert.equal(code, 69, err);
  assert.match(JSON.parse(err).error.message, /nothing of this write was stored/);
  assert.equal(countIn(path), 100);
  assert.equal((await memDb(path, ['health', '--deep'])).code, 0);
  assert.equal((await memDb(path, ['write', 't=f', 'text=small'])).code, 0);
});

test('a file of a newer swarmd is refused with 78 and left as it is', async (t) => {
  const path = await filledFile(t, 3);
  const database = new Database(path);
  database.pragma(`user_version = ${schemaVersion + 1}`);
  database.close();
  const before = readFileSync(path);
  for (const words of [['query'], ['write', 't=f', 'text=x'], ['prune'], ['init'], ['export']]) {
    const ended = await memDb(path, [...words, '--json']);
    assert.deepEqual([ended.code, ended.out], [78, ''], words.join(' '));
    assert.equal(JSON.parse(ended.err).error.code, 'MEMORY_NEWER');
  }
  assert.deepEqual(readFileSync(path), before);
});

test('of many processes that claim todos at once each gets its own, and the others are told that none is free', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const lines = Array.from(
    { length: 6 },
    (_, index) => `{"type":"T","text":"todo ${index}","choice":"OPEN"}`,
  );
  assert.equal((await memDb(path, ['import', '-'], lines.join('\n'))).code, 0);
  const claims = await Promise.all(
    Array.from({ length: 15 }, (_, index) => memDb(path, ['todo', 'claim', '--by', `worker ${index}`])),
  );
  const taken = claims.filter(({ code }) => code === 0).map(({ out }) => JSON.parse(out).id);
  assert.equal(new Set(taken).size, 6);
  assert.equal(taken.length, 6);
  assert.deepEqual(
    claims.filter(({ code }) => code !== 0).map(({ code, err }) => [code, err.includes('no todo is free')]),
    Array.from({ length: 9 }, () => [1, true]),
  );
});

test('semantic --eval measures how many of one’s own questions find their entry', async (t) => {
  const path = await filledFile(t, 40);
  const questions = join(temporaryDirectory(t), 'questions.jsonl');
  writeFileSync(
    questions,
    [
      { question: 'which port has service 7?', text: 'the port of service 7 is 5007' },
      { question: 'port of service 12', ids: [25, 26] },
      { question: 'who waters the plants?', text: 'nobody' },
    ]
      .map((line) => JSON.stringify(line))
      .join('\n'),
  );
  const words = ['semantic', '--eval', questions, '--limit', '5', '--text-only'];
  const { recall, questions: asked } = JSON.parse((await memDb(path, [...words, '--json'])).out);
  assert.deepEqual([asked, Number(recall.toFixed(3))], [3, 0.667]);
  assert.match(
    (await memDb(path, words)).out,
    /^recall@5 0\.667 \(95 % interval [\d.]+ to [\d.]+\) over 3 questions\n$/,
  );
});
