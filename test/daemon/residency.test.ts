import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startTestDaemon } from '../support/daemon.ts';
import { hasRedis, type PrivateRedis, startRedis } from '../support/redis.ts';

const skip = !hasRedis;
let redis: PrivateRedis;

before(async () => {
  if (hasRedis) redis = await startRedis();
});
after(() => redis?.stop());

/** One GPU that holds one of the two models at a time. */
const oneGpu = {
  'tiers.local_fast.models': ['phi3-mini'],
  'tiers.local_quality.models': ['llama3-8b'],
  'hosts.ollama.slots': 1,
  'hosts.ollama.vram_gb': 8,
  'hosts.ollama.max_loaded_models': 1,
  'routing.enable_self_critique': false,
  'routing.quality_threshold': 0,
};

test('sixty actions of two models that do not fit together are worked off with a load for each, not one for every other action', {
  skip,
}, async (t) => {
  const { daemon, simulator, submit, ended } = await startTestDaemon(t, {
    queueUrl: redis.url,
    api: false,
    set: { ...oneGpu, 'queue.prefix': 'burst', 'queue.slot_wait_ms': 20 },
    simulator: { speed: 0.05, hardware: { vramGb: 8, maxLoadedModels: 1, slots: 1 } },
  });
  const submitted = await daemon.control.submit(
    Array.from({ length: 60 }, (_, n) => ({
      prompt: `What is ${n} + ${n}?`,
      model: n % 2 === 0 ? 'phi3-mini' : 'llama3-8b',
    })),
  );
  assert.ok(submitted.ok);
  const ids = submitted.accepted.map((one) => one.id);
  const actions = await Promise.all(ids.map((id) => ended(id, 60_000)));
  assert.deepEqual([...new Set(actions.map((action) => action.status))], ['completed']);

  const { loads } = (await (await fetch(`${simulator.url}/__sim/host`)).json()) as { loads: number };
  // The first few come before all are in line; first come, first served would load some sixty times.
  assert.ok(loads <= 6, `${loads} loads`);
  const [host] = (await daemon.control.status()).hosts.filter((one) => one.host === 'ollama');
  assert.equal(host?.swaps.count, loads, 'every load was a swap of ours');
  assert.equal(host?.swaps.failed, 0);
  assert.equal(host?.aside, 0);
  const timed = ids
    .flatMap((id) => daemon.memory.calls.forAction(id))
    .filter((call) => (call.loadMs ?? 0) > 20);
  assert.equal(timed.length, loads, 'the ledger has the time of each');
  // It goes on as before.
  assert.equal(
    (await ended(await submit({ prompt: 'What is 7 + 7?', model: 'phi3-mini' }))).status,
    'completed',
  );
});

test('at its start the daemon learns what a server holds and does not load it again', { skip }, async (t) => {
  const { daemon, simulator, run } = await startTestDaemon(t, {
    queueUrl: redis.url,
    api: false,
    set: { ...oneGpu, 'queue.prefix': 'learnt' },
    simulator: { speed: 0, hardware: { vramGb: 8, maxLoadedModels: 1, slots: 1 } },
    beforeStart: async (server) => {
      const body = { model: 'llama3:8b', stream: false, options: { num_ctx: 8_192 } };
      await fetch(`${server.url}/api/generate`, { method: 'POST', body: JSON.stringify(body) });
    },
  });
  const resident = async () => (await daemon.control.status()).hosts.flatMap((host) => host.resident);
  while (!(await resident()).includes('llama3-8b')) await wait(10);
  assert.equal((await run({ prompt: 'What is 2 + 3?', model: 'llama3-8b' })).status, 'completed');
  const { loads } = (await (await fetch(`${simulator.url}/__sim/host`)).json()) as { loads: number };
  assert.equal(loads, 1, 'the one before the daemon was there');
});
