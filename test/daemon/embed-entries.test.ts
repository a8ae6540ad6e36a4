import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { ModelSpec } from '../../config/config.ts';
import { systemClock } from '../../daemon/clock.ts';
import { createEntryEmbedder } from '../../daemon/embed-entries.ts';
import { createLogger } from '../../daemon/logger.ts';
import { createBreakers } from '../../router/breakers.ts';
import { createEmbedTexts } from '../../router/embed-call.ts';
import { createEmbed } from '../../router/providers/embed.ts';
import { createSlots } from '../../router/slots.ts';
import type { Slot } from '../../router/types/outside.ts';
import { startSimulator } from '../../scripts/simulator/simulator.ts';
import { temporaryMemory } from '../memory/temporary-memory.ts';
import { aConfig, aModel } from '../router/support.ts';

const never = new AbortController().signal;

/** The daemon's task with real ledger, slots and adapter; the host holds so many models and takes one call at once. */
async function embedder(
  t: TestContext,
  given: { maxLoadedModels: number; beforeCall?: () => Promise<void> },
) {
  const simulator = await startSimulator({ speed: 0 });
  t.after(() => simulator.close());
  const { memory } = await temporaryMemory(t, { now: Date.now });
  const clock = { ...systemClock, ahead: 0, now: (): number => Date.now() + clock.ahead };
  const host = {
    name: 'local',
    slots: 1,
    vramGb: undefined,
    maxLoadedModels: given.maxLoadedModels,
    agingBoundMs: 30_000,
  };
  const slots = createSlots({ hosts: { local: host }, maxWaitersPerHost: 8, clock });
  const model = aModel('all-minilm', 'local_fast', { kind: 'embedding', endpoint: simulator.url });
  const config = aConfig();
  config.tiers = { ...config.tiers, local_fast: [model] };
  let calls = 0;
  const send = createEmbed({ apiKey: () => undefined });
  const embedTexts = createEmbedTexts({
    ledger: memory.ledger,
    slots,
    breakers: createBreakers({ clock, saved: {}, save: () => undefined }),
    clock,
    newId: () => {
      calls += 1;
      return `embed-${calls}`;
    },
    send: async (...call) => {
      await given.beforeCall?.();
      return await send(...call);
    },
  });
  const embed = createEntryEmbedder({
    config: () => config,
    memory,
    embedTexts,
    hasRoomFor: slots.hasRoomFor,
    clock,
    logger: createLogger('silent'),
    signal: never,
  });
  const write = (count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, at) => memory.entries.write({ type: 'f', text: `fact ${at}` })),
    );
  return { simulator, memory, slots, clock, model, embed, write };
}

test('entries without a vector get one from the local embedding model, and none is asked when none lacks it', async (t) => {
  const { simulator, memory, embed, write } = await embedder(t, { maxLoadedModels: 2 });
  await write(20);
  await embed();
  assert.deepEqual(memory.entries.embeddings('all-minilm'), {
    model: 'all-minilm',
    embedded: 20,
    missing: 0,
  });
  assert.deepEqual(
    memory.calls.forAction('entries').map((call) => [call.role, call.type, call.outcome, call.cost]),
    [
      ['embed', 'embedding', 'ok', 0],
      ['embed', 'embedding', 'ok', 0],
    ],
    'sixteen a call, each a row of the ledger',
  );
  const asked = simulator.received().length;
  await embed();
  assert.equal(simulator.received().length, asked);
  assert.deepEqual(memory.state.get('entries_embedded'), { model: 'all-minilm', id: 20 });
  await memory.entries.write({ type: 'f', text: 'one more' });
  await embed();
  assert.deepEqual(
    JSON.parse(simulator.received().at(-1)?.body ?? '{}').input,
    ['one more'],
    'and of new entries only those',
  );
  assert.equal(memory.entries.embeddings('all-minilm').missing, 0);
});

test('an answer that comes while entries are embedded waits for the batch under way and no other', async (t) => {
  const order: string[] = [];
  let answer: Promise<Slot | undefined> | undefined;
  const parts = await embedder(t, {
    maxLoadedModels: 2,
    beforeCall: async () => {
      order.push('batch');
      answer ??= parts.slots
        .acquire(answering, { priority: 5, waitMs: 10_000, signal: never })
        .then((slot) => {
          order.push('answer');
          slot?.release();
          return slot;
        });
    },
  });
  const answering: ModelSpec = { ...parts.model, name: 'llama3:8b', modelId: 'llama3:8b', kind: 'instruct' };
  await parts.write(48);
  await parts.embed();
  await answer;
  assert.deepEqual(order, ['batch', 'answer', 'batch', 'batch']);
});

test('entries push no model out before they have waited for five minutes, and get their turn then', async (t) => {
  const { simulator, memory, slots, clock, model, embed, write } = await embedder(t, { maxLoadedModels: 1 });
  const answering: ModelSpec = { ...model, name: 'llama3:8b', modelId: 'llama3:8b', kind: 'instruct' };
  (await slots.acquire(answering, { priority: 5, waitMs: 0, signal: never }))?.release();
  assert.equal(slots.hasRoomFor(model), false);
  await write(3);
  await embed();
  clock.ahead = 299_000;
  await embed();
  assert.deepEqual([simulator.received().length, slots.resident('local')], [0, ['llama3:8b']]);
  clock.ahead = 301_000;
  await embed();
  assert.equal(memory.entries.embeddings('all-minilm').missing, 0);
  assert.deepEqual(slots.resident('local'), ['all-minilm']);
});

test('a failing model leaves the entries for the next round, with what failed in the ledger', async (t) => {
  const { simulator, memory, embed, write } = await embedder(t, { maxLoadedModels: 2 });
  await write(5);
  simulator.setFaults({ fault: '500', model: 'all-minilm', count: 1 });
  await embed();
  assert.equal(memory.entries.embeddings('all-minilm').missing, 5);
  assert.equal(memory.calls.forAction('entries')[0]?.errorClass, 'retry_here');
  await embed();
  assert.equal(memory.entries.embeddings('all-minilm').missing, 0);
});

test('entries longer than the model’s window get a vector too, and hold up no other', async (t) => {
  const { memory, embed, write, model } = await embedder(t, { maxLoadedModels: 2 });
  assert.equal(
    model.contextWindow,
    32_768,
    'the configuration may be wrong about it: the simulator’s is 512',
  );
  model.contextWindow = 512;
  await memory.entries.write({ type: 'f', text: 'Meidän täytyy siirtää tietokanta. '.repeat(200) });
  await memory.entries.write({ type: 'f', text: '数据库迁移需要仔细规划'.repeat(500) });
  await write(3);
  await embed();
  assert.equal(memory.entries.embeddings('all-minilm').missing, 0);
});

test('an entry that the model refuses goes without, the others do not', async (t) => {
  const { memory, embed, write } = await embedder(t, { maxLoadedModels: 2 });
  // The window is configured as larger than it is, so that the text is not cut.
  await memory.entries.write({
    type: 'f',
    text: 'The river rose and fell with the rain of the season. '.repeat(80),
  });
  await write(3);
  await embed();
  assert.deepEqual(memory.entries.embeddings('all-minilm'), { model: 'all-minilm', embedded: 3, missing: 1 });
  const rows = memory.calls.forAction('entries').length;
  await embed();
  assert.equal(memory.calls.forAction('entries').length, rows, 'it is not asked for again and again');
});
