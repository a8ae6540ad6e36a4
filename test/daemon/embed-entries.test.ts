import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEntryEmbedder } from '../../daemon/embed-entries.ts';
import { createLogger } from '../../daemon/logger.ts';
import { openMemory } from '../../memory/memory.ts';
import { startSimulator } from '../../scripts/simulator/simulator.ts';
import { testConfig } from '../support/config.ts';
import { tempDir } from '../support/temp.ts';

test('entries without a vector get one from the local embedding model, and none is asked when none lacks it', async (t) => {
  const dataDir = tempDir(t);
  const simulator = await startSimulator({ speed: 0 });
  t.after(() => simulator.close());
  const models = [{ name: 'phi3-mini' }, { name: 'all-minilm' }];
  const { config } = testConfig({
    dataDir,
    ollamaUrl: simulator.url,
    set: { 'tiers.local_fast.models': models },
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
  const signal = new AbortController().signal;
  const embed = createEntryEmbedder({
    config: () => config,
    env: {},
    memory,
    logger: createLogger('silent'),
    signal,
  });

  await memory.entries.write({ type: 'f', topic: 'build', text: 'The build server is in Lisbon.' });
  await embed();
  assert.deepEqual(memory.entries.embeddings('all-minilm'), { model: 'all-minilm', embedded: 1, missing: 0 });
  const asked = simulator.received().length;
  await embed();
  assert.equal(simulator.received().length, asked);
});
