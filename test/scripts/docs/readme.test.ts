import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../config/paths.ts';
import { commandTable } from '../../../scripts/command-table.ts';
import { hasRedis, startRedis } from '../../support/redis.ts';
import { startSimulated } from '../../support/swarmd-process.ts';
import { tempDir } from '../../support/temp.ts';

const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8');

test('the README’s BullMQ producer gets its result from a daemon on the same Redis', {
  skip: hasRedis ? false : 'no redis-server',
}, async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const dataDir = tempDir(t);
  const settings = ['--set', `queue.url=${redis.url}`, '--set', 'queue.prefix=swarmd'];
  await startSimulated(t, { dataDir }, settings);
  const [, example = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  symlinkSync(join(packageRoot(), 'node_modules'), join(dataDir, 'node_modules'));
  const file = join(dataDir, 'producer.mjs');
  writeFileSync(file, example.replace('redis://127.0.0.1:6379', redis.url));
  const run = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 30_000 });
  assert.equal(run.status, 0, run.stderr);
  assert.match(run.stdout, /status: 'completed'/);
  assert.match(run.stdout, /answer: '391'/);
  assert.match(run.stdout, /tier: 'local_fast'/);
});

test('the README’s links and commands exist', () => {
  for (const [, path = ''] of readme.matchAll(/\]\((docs\/[^)#]+)/g))
    assert.ok(existsSync(join(packageRoot(), path)), path);
  const names = commandTable.map((entry) => entry.name);
  for (const [, name = ''] of readme.matchAll(/npx swarmd ([a-z]+)/g)) assert.ok(names.includes(name), name);
  const { scripts } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
  for (const [, name = ''] of readme.matchAll(/npm run (\w+)/g)) assert.ok(name in scripts, name);
});
