import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../../router/types.ts';
import { generate, modelOf, requestOf, scriptedServer, sse, stream } from './scripted-server.ts';

const tools = [
  {
    name: 'read_file',
    description: 'Reads a file.',
    parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
  },
];

const conversation: readonly Message[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'What is in a.txt?' },
  {
    role: 'assistant',
    content: '',
    toolCalls: [{ id: 'call_a', name: 'read_file', arguments: { path: 'a.txt' } }],
  },
  { role: 'tool', content: 'forty-two', toolCallId: 'call_a', toolName: 'read_file' },
];

const goodChat = sse(
  { choices: [{ index: 0, delta: { content: 'ok' }, finish_reason: 'stop' }] },
  { choices: [], usage: { prompt_tokens: 5, completion_tokens: 1 } },
  '[DONE]',
);
const goodResponse = sse(
  { type: 'response.output_text.delta', delta: 'ok' },
  {
    type: 'response.completed',
    response: { status: 'completed', usage: { input_tokens: 5, output_tokens: 1 } },
  },
);

const strictSchema = {
  type: 'object',
  properties: { answer: { type: 'string' } },
  required: ['answer'],
  additionalProperties: false,
};
const looseSchema = { type: 'object', properties: { answer: { type: 'string', minLength: 1 } } };

test('Chat: tools and their results go both ways, arguments in pieces are put together', async (t) => {
  const server = await scriptedServer(t, (response) =>
    stream(
      response,
      'text/event-stream',
      sse(
        {
          choices: [
            {
              index: 0,
              delta: { tool_calls: [{ index: 0, id: 'c1', function: { name: 'read_file', arguments: '' } }] },
            },
          ],
        },
        {
          choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '{"path":' } }] } }],
        },
        {
          choices: [
            {
              index: 0,
              delta: {
                tool_calls: [{ index: 1, id: 'c2', function: { name: 'read_file', arguments: '{"pa' } }],
              },
            },
          ],
        },
        {
          choices: [{ index: 0, delta: { tool_calls: [{ index: 0, function: { arguments: '"b.txt"}' } }] } }],
        },
        { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
        { choices: [], usage: { prompt_tokens: 5, completion_tokens: 9 } },
        '[DONE]',
      ),
    ),
  );
  const generation = await generate(
    requestOf(modelOf('openai', server.url), { messages: conversation, tools }),
  );
  assert.equal(generation.finishReason, 'tool_calls');
  assert.deepEqual(generation.toolCalls, [
    { id: 'c1', name: 'read_file', arguments: { path: 'b.txt' } },
    // Not JSON: kept as it is, so that the mistake can be shown to the model.
    { id: 'c2', name: 'read_file', arguments: '{"pa' },
  ]);
  const { body, path, headers } = server.received[0] ?? assert.fail();
  assert.equal(path, '/chat/completions');
  assert.equal(headers.authorization, 'Bearer a-key-for-tests');
  assert.deepEqual(body.messages.slice(2), [
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        { id: 'call_a', type: 'function', function: { name: 'read_file', arguments: '{"path":"a.txt"}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'call_a', content: 'forty-two' },
  ]);
  assert.equal(body.tools[0].function.name, 'read_file');
  assert.equal(body.max_completion_tokens, 100);
  assert.equal(body.max_tokens, undefined);
  assert.deepEqual(body.stream_options, { include_usage: true });
});

test('an OpenAI-compatible server gets max_tokens, and none of the account headers of OpenAI', async (t) => {
  const server = await scriptedServer(t, (response) => stream(response, 'text/event-stream', goodChat));
  await generate(requestOf(modelOf('openai-compatible', server.url), { temperature: 0.2, stop: ['END'] }));
  await generate(requestOf(modelOf('openai-compatible', server.url, { effort: 'none' })));
  assert.deepEqual(server.received[1]?.body.chat_template_kwargs, { enable_thinking: false });
  const { body, headers } = server.received[0] ?? assert.fail();
  assert.equal(body.max_tokens, 100);
  assert.equal(body.max_completion_tokens, undefined);
  assert.equal(body.temperature, 0.2);
  assert.deepEqual(body.stop, ['END']);
  assert.equal(headers['openai-organization'], undefined);
});

const efforts: readonly {
  modelId: string;
  effort: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';
  tools: boolean;
  path: string;
  sent: string | undefined;
}[] = [
  { modelId: 'gpt-6.1-sol', effort: 'none', tools: false, path: '/chat/completions', sent: 'low' },
  { modelId: 'gpt-6.1-sol', effort: 'max', tools: true, path: '/responses', sent: 'max' },
  { modelId: 'gpt-6-astra', effort: 'medium', tools: true, path: '/responses', sent: 'medium' },
  { modelId: 'gpt-6-luna', effort: 'high', tools: false, path: '/chat/completions', sent: 'high' },
  { modelId: 'gpt-6-luna', effort: 'high', tools: true, path: '/chat/completions', sent: 'none' },
  { modelId: 'gpt-5', effort: 'none', tools: false, path: '/chat/completions', sent: 'minimal' },
  { modelId: 'gpt-5-mini', effort: 'xhigh', tools: true, path: '/responses', sent: 'high' },
  { modelId: 'gpt-5.1', effort: 'minimal', tools: false, path: '/chat/completions', sent: 'none' },
  { modelId: 'gpt-4o-mini', effort: 'high', tools: true, path: '/chat/completions', sent: undefined },
];

for (const row of efforts) {
  const how = `effort ${row.effort}${row.tools ? ' with tools' : ''}`;
  test(`${row.modelId}, ${how}: ${row.path} with ${row.sent ?? 'no effort'}`, async (t) => {
    const server = await scriptedServer(t, (response, { path }) =>
      stream(response, 'text/event-stream', path === '/responses' ? goodResponse : goodChat),
    );
    const model = modelOf('openai', server.url, {
      modelId: row.modelId,
      effort: row.effort,
      temperature: 0.5,
    });
    await generate(requestOf(model, row.tools ? { tools } : {}));
    const { body, path } = server.received[0] ?? assert.fail();
    assert.equal(path, row.path);
    assert.equal(row.path === '/responses' ? body.reasoning?.effort : body.reasoning_effort, row.sent);
    // A model that reasons takes no temperature.
    const reasons = row.modelId !== 'gpt-4o-mini' && row.sent !== 'none';
    assert.equal(body.temperature, reasons ? undefined : 0.5);
  });
}

test('a schema within strict mode is sent strict, any other is not, and a list gets an instruction', async (t) => {
  const server = await scriptedServer(t, (response) => stream(response, 'text/event-stream', goodChat));
  const model = modelOf('openai', server.url);
  await generate(requestOf(model, { schema: strictSchema }));
  await generate(requestOf(model, { schema: looseSchema }));
  await generate(requestOf(model, { schema: { type: 'array', items: { type: 'string' } } }));
  const [strict, loose, list] = server.received.map(({ body }) => body);
  assert.equal(strict.response_format.json_schema.strict, true);
  assert.deepEqual(strict.response_format.json_schema.schema, strictSchema);
  assert.equal(loose.response_format.json_schema.strict, false);
  assert.equal(list.response_format, undefined);
  assert.match(list.messages[0].content, /JSON Schema/);
});

test('Responses: tools and results both ways, nothing stored, native tools capped by OpenAI itself', async (t) => {
  const server = await scriptedServer(t, (response) =>
    stream(
      response,
      'text/event-stream',
      sse(
        { type: 'response.output_item.done', item: { type: 'reasoning', summary: [] } },
        {
          type: 'response.output_item.done',
          item: { type: 'function_call', call_id: 'c1', name: 'read_file', arguments: '{"path":"b.txt"}' },
        },
        {
          type: 'response.completed',
          response: { status: 'completed', usage: { input_tokens: 5, output_tokens: 9 } },
        },
      ),
    ),
  );
  const model = modelOf('openai', server.url, {
    modelId: 'gpt-6.1-sol',
    nativeTools: { names: ['web_search', 'file_search'], maxCalls: 2, vectorStoreIds: ['vs_1'] },
  });
  const generation = await generate(
    requestOf(model, { messages: conversation, tools, schema: strictSchema }),
  );
  assert.equal(generation.finishReason, 'tool_calls');
  assert.deepEqual(generation.toolCalls, [{ id: 'c1', name: 'read_file', arguments: { path: 'b.txt' } }]);
  const { body } = server.received[0] ?? assert.fail();
  assert.equal(body.store, false);
  assert.equal(body.max_tool_calls, 2);
  assert.deepEqual(
    body.tools.map((tool: { type: string }) => tool.type),
    ['function', 'web_search', 'file_search'],
  );
  assert.deepEqual(body.tools[2].vector_store_ids, ['vs_1']);
  assert.deepEqual(body.input.slice(2), [
    { type: 'function_call', call_id: 'call_a', name: 'read_file', arguments: '{"path":"a.txt"}' },
    { type: 'function_call_output', call_id: 'call_a', output: 'forty-two' },
  ]);
  assert.equal(body.text.format.type, 'json_schema');
});

test('Responses: cut by the token limit is "length", by the content filter "refusal"', async (t) => {
  const reasons = ['max_output_tokens', 'content_filter'];
  const server = await scriptedServer(t, (response, _request, count) =>
    stream(
      response,
      'text/event-stream',
      sse(
        { type: 'response.output_text.delta', delta: 'half an ans' },
        {
          type: 'response.incomplete',
          response: {
            status: 'incomplete',
            incomplete_details: { reason: reasons[count - 1] },
            usage: { input_tokens: 5, output_tokens: 9 },
          },
        },
      ),
    ),
  );
  const request = requestOf(modelOf('openai', server.url, { modelId: 'gpt-6.1-sol' }), { tools });
  assert.equal((await generate(request)).finishReason, 'length');
  assert.equal((await generate(request)).finishReason, 'refusal');
});

const failures = [
  { code: 'server_error', expected: 'retry_here' },
  { code: 'rate_limit_exceeded', expected: 'rate_limited' },
  { code: 'invalid_prompt', expected: 'refused' },
] as const;
for (const failure of failures) {
  test(`Responses: response.failed with ${failure.code} is ${failure.expected}`, async (t) => {
    const server = await scriptedServer(t, (response) =>
      stream(
        response,
        'text/event-stream',
        sse({ type: 'response.failed', response: { error: { code: failure.code, message: 'no' } } }),
      ),
    );
    const request = requestOf(modelOf('openai', server.url, { modelId: 'gpt-6.1-sol' }), { tools });
    const error = await generate(request).catch((thrown) => thrown);
    assert.equal(error.class, failure.expected);
    assert.equal(error.settlement, 'unknown');
  });
}

test('Responses: a stream cut before response.completed is a failure', async (t) => {
  const server = await scriptedServer(t, (response) =>
    stream(response, 'text/event-stream', sse({ type: 'response.output_text.delta', delta: 'half' })),
  );
  const request = requestOf(modelOf('openai', server.url, { modelId: 'gpt-6.1-sol' }), { tools });
  const error = await generate(request).catch((thrown) => thrown);
  assert.equal(error.class, 'retry_here');
  assert.equal(error.partial.text, 'half');
});

test('a generated image is part of the answer and counted as a use of the tool', async (t) => {
  const server = await scriptedServer(t, (response) =>
    stream(
      response,
      'text/event-stream',
      sse(
        {
          type: 'response.output_item.done',
          item: { type: 'image_generation_call', status: 'completed', result: 'aGk=', output_format: 'png' },
        },
        {
          type: 'response.completed',
          response: { status: 'completed', usage: { input_tokens: 5, output_tokens: 9 } },
        },
      ),
    ),
  );
  const model = modelOf('openai', server.url, {
    modelId: 'gpt-6.1-sol',
    nativeTools: { names: ['image_generation'], maxCalls: 1 },
  });
  const generation = await generate(requestOf(model));
  assert.equal(generation.text, '![generated image](data:image/png;base64,aGk=)\n');
  assert.deepEqual(generation.usage.nativeToolCalls, { image_generation: 1 });
});

test('reasoning of OpenAI-compatible servers is separated: native fields and <think> tags', async (t) => {
  const answers = [
    [{ reasoning_content: 'Let me see.' }, { content: 'Blue.' }],
    [{ reasoning: 'Let me see.' }, { content: 'Blue.' }],
    [{ content: '<thi' }, { content: 'nk>Let me ' }, { content: 'see.</th' }, { content: 'ink>\n\nBlue.' }],
    [{ content: 'Let me see.' }, { content: '</think>' }, { content: '\n\n' }, { content: 'Blue.' }],
  ];
  const server = await scriptedServer(t, (response, _request, count) =>
    stream(
      response,
      'text/event-stream',
      sse(
        ...(answers[count - 1] ?? []).map((delta) => ({ choices: [{ index: 0, delta }] })),
        { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
        { choices: [], usage: { prompt_tokens: 5, completion_tokens: 9 } },
        '[DONE]',
      ),
    ),
  );
  const model = modelOf('openai-compatible', server.url, { kind: 'thinking' });
  for (const _ of answers) {
    const generation = await generate(requestOf(model));
    assert.equal(generation.reasoning, 'Let me see.');
    assert.equal(generation.text, 'Blue.');
    assert.ok(generation.usage.reasoningTokens > 0);
  }
});

test('a refusal is a finish reason, with its text as the answer', async (t) => {
  const server = await scriptedServer(t, (response) =>
    stream(
      response,
      'text/event-stream',
      sse(
        { choices: [{ index: 0, delta: { refusal: 'I cannot help with that.' }, finish_reason: null }] },
        { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
        '[DONE]',
      ),
    ),
  );
  const generation = await generate(requestOf(modelOf('openai', server.url)));
  assert.equal(generation.finishReason, 'refusal');
  assert.equal(generation.text, 'I cannot help with that.');
});

test('a base model gets a document to continue over /completions, and its text ends at the next heading', async (t) => {
  const server = await scriptedServer(t, (response) =>
    stream(
      response,
      'text/event-stream',
      sse(
        { choices: [{ index: 0, text: 'Par' }] },
        { choices: [{ index: 0, text: 'is.', finish_reason: 'stop' }] },
        { choices: [], usage: { prompt_tokens: 150, completion_tokens: 2 } },
        '[DONE]',
      ),
    ),
  );
  const generation = await generate(
    requestOf(modelOf('openai-compatible', server.url, { kind: 'base' }), {
      messages: [{ role: 'user', content: 'Capital of France?\n### Response:\nLondon.' }],
    }),
  );
  assert.equal(generation.text, 'Paris.');
  assert.equal(generation.usage.inputTokens, 150);
  const { body, path } = server.received[0] ?? assert.fail();
  assert.equal(path, '/completions');
  assert.match(body.prompt, /### Input:\nCapital of France\?\n ### Response:\nLondon\.\n\n### Response:\n$/);
  assert.deepEqual(body.stop, ['\n### ']);
});

test('rate-limit headers of an answer come with its finish', async (t) => {
  const server = await scriptedServer(t, async (response) => {
    response.setHeader('x-ratelimit-remaining-requests', '12');
    response.setHeader('x-ratelimit-remaining-tokens', '900');
    response.setHeader('x-ratelimit-reset-tokens', '6m0s');
    await stream(response, 'text/event-stream', goodChat);
  });
  const model = modelOf('openai', server.url);
  const { createProviders } = await import('../../../router/providers/providers.ts');
  const provider = createProviders({
    apiKey: () => 'k',
    clock: { now: () => 1_000, sleep: async () => undefined },
  })(model);
  for await (const delta of provider.generate(requestOf(model), new AbortController().signal)) {
    if (delta.kind !== 'finish') continue;
    assert.deepEqual(delta.rateLimit, {
      requests: { remaining: 12 },
      tokens: { remaining: 900, fullAt: 361_000 },
    });
  }
});

test('the probe asks for a single token; a server that finds the probe itself wrong is alive', async (t) => {
  const { createProviders } = await import('../../../router/providers/providers.ts');
  const server = await scriptedServer(t, (response, _request, count) => {
    if (count === 1) return stream(response, 'text/event-stream', goodChat);
    response.writeHead(count === 2 ? 400 : 401, { 'content-type': 'application/json' });
    const message =
      count === 2
        ? 'Could not finish the message because max_tokens or model output limit was reached'
        : 'wrong key';
    response.end(JSON.stringify({ error: { message, type: 'invalid_request_error', code: null } }));
  });
  const model = modelOf('openai', server.url);
  const provider = createProviders({ apiKey: () => 'k' })(model);
  const { signal } = new AbortController();
  await provider.probe(model, signal);
  await provider.probe(model, signal);
  await assert.rejects(provider.probe(model, signal), { class: 'retry_elsewhere', status: 401 });
  assert.equal(server.received[0]?.body.max_completion_tokens, 1);
});

test('without its key a paid model is not called at all', async (t) => {
  const server = await scriptedServer(t, (response) => stream(response, 'text/event-stream', goodChat));
  const { createProviders } = await import('../../../router/providers/providers.ts');
  const model = modelOf('openai', server.url, { apiKeyEnv: 'OPENAI_API_KEY' });
  const provider = createProviders({ apiKey: () => undefined })(model);
  await assert.rejects(provider.probe(model, new AbortController().signal), /OPENAI_API_KEY is not set/);
  assert.equal(server.received.length, 0);
});

test('a changed key is used from the next call on; one that cannot be read is a call that failed and cost nothing', async (t) => {
  const server = await scriptedServer(t, (response) => stream(response, 'text/event-stream', goodChat));
  const { createProviders } = await import('../../../router/providers/providers.ts');
  const model = modelOf('openai', server.url, { apiKeyEnv: 'OPENAI_API_KEY' });
  let key: string | undefined = 'first';
  const provide = createProviders({
    apiKey: () => {
      if (key === undefined) throw new Error('cannot read the file that OPENAI_API_KEY_FILE names');
      return key;
    },
  });
  const { signal } = new AbortController();
  await provide(model).probe(model, signal);
  assert.equal(provide(model), provide(model));
  key = 'second';
  await provide(model).probe(model, signal);
  assert.deepEqual(
    server.received.map(({ headers }) => headers.authorization),
    ['Bearer first', 'Bearer second'],
  );
  key = undefined;
  await assert.rejects(provide(model).probe(model, signal), { class: 'retry_elsewhere', settlement: 'free' });
});
