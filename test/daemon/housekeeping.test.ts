import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { keepHouse, scheduleHousekeeping } from '../../daemon/housekeeping.ts';
import { createLogger } from '../../daemon/logger.ts';
import { openStore } from '../../memory/database.ts';
import { insertEntry } from '../../memory/entries.ts';
import { openMemory } from '../../memory/memory.ts';
import { migrate } from '../../memory/migrations.ts';
import type { NewEntry } from '../../memory/types/entries.ts';
import { testConfig } from '../support/config.ts';
import { tempDir } from '../support/temp.ts';

test('housekeeping backs up beside a running daemon, keeps the newest backups and no file that is not its own', async (t) => {
  const dataDir = tempDir(t);
  const { config } = testConfig({
    dataDir,
    ollamaUrl: 'http://127.0.0.1:9',
    set: { 'memory.keep_backups': 2 },
  });
  const memory = await openMemory({
    path: config.memory.path,
    budget: config.costControl,
    cacheTtlMs: 0,
    usageLogPath: undefined,
    now: Date.now,
    onError: (error) => assert.fail(error),
  });
  t.after(() => memory.close());
  await memory.entries.write({ type: 'f', topic: 'x', text: 'kept' });
  const env = { PATH: process.env.PATH, HOME: dataDir, SWARMD_HOME: dataDir };
  const days = ['2026-11-19', '2026-11-20', '2026-11-21'];
  for (const day of days) await keepHouse(config.memory, env, new Date(`${day}T03:17:00Z`));
  writeFileSync(join(config.memory.backupDir, 'mine.db'), '');
  const last = await keepHouse(config.memory, env, new Date('2026-11-21T04:00:00Z'));
  assert.deepEqual(readdirSync(config.memory.backupDir).sort(), [
    'memory-2026-11-20.db',
    'memory-2026-11-21.db',
    'mine.db',
  ]);
  assert.equal((last.pruned as { superseded: number }).superseded, 0);
});

test('housekeeping keeps types and topics as long as configured and no more entries than the bound', async (t) => {
  const dataDir = tempDir(t);
  const { config } = testConfig({
    dataDir,
    ollamaUrl: 'http://127.0.0.1:9',
    set: {
      'memory.type_days': { conversation: 4 },
      'memory.topic_days': { scratch: 2 },
      'memory.max_entries': 2,
    },
  });
  const store = openStore(config.memory.path, { mode: 'write', busyTimeoutMs: 1000 });
  t.after(() => store.close());
  migrate(store);
  const ago = (days: number) => Date.now() - days * 86_400_000;
  const entries: NewEntry[] = [
    { type: 'c', text: 'talk', timestamp: ago(5) },
    { type: 'n', text: 'scratch', topic: 'scratch', timestamp: ago(3) },
    { type: 'f', text: 'first fact', timestamp: ago(2) },
    { type: 'f', text: 'second fact', timestamp: ago(1) },
    { type: 'd', text: 'decision', timestamp: ago(2) },
  ];
  store.transaction(() => {
    for (const entry of entries) insertEntry(store, entry, Date.now());
  });
  const env = { PATH: process.env.PATH, HOME: dataDir, SWARMD_HOME: dataDir };
  const { pruned } = await keepHouse(config.memory, env, new Date());
  const { by_type, by_topic, over_bound } = pruned as Record<string, unknown>;
  assert.deepEqual([by_type, by_topic, over_bound], [{ c: 1 }, { scratch: 1 }, 1]);
  assert.deepEqual(store.all('select text from entries order by id'), [
    { text: 'second fact' },
    { text: 'decision' },
  ]);
});

test('a time that is none is refused at the start', (t) => {
  const { config } = testConfig({
    dataDir: tempDir(t),
    ollamaUrl: 'http://127.0.0.1:9',
    set: { 'memory.housekeeping': '99 99 * * *' },
  });
  assert.throws(() => scheduleHousekeeping(() => config, {}, createLogger('silent')), /memory.housekeeping/);
});

test('a type of entries that there is not is refused at the start', (t) => {
  const { config } = testConfig({
    dataDir: tempDir(t),
    ollamaUrl: 'http://127.0.0.1:9',
    set: { 'memory.type_days': { converstion: 14 } },
  });
  assert.throws(() => scheduleHousekeeping(() => config, {}, createLogger('silent')), {
    code: 'CONFIG_INVALID',
    message: /did you mean "conversation"/,
  });
});
