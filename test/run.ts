/**
 * Runs every test, or those whose path contains one of the arguments: `npm test -- memory router/checks`.
 * Says loudly which tests a missing redis-server leaves out; on CI that is a failure.
 */
import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';

const wanted = process.argv.slice(2);
const files = globSync('test/**/*.test.ts')
  .sort()
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));

if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`);
  process.exit(64);
}

const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
const missing = '!!! no redis-server binary on this machine: every test that needs Redis is LEFT OUT';
if (!hasRedis)
  console.error(`${missing}\n!!! install it (Debian: apt-get install redis-server) to run them all`);

const run = spawnSync(
  process.execPath,
  ['--test', '--test-reporter=spec', '--test-concurrency=2', ...files],
  {
    stdio: 'inherit',
    env: { ...process.env, SWARMD_TEST_REDIS: hasRedis ? '1' : '0' },
  },
);

if (!hasRedis) console.error(missing);
process.exit(!hasRedis && process.env.CI === 'true' ? 1 : (run.status ?? 1));
