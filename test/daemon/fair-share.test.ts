import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../daemon/client.ts';
import { makeClient } from '../support/client.ts';
import { startTestDaemon } from '../support/daemon.ts';
import { hasRedis } from '../support/redis.ts';

test('a client that hands in a hundred actions does not hold up the few of another', {
  skip: !hasRedis,
}, async (t) => {
  const { daemon, ended } = await startTestDaemon(t, {
    simulator: { speed: 0.2 },
    set: { 'hosts.ollama.slots': 1, 'routing.enable_self_critique': false, drain_ms: 100 },
  });
  const as = async (name: string) =>
    await connect({ url: daemon.url ?? '', token: makeClient(daemon.memory.path, name) });
  const asked = (name: string, count: number) =>
    Array.from({ length: count }, (_, n) => ({
      prompt: `Write a line about ${name} and the number ${n}`,
      model: 'phi3-mini',
    }));
  await (await as('ann')).submitAll(asked('ann', 100));
  const few = await (await as('bob')).submitAll(asked('bob', 3));
  for (const { id } of few) await ended(id, 60_000);
  const open = daemon.memory.actions.list({
    client: 'ann',
    status: ['queued', 'running', 'waiting', 'delayed'],
    limit: 200,
  });
  t.diagnostic(`${open.length} of Ann's hundred were open when Bob's three had ended`);
  assert.ok(open.length > 50, `${open.length} of Ann's were open`);
});
