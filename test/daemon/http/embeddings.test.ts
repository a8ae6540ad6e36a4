import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { startTestDaemon } from '../../support/daemon.ts';
import { startFake } from './fake-control.ts';

test('OpenAI’s own client gets vectors from the local model, in both encodings, with usage and a row of the ledger', async (t) => {
  const { daemon, simulator } = await startTestDaemon(t, {
    set: { 'tiers.local_fast.models': ['llama3-8b', 'all-minilm'] },
  });
  const client = new OpenAI({ baseURL: `${daemon.url}/v1`, apiKey: daemon.token, maxRetries: 0 });
  const input = Array.from({ length: 20 }, (_, at) => `text number ${at}`);
  const floats = await client.embeddings.create({ model: 'all-minilm', input, encoding_format: 'float' });
  assert.deepEqual([floats.model, floats.data.length, floats.data[19]?.index], ['all-minilm', 20, 19]);
  assert.equal(floats.data[0]?.embedding.length, 384);
  assert.ok(floats.usage.prompt_tokens >= 20 && floats.usage.total_tokens === floats.usage.prompt_tokens);
  // The client asks for base64 by itself.
  const again = await client.embeddings.create({ model: 'auto', input: 'text number 0' });
  again.data[0]?.embedding.forEach((value, at) => {
    assert.ok(Math.abs(value - (floats.data[0]?.embedding[at] ?? 0)) < 1e-6);
  });
  const rows = daemon.memory.calls.forAction('embeddings');
  assert.deepEqual(
    rows.map((row) => [row.role, row.type, row.model, row.outcome, row.cost]),
    Array.from({ length: 3 }, () => ['embed', 'embedding', 'all-minilm', 'ok', 0]),
    'sixteen texts a call',
  );

  await assert.rejects(client.embeddings.create({ model: 'all-minilm', input: 'word '.repeat(2_000) }), {
    status: 400,
  });
  simulator.setFaults({ fault: '500', model: 'all-minilm' });
  await assert.rejects(client.embeddings.create({ model: 'all-minilm', input: 'x' }), { status: 503 });
  assert.equal(simulator.received('openai').length + simulator.received('anthropic').length, 0);
});

test('an embedding model behind an API is refused, and nothing is sent', async (t) => {
  const { daemon, simulator } = await startTestDaemon(t, {
    set: {
      'tiers.api_fallback.models': [
        {
          name: 'remote',
          provider: 'openai',
          model_id: 'text-embedding-3-small',
          kind: 'embedding',
          context_window: 8_191,
          cost: { input: 0.02, output: 0 },
        },
      ],
    },
  });
  const client = new OpenAI({ baseURL: `${daemon.url}/v1`, apiKey: daemon.token, maxRetries: 0 });
  const ask = (model: string) => client.embeddings.create({ model, input: 'a secret' });
  await assert.rejects(ask('remote'), { status: 400, message: /behind an API/ });
  await assert.rejects(ask('text-embedding-3-small'), { status: 400, message: /behind an API/ });
  await assert.rejects(ask('auto'), { status: 503, message: /no embedding model is configured/ });
  await assert.rejects(ask('llama3-8b'), { status: 404 });
  assert.equal(simulator.received().length, 0);
});

test('what it does not do is refused by name', async (t) => {
  const fake = await startFake(t);
  for (const [body, field] of [
    [{ input: 'x', dimensions: 64 }, 'dimensions'],
    [{ input: [] }, 'input'],
    [{ input: [1, 2, 3] }, 'input'],
    [{ input: '' }, 'input'],
    [{ input: 'x', encoding_format: 'int8' }, 'encoding_format'],
    [{}, 'input'],
  ] as const) {
    const { status, body: said } = await fake.call('POST', '/v1/embeddings', body);
    assert.equal(status, 400, field);
    assert.match(JSON.stringify(said), new RegExp(field));
  }
});
