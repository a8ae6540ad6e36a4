import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadConfig } from '../../../config/load.ts';
import { examine } from '../../../daemon/doctor/doctor.ts';
import type { Finding } from '../../../daemon/doctor/finding.ts';
import { checkNode } from '../../../daemon/doctor/machine.ts';
import { checkQueue, parseInfo, redisFindings } from '../../../daemon/doctor/queue-server.ts';
import { startSimulator } from '../../../scripts/simulator/simulator.ts';
import { freePort, hasRedis, startRedis } from '../../support/redis.ts';
import { tempDir } from '../../support/temp.ts';

/** A port where nothing listens. */
const nobody = async () => `http://127.0.0.1:${await freePort()}`;

async function findingsOf(t: TestContext, env: NodeJS.ProcessEnv, flags: Record<string, unknown> = {}) {
  const folder = tempDir(t);
  const whole = { HOME: folder, SWARMD_HOME: join(folder, 'data'), OLLAMA_HOST: await nobody(), ...env };
  const loaded = loadConfig({ env: whole, cwd: folder, systemFile: join(folder, 'none'), flags });
  return examine(loaded, whole, AbortSignal.timeout(20_000), () => {});
}

function only(findings: readonly Finding[], check: string): Finding[] {
  return findings.filter((finding) => finding.check === check);
}

test('a server that holds the models and generates is fine, what it lacks comes with the line to type', async (t) => {
  const simulator = await startSimulator({ speed: 0 });
  t.after(() => simulator.close());
  const findings = await findingsOf(
    t,
    { OLLAMA_HOST: simulator.url },
    { 'tiers.local_fast.models': ['phi3-mini', { name: 'none', provider: 'ollama', context_window: 9 }] },
  );
  const models = only(findings, 'models');
  assert.match(models[0]?.message ?? '', /^ollama .*-simulated at .* holds \d+ models; phi3-mini generates/);
  assert.deepEqual(
    models.filter((finding) => finding.level !== 'ok').map((finding) => finding.fix),
    ['ollama pull none'],
  );
  assert.equal(
    findings.some((finding) => finding.level === 'failure'),
    false,
  );
  assert.ok(simulator.received('ollama').length >= 1);
});

test('a server that lists a model but cannot generate is a failure', async (t) => {
  const simulator = await startSimulator({ speed: 0 });
  t.after(() => simulator.close());
  simulator.setFaults({ fault: '500' });
  const models = only(await findingsOf(t, { OLLAMA_HOST: simulator.url }), 'models');
  assert.equal(models[0]?.level, 'failure');
  assert.match(models[0]?.message ?? '', /is listed at .* but does not generate/);
});

test('no server and no key: nothing can answer, and both ways out are named', async (t) => {
  const findings = await findingsOf(t, {});
  const last = only(findings, 'models').at(-1);
  assert.equal(last?.level, 'failure');
  assert.match(last?.fix ?? '', /install Ollama and pull a model, or export a key/);
  assert.match(only(findings, 'models')[0]?.fix ?? '', /ollama serve/);
  assert.deepEqual(
    only(findings, 'keys').map((finding) => finding.level),
    ['warning', 'warning'],
  );
});

test('a key is named by where it comes from and never shown; paid models alone are enough', async (t) => {
  const key = 'sk-do-not-show-me';
  const findings = await findingsOf(t, { OPENAI_API_KEY: key });
  assert.ok(findings.some((finding) => finding.message.includes('with the key of OPENAI_API_KEY')));
  assert.equal(JSON.stringify(findings).includes(key), false);
  assert.equal(
    findings.some((finding) => finding.level === 'failure'),
    false,
  );
});

test('a paid model without a known price is a failure', async (t) => {
  const model = { name: 'gpt-99', provider: 'openai', context_window: 9000 };
  const findings = await findingsOf(t, { OPENAI_API_KEY: 'x' }, { 'tiers.api_fallback.models': [model] });
  assert.match(only(findings, 'prices')[0]?.message ?? '', /gpt-99: no price is known/);
});

test('a kill switch, a daemon that died and an open data directory are told', async (t) => {
  const folder = tempDir(t);
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir);
  chmodSync(dataDir, 0o755);
  writeFileSync(join(dataDir, 'KILL'), 'too expensive\n');
  writeFileSync(join(dataDir, 'daemon.json'), '{"pid":999999999,"url":"http://127.0.0.1:1","startedAt":1}\n');
  writeFileSync(
    join(dataDir, 'memory.db'),
    'this is no SQLite file, and long enough to be noticed '.repeat(100),
  );
  const findings = await findingsOf(t, { SWARMD_HOME: dataDir });
  assert.match(only(findings, 'daemon')[0]?.message ?? '', /too expensive/);
  assert.equal(only(findings, 'daemon')[0]?.fix, 'swarmd unkill');
  assert.match(only(findings, 'daemon')[1]?.message ?? '', /process 999999999\) ended without cleaning up/);
  assert.equal(only(findings, 'data')[0]?.fix, `chmod 700 ${dataDir}`);
  assert.equal(only(findings, 'memory')[0]?.level, 'failure');
});

test('Node is judged by its version', () => {
  for (const [version, level] of [
    ['v20.20.2', 'failure'],
    ['v22.17.9', 'failure'],
    ['v22.18.0', 'ok'],
    ['v24.0.0', 'ok'],
  ] as const)
    assert.equal(checkNode(version, '/usr/bin/node').level, level, version);
});

test('Redis is judged by version, eviction, log and memory', () => {
  const base = {
    redis_version: '7.0.15',
    maxmemory_policy: 'noeviction',
    aof_enabled: '1',
    used_memory: '10',
    maxmemory: '0',
  };
  for (const [change, levels] of [
    [{}, ['ok']],
    [{ redis_version: '4.0.9' }, ['failure']],
    [{ redis_version: '6.0.16' }, ['warning']],
    [{ maxmemory_policy: 'allkeys-lru' }, ['failure']],
    [{ aof_enabled: '0' }, ['warning']],
    [{ used_memory: '950', maxmemory: '1000' }, ['warning']],
    [{ maxmemory_policy: 'volatile-lru', aof_enabled: '0' }, ['failure', 'warning']],
  ] as const) {
    const info = new Map(Object.entries({ ...base, ...change }));
    assert.deepEqual(
      redisFindings('redis://x', info).map((finding) => finding.level),
      levels,
      JSON.stringify(change),
    );
  }
  assert.deepEqual(
    [...parseInfo('# Server\r\nredis_version:7.0\r\n\r\nbad\r\n')],
    [['redis_version', '7.0']],
  );
});

test('a Redis that runs is asked itself; one that does not is a failure without its password', async (t) => {
  const silent = await checkQueue(`redis://user:hunter2@127.0.0.1:${await freePort()}`);
  assert.equal(silent[0]?.level, 'failure');
  assert.equal(silent[0]?.message.includes('hunter2'), false);
  if (!hasRedis) return t.skip('no redis-server');
  const redis = await startRedis();
  t.after(() => redis.stop());
  const findings = await checkQueue(redis.url);
  assert.deepEqual(
    findings.map((finding) => finding.level),
    ['warning'],
  );
  assert.match(findings[0]?.message ?? '', /appendonly no/);
});
