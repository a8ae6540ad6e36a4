import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { temporaryDirectory } from '../../memory/temporary-memory.ts';
import { memDb, program } from './run-mem-db.ts';

test('export and import are lossless, and importing twice adds nothing', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'memory.db');
  await memDb(path, [
    'write',
    't=d',
    'topic=auth',
    'text=Use JWT',
    'choice=jwt',
    'visibility=private',
    'task=7',
  ]);
  await memDb(path, ['supersede', '1', 'text=Use PASETO', 'importance=H']);
  await memDb(path, ['write', 't=n', 'text=-'], 'half \ud83d? no: tab\t, bell \u0007, "quotes"');
  await memDb(path, ['confirm', '2', '--by', 'ann']);
  const exported = (await memDb(path, ['export'])).out;
  assert.equal(exported.trimEnd().split('\n').length, 3);
  const file = join(directory, 'memory.jsonl');
  writeFileSync(file, exported);
  const copy = join(directory, 'copy.db');
  assert.match((await memDb(copy, ['import', file])).out, /^3 entries taken, 0 there already, 0 refused/);
  assert.equal((await memDb(copy, ['export'])).out, exported);
  assert.match((await memDb(copy, ['import', '-'], exported)).out, /^0 entries taken, 3 there already/);
});

test("the predecessor's SQLite file is taken in, with private rows private and task links kept", async (t) => {
  const directory = temporaryDirectory(t);
  const old = join(directory, 'old.db');
  const database = new Database(old);
  database.exec(`create table chunks (id integer primary key, anchor_type text, anchor_topic text, text text,
    anchor_choice text, anchor_rationale text, timestamp text, anchor_session text, anchor_source text,
    importance text, due text, links text, scope text, chat_id text, agent_role text, visibility text,
    project_id text, status text, superseded_by integer, task_id text, metric text)`);
  const insert = database.prepare(
    `insert into chunks (id, anchor_type, anchor_topic, text, timestamp, visibility, status, superseded_by, task_id, importance)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  insert.run(5, 'd', 'auth', 'Use JWT', '2025-11-01T10:00:00', 'private', 'superseded', 9, '7', 'H');
  insert.run(9, 'd', 'auth', 'Use PASETO', '2025-11-02T10:00:00Z', 'public', 'active', null, null, '');
  insert.run(11, 'zz', null, 'unknown type', '2025-11-02T10:00:00Z', 'public', 'active', null, null, null);
  database.close();
  const path = join(directory, 'memory.db');
  const taken = await memDb(path, ['import', old, '--json']);
  assert.equal(taken.code, 1);
  const report = JSON.parse(taken.out);
  assert.deepEqual([report.taken, report.refused.length, report.refused[0].line], [2, 1, 11]);
  const first = JSON.parse((await memDb(path, ['show', '5', '--json'])).out);
  assert.deepEqual(
    [first.visibility, first.task_id, first.superseded_by, first.timestamp, first.importance],
    ['private', '7', 9, '2025-11-01T10:00:00.000Z', 'H'],
  );
});

test('sql reads, only reads, and is stopped when its time is up', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  await memDb(path, ['write', 't=f', 'text=one']);
  const read = await memDb(path, ['sql', 'select type, count(*) as n from entries group by type', '--json']);
  assert.deepEqual(JSON.parse(read.out), { type: 'f', n: 1 });
  for (const sql of [
    'delete from entries',
    'pragma journal_mode = delete',
    "attach '/tmp/x.db' as x",
    'with x as (select 1) delete from entries',
    'insert into entries (text) select 1 returning id',
  ]) {
    const refused = await memDb(path, ['sql', sql]);
    assert.notEqual(refused.code, 0, sql);
  }
  assert.equal((await memDb(path, ['query', 'count'])).out, '1\n');
  assert.equal((await memDb(path, ['sql', 'selec 1'])).code, 77);
  const endless = 'with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c';
  const stopped = await memDb(path, ['sql', endless, '--timeout', '1s']);
  assert.equal(stopped.code, 1);
  assert.match(stopped.err, /longer than 1000 ms/);
});

test('watch delivers what is written and goes on where it ended', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  await memDb(path, ['write', 't=f', 'text=before']);
  const watch = spawn(process.execPath, [program, 'watch', 't=d', '--max', '1', '--json', '--for', '30s'], {
    env: { ...process.env, MEMORY_DB: path },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  watch.stdout.on('data', (chunk) => {
    out += chunk;
  });
  const ended = new Promise((resolve) => watch.once('exit', resolve));
  // Written again and again, because nobody can see from outside when a watch has begun.
  let written = 0;
  while (watch.exitCode === null && written < 50) {
    written += 1;
    await memDb(path, ['write', 't=d', `text=decision ${written}`]);
  }
  await ended;
  assert.match(JSON.parse(out).text, /^decision \d+$/);
  const resumed = await memDb(path, ['watch', '--after', '0', '--max', '2', '--json']);
  assert.deepEqual(
    resumed.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).text),
    ['before', 'decision 1'],
  );
});

test('an import that takes its time says how far it is, on standard error', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  // Lines that come slowly, as over a pipe.
  const child = spawn(process.execPath, [program, 'import', '-'], {
    env: { ...process.env, MEMORY_DB: path },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let err = '';
  const told = new Promise((resolve) => {
    child.stderr.on('data', (chunk) => {
      err += chunk;
      resolve(undefined);
    });
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let written = 0;
  const timer = setInterval(() => {
    const lines = Array.from({ length: 500 }, () => `{"type":"f","text":"fact ${written++}"}\n`);
    child.stdin.write(lines.join(''));
  }, 50);
  await told;
  clearInterval(timer);
  child.stdin.end();
  assert.equal(await ended, 0);
  assert.match(err, /^mem-db: [\d,]+ entries taken, 0 there already, so far\n/);
});

test('a watch that goes on after a long absence delivers all of it, in order', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const lines = Array.from({ length: 2300 }, (_, index) => `{"type":"f","text":"fact ${index}"}`);
  assert.equal((await memDb(path, ['import', '-'], lines.join('\n'))).code, 0);
  const { out } = await memDb(path, ['watch', '--after', '0', '--max', '2300', '--for', '30s', '--json']);
  const texts = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).text);
  assert.deepEqual(
    texts,
    lines.map((line) => JSON.parse(line).text),
  );
});

test('a reader that goes away ends a long listing quietly', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const lines = Array.from({ length: 5000 }, (_, index) =>
    JSON.stringify({ type: 'f', text: `fact ${index}` }),
  );
  await memDb(path, ['import', '-'], lines.join('\n'));
  const child = spawn(
    '/bin/sh',
    ['-c', `"$1" "$2" query limit=-1 | head -1`, 'sh', process.execPath, program],
    {
      env: { ...process.env, MEMORY_DB: path },
    },
  );
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(err, '');
});

test('kill -9 in the middle of writing leaves a sound file with every acknowledged entry', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  await memDb(path, ['init']);
  const acknowledged: string[] = [];
  for (let round = 0; round < 8; round += 1) {
    const child = spawn(process.execPath, [program, 'write', 't=f', `text=fact ${round}`], {
      env: { ...process.env, MEMORY_DB: path },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    setTimeout(() => child.kill('SIGKILL'), 30 + round * 15);
    await new Promise((resolve) => child.once('close', resolve));
    if (out.endsWith('\n')) acknowledged.push(JSON.parse(out).text);
  }
  assert.equal((await memDb(path, ['health', '--deep'])).code, 0);
  const { out } = await memDb(path, ['query', 'limit=-1', '--json']);
  const stored = out
    .trimEnd()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).text);
  for (const text of acknowledged) assert.ok(stored.includes(text), text);
});

test('every command has help with an example', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const { commandNames } = await import('../../../scripts/memory/command-table.ts');
  const { helpText } = await import('../../../scripts/memory/help.ts');
  for (const name of commandNames)
    assert.match(helpText(name), new RegExp(`Examples:\\n[^]*mem-db .*${name}`), name);
  assert.match((await memDb(path, ['help', 'topic-index'])).out, /^Topics with their numbers/);
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/memory.md'), 'utf8');
  for (const name of commandNames) assert.ok(docs.includes(`mem-db ${name}`), `docs/memory.md names ${name}`);
});
