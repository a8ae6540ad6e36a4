import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { SwarmdError } from '../../../config/errors.ts';
import { type PullProgress, pullModel } from '../../../router/providers/ollama-pull.ts';
import { inspectServer } from '../../../router/providers/servers.ts';
import { startSimulator } from '../../../scripts/simulator/simulator.ts';

/** A server that answers these paths, as the documentation of each product words them. */
async function server(t: TestContext, answers: Record<string, unknown>): Promise<string> {
  const http = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { error: 'not found' }));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

test('an Ollama tells its models with size, context, kind and what is loaded', async (t) => {
  const simulator = await startSimulator({ speed: 0 });
  t.after(() => simulator.close());
  const found = await inspectServer(`${simulator.url}/v1`);
  assert.equal(found?.kind, 'ollama');
  assert.equal(found?.address, simulator.url);
  const phi = found?.models.find((model) => model.modelId === 'phi3:mini');
  assert.equal(phi?.kind, 'instruct');
  assert.ok((phi?.sizeGb ?? 0) > 1 && (phi?.contextWindow ?? 0) >= 4096);
  assert.equal(phi?.loaded, false);
  const kinds = new Set(found?.models.map((model) => model.kind));
  assert.ok(kinds.has('thinking') && kinds.has('embedding'), [...kinds].join());
});

test('a vLLM is known by its owner, with the context it was started with', async (t) => {
  const url = await server(t, {
    '/v1/models': {
      object: 'list',
      data: [{ id: 'Qwen/Qwen3-8B', object: 'model', owned_by: 'vllm', max_model_len: 16_384 }],
    },
    '/version': { version: '0.14.1' },
  });
  const found = await inspectServer(url);
  assert.equal(found?.kind, 'vllm');
  assert.equal(found?.version, '0.14.1');
  assert.deepEqual([found?.models[0]?.modelId, found?.models[0]?.contextWindow], ['Qwen/Qwen3-8B', 16_384]);
});

test('a llama.cpp server tells context, slots and size', async (t) => {
  const url = await server(t, {
    '/v1/models': {
      object: 'list',
      data: [
        {
          id: 'qwen2.5-coder-32b-q4_k_m.gguf',
          owned_by: 'llamacpp',
          meta: { n_ctx_train: 131_072, n_params: 32_000_000_000, size: 19_800_000_000 },
        },
      ],
    },
    '/props': { default_generation_settings: { n_ctx: 8192 }, total_slots: 4 },
  });
  const found = await inspectServer(url);
  assert.equal(found?.kind, 'llama_cpp');
  assert.equal(found?.slots, 4);
  assert.equal(found?.models[0]?.contextWindow, 8192);
  assert.equal(found?.models[0]?.sizeGb, 19.8);
});

test('an LM Studio tells type, context and state', async (t) => {
  const url = await server(t, {
    '/api/v0/models': {
      object: 'list',
      data: [
        {
          id: 'llama-3.1-8b',
          type: 'llm',
          quantization: 'Q4_K_M',
          state: 'loaded',
          max_context_length: 131_072,
        },
        { id: 'nomic', type: 'embeddings', state: 'not-loaded', max_context_length: 2048 },
      ],
    },
  });
  const found = await inspectServer(url);
  assert.equal(found?.kind, 'lm_studio');
  assert.deepEqual(
    found?.models.map((model) => [model.kind, model.loaded, model.contextWindow]),
    [
      ['instruct', true, 131_072],
      ['embedding', false, 2048],
    ],
  );
});

test('what is no model server is none: nobody there, another program, a redirect, no address', async (t) => {
  const page = createServer((_, response) => response.end('<html>'));
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    page.closeAllConnections();
    page.close();
  });
  const { port } = page.address() as AddressInfo;
  assert.equal(await inspectServer(`http://127.0.0.1:${port}`), undefined);
  assert.equal(await inspectServer(await server(t, { '/v1/models': [1, 2] })), undefined);
  assert.equal(await inspectServer('http://127.0.0.1:1'), undefined);
  assert.equal(await inspectServer('not an address'), undefined);
});

test('a pull tells its progress and ends with success', async (t) => {
  const simulator = await startSimulator({ speed: 0 });
  t.after(() => simulator.close());
  const seen: PullProgress[] = [];
  await pullModel(simulator.url, 'phi3:mini', (progress) => seen.push(progress), AbortSignal.timeout(10_000));
  assert.equal(seen.at(-1)?.status, 'success');
  assert.ok(seen.some(({ completed, total }) => total !== undefined && completed === total));
});

test('a pull of what does not exist, from nobody, or cut short is an error', async (t) => {
  const simulator = await startSimulator({ speed: 0 });
  t.after(() => simulator.close());
  const cut = await server(t, { '/api/pull': { status: 'pulling manifest' } });
  const pull = (url: string, model: string) => pullModel(url, model, () => {}, AbortSignal.timeout(10_000));
  for (const [url, model, expected] of [
    [simulator.url, 'no-such-model', /file does not exist/],
    ['http://127.0.0.1:1', 'phi3:mini', /no Ollama answers there/],
    [cut, 'phi3:mini', /ended without saying that it succeeded/],
  ] as const)
    await assert.rejects(
      pull(url, model),
      (error) => error instanceof SwarmdError && expected.test(error.message),
    );
});
