import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { startTestDaemon } from '../support/daemon.ts';
import { hasRedis, startRedis } from '../support/redis.ts';

const skip = !hasRedis;

// Whether BullMQ is just about to reach for the server again when the daemon is told to stop is chance.
for (const afterMs of [0, 70, 300, 700]) {
  test(`a daemon ends though its Redis has been gone for ${afterMs} ms, and what was accepted is in the record`, {
    skip,
  }, async (t) => {
    const redis = await startRedis();
    const { daemon, submit } = await startTestDaemon(t, { queueUrl: redis.url });
    const id = await submit({ type: 'prompt', prompt: 'Say hello.', delay_ms: 60_000 });
    await redis.stop();
    await wait(afterMs);
    assert.equal(daemon.memory.actions.get(id)?.status, 'delayed');
    await daemon.stop('signal');
    assert.equal(await daemon.ended, 'signal');
  });
}
