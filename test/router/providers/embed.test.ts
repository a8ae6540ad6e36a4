import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { createEmbed } from '../../../router/providers/embed.ts';
import { modelOf, scriptedServer } from './scripted-server.ts';

const embed = createEmbed({ apiKey: () => 'a-key' });
const json = (response: ServerResponse, status: number, body: unknown) => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};
const never = new AbortController().signal;

test('Ollama: a vector for each text, nothing cut silently', async (t) => {
  const server = await scriptedServer(t, (response) =>
    json(response, 200, {
      embeddings: [
        [1, 0],
        [0, 1],
      ],
      prompt_eval_count: 7,
    }),
  );
  const { vectors, usage } = await embed(
    modelOf('ollama', server.url, { kind: 'embedding' }),
    ['a', 'b'],
    never,
  );
  assert.deepEqual(vectors, [
    [1, 0],
    [0, 1],
  ]);
  assert.deepEqual([usage.inputTokens, usage.outputTokens, usage.reported], [7, 0, true]);
  assert.equal(server.received[0]?.path, '/api/embed');
  assert.deepEqual(server.received[0]?.body, { model: 'llama3:8b', input: ['a', 'b'], truncate: false });
  await embed(modelOf('ollama', server.url, { kind: 'embedding', keepAlive: '10m' }), ['a', 'b'], never);
  assert.equal(server.received[1]?.body.keep_alive, '10m');
});

test('OpenAI: vectors are put in the order of the texts', async (t) => {
  const server = await scriptedServer(t, (response) =>
    json(response, 200, {
      data: [
        { index: 1, embedding: [0, 1] },
        { index: 0, embedding: [1, 0] },
      ],
      usage: { prompt_tokens: 4, total_tokens: 4 },
    }),
  );
  const { vectors, usage } = await embed(modelOf('openai', server.url), ['a', 'b'], never);
  assert.deepEqual(vectors, [
    [1, 0],
    [0, 1],
  ]);
  assert.equal(usage.inputTokens, 4);
});

for (const provider of ['ollama', 'openai', 'openai-compatible'] as const) {
  const wrap = (vectors: unknown[]) =>
    provider === 'ollama'
      ? { embeddings: vectors }
      : { data: vectors.map((embedding, index) => ({ index, embedding })) };

  for (const [name, vectors] of [
    ['too few', [[1, 0]]],
    ['of different lengths', [[1, 0], [1]]],
    ['empty', [[], []]],
    [
      'not of numbers',
      [
        [1, null],
        [0, 1],
      ],
    ],
  ] as const) {
    test(`${provider}: vectors that are ${name} are an error`, async (t) => {
      const server = await scriptedServer(t, (response) => json(response, 200, wrap([...vectors])));
      await assert.rejects(embed(modelOf(provider, server.url), ['a', 'b'], never), { class: 'retry_here' });
    });
  }

  test(`${provider}: errors are classed as everywhere, an abort closes the connection`, async (t) => {
    const stop = new AbortController();
    const server = await scriptedServer(t, (response, _request, count) => {
      if (count === 1)
        return json(response, 404, {
          error: provider === 'ollama' ? 'model not found' : { message: 'model not found' },
        });
      setTimeout(() => stop.abort(), 20);
    });
    const model = modelOf(provider, server.url);
    await assert.rejects(embed(model, ['a'], never), {
      class: 'retry_elsewhere',
      status: 404,
      settlement: 'free',
    });
    await assert.rejects(embed(model, ['a'], stop.signal), { class: 'cancelled' });
  });
}

test('no texts need no call', async () => {
  assert.deepEqual((await embed(modelOf('ollama', 'http://127.0.0.1:1'), [], never)).vectors, []);
});
