import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../daemon/clock.ts';
import { createBreakers } from '../../router/breakers.ts';
import { createEmbedTexts, type EmbedRequest, embeddingModel } from '../../router/embed-call.ts';
import { createEmbed } from '../../router/providers/embed.ts';
import { createSlots } from '../../router/slots.ts';
import { startSimulator } from '../../scripts/simulator/simulator.ts';
import { temporaryMemory } from '../memory/temporary-memory.ts';
import { aConfig, aModel } from './support.ts';

const never = new AbortController().signal;

/** The real parts around one embedding call: ledger, slots, breakers, adapter; the simulator as its server. */
async function embedding(t: TestContext, speed = 0) {
  const simulator = await startSimulator({ speed });
  t.after(() => simulator.close());
  const { memory } = await temporaryMemory(t, { now: Date.now });
  const host = { name: 'local', slots: 1, vramGb: undefined, maxLoadedModels: 2, agingBoundMs: 30_000 };
  const slots = createSlots({ hosts: { local: host }, maxWaitersPerHost: 8, clock: systemClock });
  const breakers = createBreakers({ clock: systemClock, saved: {}, save: () => undefined });
  let calls = 0;
  const embedTexts = createEmbedTexts({
    ledger: memory.ledger,
    slots,
    breakers,
    clock: systemClock,
    newId: () => {
      calls += 1;
      return `embed-${calls}`;
    },
    send: createEmbed({ apiKey: () => 'a-key' }),
  });
  const model = aModel('all-minilm', 'local_fast', { kind: 'embedding', endpoint: simulator.url });
  const ask = (more: Partial<EmbedRequest> = {}) =>
    embedTexts({
      model,
      texts: ['rain in Lisbon', 'snow in Oslo'],
      origin: { actionId: 'action-1' },
      type: 'embedding',
      priority: 5,
      waitMs: 1_000,
      signal: never,
      ...more,
    });
  return { simulator, memory, slots, breakers, model, ask };
}

test('an embedding call takes a place, gives it back, and is a row of the ledger with role embed', async (t) => {
  const { memory, slots, ask } = await embedding(t);
  const attempt = await ask();
  assert.ok(attempt.kind === 'embedded');
  assert.deepEqual(
    attempt.vectors.map((vector) => vector.length),
    [384, 384],
  );
  const [row] = memory.calls.forAction('action-1');
  assert.ok(row !== undefined);
  assert.deepEqual(
    [row.id, row.role, row.model, row.tier, row.outcome, row.settlement, row.cost, row.outputTokens],
    [attempt.callId, 'embed', 'all-minilm', 'local_fast', 'ok', 'free', 0, 0],
  );
  assert.ok(row.inputTokens > 0, 'its tokens are counted');
  assert.ok(row.latencyMs !== null && row.finishedAt !== null);
  assert.equal(slots.load()[0]?.active, 0);
  const [sum] = memory.calls.sums(0, Date.now() + 1_000, ['role']);
  assert.deepEqual([sum?.role, sum?.calls, sum?.cost, sum?.answers], ['embed', 1, 0, 0]);
});

test('without a place in time nothing is sent and no row is written', async (t) => {
  const { simulator, memory, slots, model, ask } = await embedding(t);
  const taken = await slots.acquire(
    { ...model, modelId: 'llama3:8b' },
    { priority: 5, waitMs: 0, signal: never },
  );
  assert.ok(taken !== undefined);
  const attempt = await ask({ waitMs: 20 });
  assert.ok(attempt.kind === 'failed' && attempt.error.class === 'no_slot');
  assert.equal(simulator.received().length, 0);
  assert.deepEqual(memory.calls.forAction('action-1'), []);
  taken.release();
  assert.equal((await ask({ waitMs: 20 })).kind, 'embedded');
});

test('a model that does not answer within the time given has failed, and its place is free again', async (t) => {
  const { simulator, slots, breakers, model, ask } = await embedding(t, 1);
  simulator.setFaults({ fault: 'hang_before_headers', model: 'all-minilm' });
  for (let round = 0; round < 3; round += 1) await ask({ withinMs: 30 });
  assert.equal(breakers.state(model).state, 'closed', 'who is in a hurry says nothing about its health');
  const attempt = await ask({ withinMs: 100 });
  assert.ok(attempt.kind === 'failed' && attempt.error.class === 'retry_elsewhere');
  assert.match(attempt.error.message, /no embeddings within \d+ ms/);
  assert.equal(slots.load()[0]?.active, 0);
});

test('failures are classed, recorded and told to the breaker, which then keeps calls away', async (t) => {
  const { simulator, memory, breakers, model, ask } = await embedding(t);
  simulator.setFaults({ fault: '500', model: 'all-minilm' });
  for (let round = 0; round < 3; round += 1) {
    const attempt = await ask();
    assert.ok(attempt.kind === 'failed' && attempt.error.class === 'retry_here');
  }
  const rows = memory.calls.forAction('action-1');
  assert.deepEqual(
    rows.map((row) => [row.outcome, row.errorClass, row.cost, row.settlement]),
    Array.from({ length: 3 }, () => ['error', 'retry_here', 0, 'free']),
  );
  assert.equal(breakers.state(model).state, 'open');
  const asked = simulator.received().length;
  const resting = await ask();
  assert.ok(resting.kind === 'failed');
  assert.match(resting.error.message, /rests/);
  assert.equal(simulator.received().length, asked);
});

test('a call that is cancelled says so, and is no failure of the model', async (t) => {
  const { simulator, memory, breakers, model, ask } = await embedding(t);
  simulator.setFaults({ fault: 'hang_before_headers', model: 'all-minilm' });
  const stop = new AbortController();
  const asked = ask({ signal: stop.signal });
  setTimeout(() => stop.abort(), 30);
  const attempt = await asked;
  assert.ok(attempt.kind === 'failed' && attempt.error.class === 'cancelled');
  assert.equal(memory.calls.forAction('action-1')[0]?.outcome, 'cancelled');
  assert.equal(breakers.state(model).state, 'closed');
});

test('a model behind an API is refused before a place is taken, a row written or anything sent', async (t) => {
  const { simulator, memory, slots, model, ask } = await embedding(t);
  const attempt = await ask({
    model: {
      ...model,
      name: 'text-embedding-3-small',
      modelId: 'text-embedding-3-small',
      provider: 'openai',
      endpoint: simulator.openaiUrl,
      selfHosted: false,
    },
  });
  assert.ok(attempt.kind === 'failed' && attempt.error.class === 'bad_request');
  assert.match(attempt.error.message, /behind an API/);
  assert.equal(simulator.received().length, 0);
  assert.deepEqual(memory.calls.forAction('action-1'), []);
  assert.equal(slots.load()[0]?.active, 0);
});

test('only an embedding model on own hardware is chosen, in whatever tier one behind an API stands before it', () => {
  const config = aConfig();
  assert.equal(embeddingModel(config), undefined);
  config.tiers = {
    local_fast: [aModel('cloud-embedding', 'local_fast', { kind: 'embedding', selfHosted: false })],
    local_quality: [aModel('all-minilm', 'local_quality', { kind: 'embedding' })],
    api_fallback: [],
  };
  assert.equal(embeddingModel(config)?.name, 'all-minilm');
});
