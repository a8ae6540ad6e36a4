import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { crashLabels } from '../../config/crash-points.ts';
import { type Simulator, startSimulator } from '../../scripts/simulator/simulator.ts';
import { type DaemonProcess, spawnDaemon } from '../support/daemon-process.ts';
import { readRecord } from '../support/record.ts';
import { hasRedis, type PrivateRedis, startRedis } from '../support/redis.ts';
import { tempDir } from '../support/temp.ts';
import { until } from '../support/until.ts';

const skip = !hasRedis;
let redis: PrivateRedis;
let simulator: Simulator;
let instant: Simulator;
before(async () => {
  if (hasRedis) redis = await startRedis();
  simulator = await startSimulator({ speed: 0.02, seed: 2, hardware: { slots: 4 } });
  instant = await startSimulator({ speed: 0, seed: 2 });
});
after(async () => {
  await redis?.stop();
  await simulator.close();
  await instant.close();
});

let prefixes = 0;
function place(t: TestContext, queueUrl: string) {
  prefixes += 1;
  return {
    dataDir: tempDir(t),
    queueUrl,
    ollamaUrl: simulator.url,
    anthropicUrl: simulator.anthropicUrl,
    set: {
      'queue.prefix': `c${prefixes}`,
      'queue.lock_ms': 1_000,
      'queue.reconcile_every_ms': 500,
      'queue.backoff.initial_ms': 50,
      'hosts.ollama.slots': 4,
    },
  };
}

interface Row {
  id: string;
  status: string;
}

function statuses(dataDir: string): Row[] {
  return readRecord<Row>(dataDir, 'select id, status from actions');
}

async function allEnded(dataDir: string, count: number): Promise<Row[]> {
  for (let tries = 0; tries < 600; tries += 1) {
    const rows = statuses(dataDir);
    if (rows.length >= count && rows.every((row) => row.status === 'completed' || row.status === 'failed'))
      return rows;
    await wait(100);
  }
  throw new Error(
    `not all ended: ${JSON.stringify(statuses(dataDir).filter((row) => row.status !== 'completed'))}`,
  );
}

async function submitThirty(daemon: DaemonProcess): Promise<string[]> {
  const inputs = Array.from({ length: 30 }, (_, n) => ({
    prompt: `What is ${n} * ${n + 3}? Give the number.`,
  }));
  const { actions } = (await daemon.ask('/v1/actions', inputs)) as { actions: { id: string }[] };
  return actions.map((action) => action.id);
}

function assertNothingLost(dataDir: string, ids: readonly string[], rows: readonly Row[]): void {
  assert.deepEqual(new Set(rows.map((row) => row.id)), new Set(ids));
  assert.ok(rows.every((row) => row.status === 'completed'));
  const open = readRecord<{ n: number }>(
    dataDir,
    "select count(*) as n from calls where outcome = 'started'",
  )[0]?.n;
  assert.equal(open, 0, 'no call is left without an end');
  const answers =
    readRecord<{ n: number }>(dataDir, "select count(*) as n from calls where role = 'answer'")[0]?.n ?? 0;
  assert.ok(answers >= ids.length, 'the ledger has each call');
}

for (const queue of ['redis', 'embedded'] as const) {
  test(`kill -9 in the middle of thirty actions (${queue}): after a restart every action ends once, none is lost`, {
    skip,
  }, async (t) => {
    const given = place(t, queue === 'redis' ? redis.url : 'embedded');
    const first = await spawnDaemon(given);
    const ids = await submitThirty(first);
    await until(
      'five completed actions',
      () => statuses(given.dataDir).filter((row) => row.status === 'completed').length >= 5,
    );
    await first.kill();
    const second = await spawnDaemon(given);
    const rows = await allEnded(given.dataDir, ids.length);
    assert.equal(await second.stop(), 0);
    assertNothingLost(given.dataDir, ids, rows);
  });

  test(`the queue's data gone while the daemon is down (${queue}): the queue is rebuilt from the record`, {
    skip,
  }, async (t) => {
    const given = place(t, queue === 'redis' ? redis.url : 'embedded');
    const first = await spawnDaemon(given);
    const ids = await submitThirty(first);
    await until(
      'five completed actions',
      () => statuses(given.dataDir).filter((row) => row.status === 'completed').length >= 5,
    );
    await first.kill();
    if (queue === 'redis') await redis.flush();
    else rmSync(join(given.dataDir, 'queue'), { recursive: true });
    const second = await spawnDaemon(given);
    const rows = await allEnded(given.dataDir, ids.length);
    assert.equal(await second.stop(), 0);
    assertNothingLost(given.dataDir, ids, rows);
  });
}

for (const label of crashLabels) {
  test(`a crash at ${label} loses nothing that was acknowledged and ends every action once`, {
    skip,
  }, async (t) => {
    const given = { ...place(t, redis.url), ollamaUrl: instant.url, anthropicUrl: instant.anthropicUrl };
    const first = await spawnDaemon(given, { SWARMD_CRASH_AT: label });
    // What the daemon dies before acknowledging may be lost; the record says what it accepted.
    await first
      .ask('/v1/actions', [
        { objective: 'Compare Paris, Berlin and Rome as places for a conference' },
        { prompt: 'What is 7 * 8?' },
      ])
      .catch(() => undefined);
    const died = await Promise.race([first.exited.then(() => true), wait(30_000, false, { ref: false })]);
    assert.ok(died, `the daemon reached ${label}`);
    const accepted = statuses(given.dataDir).length;
    assert.ok(accepted >= 2);
    const second = await spawnDaemon(given);
    await allEnded(given.dataDir, 2);
    assert.equal(await second.stop(), 0);
    const finished = readRecord<Row>(
      given.dataDir,
      "select id, status from actions where status <> 'completed'",
    );
    assert.deepEqual(finished, []);
    const open = readRecord<{ n: number }>(
      given.dataDir,
      "select count(*) as n from calls where outcome = 'started'",
    )[0]?.n;
    assert.equal(open, 0);
  });
}

test('SIGTERM puts back what does not end within the drain time, and the next start finishes it', {
  skip,
}, async (t) => {
  const slow = await startSimulator({ speed: 1, seed: 2 });
  t.after(() => slow.close());
  const given = { ...place(t, redis.url), ollamaUrl: slow.url };
  const first = await spawnDaemon({ ...given, set: { ...given.set, drain_ms: 100 } });
  const accepted = (await first.ask('/v1/actions', {
    prompt: 'Write a story about a lighthouse',
    tier: 'local_quality',
  })) as { id: string };
  await until('the action to run', () => statuses(given.dataDir)[0]?.status === 'running');
  assert.equal(await first.stop(), 0);
  assert.equal(statuses(given.dataDir)[0]?.status, 'queued');
  const second = await spawnDaemon({ ...given, ollamaUrl: simulator.url });
  const rows = await allEnded(given.dataDir, 1);
  assert.equal(rows[0]?.id, accepted.id);
  await second.stop();
});
