import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { keepHouse, scheduleHousekeeping } from '../../daemon/housekeeping.ts';
import { createLogger } from '../../daemon/logger.ts';
import { openMemory } from '../../memory/memory.ts';
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

test('a time that is none is refused at the start', (t) => {
  const { config } = testConfig({
    dataDir: tempDir(t),
    ollamaUrl: 'http://127.0.0.1:9',
    set: { 'memory.housekeeping': '99 99 * * *' },
  });
  assert.throws(() => scheduleHousekeeping(() => config, {}, createLogger('silent')), /memory.housekeeping/);
});
