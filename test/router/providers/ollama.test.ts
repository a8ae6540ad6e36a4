import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { CallError } from '../../../router/call-error.ts';
import { generate, lines, modelOf, requestOf, scriptedServer, stream } from './scripted-server.ts';

const ndjson = (response: ServerResponse, ...parts: object[]) =>
  stream(response, 'application/x-ndjson', lines(...parts));
const done = {
  message: { role: 'assistant', content: '' },
  done: true,
  done_reason: 'stop',
  prompt_eval_count: 30,
  eval_count: 8,
};

test('the native chat gets num_ctx, num_predict, think, keep_alive and the schema as its format', async (t) => {
  const server = await scriptedServer(t, (response) => ndjson(response, done));
  const schema = { type: 'object', properties: { n: { type: 'integer' } } };
  const model = modelOf('ollama', server.url, { keepAlive: '10m', temperature: 0.3 });
  await generate(requestOf(model, { schema, stop: ['END'], contextTokens: 8_192 }));
  await generate(requestOf(modelOf('ollama', server.url, { kind: 'thinking' })));
  await generate(requestOf(modelOf('ollama', server.url, { modelId: 'gpt-oss:20b', effort: 'max' })));
  const [first, thinking, gptOss] = server.received;
  assert.equal(first?.path, '/api/chat');
  assert.deepEqual(first?.body.options, {
    num_ctx: 8_192,
    num_predict: 100,
    temperature: 0.3,
    stop: ['END'],
  });
  assert.deepEqual(first?.body.format, schema);
  assert.equal(first?.body.keep_alive, '10m');
  assert.equal(first?.body.think, false);
  assert.deepEqual([first?.body.truncate, first?.body.shift], [false, false]);
  assert.equal(thinking?.body.think, true);
  assert.equal(gptOss?.body.think, 'high');
});

test('tools and their results go both ways, and calls get ids that are unique in the conversation', async (t) => {
  const server = await scriptedServer(t, (response) =>
    ndjson(
      response,
      {
        message: {
          role: 'assistant',
          content: '',
          tool_calls: [{ function: { name: 'read_file', arguments: { path: 'a' } } }],
        },
        done: false,
      },
      {
        message: {
          role: 'assistant',
          content: '',
          tool_calls: [{ function: { name: 'read_file', arguments: { path: 'b' } } }],
        },
        done: false,
      },
      done,
    ),
  );
  const model = modelOf('ollama', server.url);
  const tools = [{ name: 'read_file', description: 'Reads a file.', parameters: { type: 'object' } }];
  const first = await generate(requestOf(model, { tools }));
  assert.equal(first.finishReason, 'tool_calls');
  const ids = first.toolCalls.map(({ id }) => id);
  const second = await generate(
    requestOf(model, {
      tools,
      messages: [
        { role: 'user', content: 'Read a and b.' },
        { role: 'assistant', content: '', toolCalls: first.toolCalls },
        { role: 'tool', content: 'one', toolCallId: ids[0] ?? '', toolName: 'read_file' },
      ],
    }),
  );
  const all = [...ids, ...second.toolCalls.map(({ id }) => id)];
  assert.equal(new Set(all).size, 4);
  assert.deepEqual(server.received[1]?.body.messages.slice(1), [
    {
      role: 'assistant',
      content: '',
      tool_calls: [
        { function: { name: 'read_file', arguments: { path: 'a' } } },
        { function: { name: 'read_file', arguments: { path: 'b' } } },
      ],
    },
    { role: 'tool', content: 'one', tool_name: 'read_file' },
  ]);
});

test('thoughts are separated, counted within the output, and no part of the answer', async (t) => {
  const server = await scriptedServer(t, (response) =>
    ndjson(
      response,
      { message: { role: 'assistant', content: '', thinking: 'Let me ' }, done: false },
      { message: { role: 'assistant', content: '', thinking: 'see.' }, done: false },
      { message: { role: 'assistant', content: 'Blue.' }, done: false },
      done,
    ),
  );
  const generation = await generate(requestOf(modelOf('ollama', server.url, { kind: 'thinking' })));
  assert.equal(generation.reasoning, 'Let me see.');
  assert.equal(generation.text, 'Blue.');
  assert.equal(generation.usage.outputTokens, 8);
  assert.ok(generation.usage.reasoningTokens >= 3 && generation.usage.reasoningTokens <= 8);
});

test('a server that says the model cannot think is asked again without, and remembered', async (t) => {
  const server = await scriptedServer(t, (response, { body }) => {
    if (body.think !== undefined) {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: '"llama3:8b" does not support thinking' }));
      return;
    }
    return ndjson(response, { message: { role: 'assistant', content: 'Blue.' }, done: false }, done);
  });
  const model = modelOf('ollama', server.url, { kind: 'thinking' });
  const { createProviders } = await import('../../../router/providers/providers.ts');
  const { collect } = await import('../../../router/collect.ts');
  const { systemClock } = await import('../../../daemon/clock.ts');
  const provider = createProviders({ apiKey: () => undefined })(model);
  for (let call = 0; call < 2; call += 1) {
    const generation = await collect(provider, requestOf(model), new AbortController().signal, systemClock);
    assert.equal(generation.text, 'Blue.');
  }
  assert.deepEqual(
    server.received.map(({ body }) => body.think),
    [true, undefined, undefined],
  );
});

const long = 'The quick brown fox jumps over the lazy dog. '.repeat(400);

const truncations: readonly {
  name: string;
  prompt: string;
  counts: object;
  contextTokens: number;
  cut: boolean;
}[] = [
  {
    name: 'far fewer tokens evaluated than the prompt has',
    prompt: long,
    counts: { prompt_eval_count: 2_048, eval_count: 8 },
    contextTokens: 8_192,
    cut: true,
  },
  {
    name: 'prompt and answer together fill num_ctx exactly',
    prompt: 'short',
    counts: { prompt_eval_count: 4_000, eval_count: 96 },
    contextTokens: 4_096,
    cut: true,
  },
  {
    name: 'a tokenizer a good part thriftier than our estimate',
    prompt: long,
    counts: { prompt_eval_count: 2_900, eval_count: 8 },
    contextTokens: 8_192,
    cut: false,
  },
  {
    name: 'a short prompt read from the cache',
    prompt: 'Say hello.',
    counts: { prompt_eval_count: 1, eval_count: 8 },
    contextTokens: 4_096,
    cut: false,
  },
];
for (const row of truncations) {
  test(`${row.name}: ${row.cut ? 'the prompt was cut, no answer' : 'an answer'}`, async (t) => {
    const server = await scriptedServer(t, (response) =>
      ndjson(
        response,
        { message: { role: 'assistant', content: 'Fine.' }, done: false },
        { ...done, ...row.counts },
      ),
    );
    const request = requestOf(modelOf('ollama', server.url), {
      messages: [{ role: 'user', content: row.prompt }],
      contextTokens: row.contextTokens,
    });
    const result = await generate(request).catch((thrown: unknown) => thrown);
    if (!row.cut) return assert.equal((result as { text: string }).text, 'Fine.');
    assert.ok(result instanceof CallError, JSON.stringify(result));
    assert.equal(result.class, 'retry_elsewhere');
    assert.match(result.message, /prompt was cut/);
    assert.equal(result.countsForBreaker, false);
  });
}

test('a server that refuses a prompt too long for the context is left for another model, not retried', async (t) => {
  const server = await scriptedServer(t, (response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    // As Ollama words it: the runner's error within its own (ollama/ollama#16800).
    const inner = {
      code: 400,
      message: 'request (351 tokens) exceeds the available context size (256 tokens), try increasing it',
      type: 'exceed_context_size_error',
    };
    response.end(JSON.stringify({ error: JSON.stringify({ error: inner }) }));
  });
  const error = await generate(requestOf(modelOf('ollama', server.url))).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof CallError);
  assert.deepEqual([error.class, error.requestSpecific, error.settlement], ['retry_elsewhere', true, 'free']);
});

test('the probe keeps the context the model is loaded with', async (t) => {
  const server = await scriptedServer(t, (response) => ndjson(response, done));
  const model = modelOf('ollama', server.url);
  const { createProviders } = await import('../../../router/providers/providers.ts');
  const provider = createProviders({ apiKey: () => undefined })(model);
  const { signal } = new AbortController();
  await provider.probe(model, signal);
  for await (const _ of provider.generate(requestOf(model, { contextTokens: 16_384 }), signal));
  await provider.probe(model, signal);
  assert.deepEqual(
    server.received.map(({ body }) => body.options.num_ctx),
    [4_096, 16_384, 16_384],
  );
  assert.equal(server.received[2]?.body.options.num_predict, 1);
});

test('a base model is given its document raw, over /api/generate', async (t) => {
  const server = await scriptedServer(t, (response) =>
    ndjson(
      response,
      { response: 'Paris.', done: false },
      { response: '', done: true, done_reason: 'stop', prompt_eval_count: 120, eval_count: 3 },
    ),
  );
  const generation = await generate(requestOf(modelOf('ollama', server.url, { kind: 'base' })));
  assert.equal(generation.text, 'Paris.');
  assert.equal(generation.usage.inputTokens, 120);
  const { body, path } = server.received[0] ?? assert.fail();
  assert.equal(path, '/api/generate');
  assert.equal(body.raw, true);
  assert.match(body.prompt, /### Input:\nSay hello to the world\.\n\n### Response:\n$/);
  assert.deepEqual(body.options.stop, ['\n### ']);
});

test('a base model is not asked to call tools', async (t) => {
  const server = await scriptedServer(t, (response) => ndjson(response, done));
  const request = requestOf(modelOf('ollama', server.url, { kind: 'base' }), {
    tools: [{ name: 'f', description: '', parameters: {} }],
  });
  await assert.rejects(generate(request), { class: 'retry_elsewhere', settlement: 'free' });
  assert.equal(server.received.length, 0);
});
