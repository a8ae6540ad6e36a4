import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../../router/types.ts';
import { contentType, goodPieces } from './good-answers.ts';
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
  { role: 'user', content: 'What is in a.txt and b.txt?' },
  {
    role: 'assistant',
    content: '',
    toolCalls: [
      { id: 'toolu_a', name: 'read_file', arguments: { path: 'a.txt' } },
      { id: 'toolu_b', name: 'read_file', arguments: '{"path' },
    ],
  },
  { role: 'tool', content: 'forty-two', toolCallId: 'toolu_a', toolName: 'read_file' },
  { role: 'tool', content: 'not JSON', toolCallId: 'toolu_b', toolName: 'read_file' },
];

const anthropic = (response: Parameters<typeof stream>[0]) =>
  stream(response, contentType('anthropic'), goodPieces.anthropic);

test('tools and their results go both ways; results of one turn are blocks of one message', async (t) => {
  const server = await scriptedServer(t, (response) =>
    stream(
      response,
      'text/event-stream',
      sse(
        { type: 'message_start', message: { usage: { input_tokens: 50, output_tokens: 1 } } },
        { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '' } },
        {
          type: 'content_block_delta',
          index: 0,
          delta: { type: 'thinking_delta', thinking: 'I need the file.' },
        },
        { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'abc' } },
        { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Reading.' } },
        {
          type: 'content_block_start',
          index: 2,
          content_block: { type: 'tool_use', id: 'toolu_1', name: 'read_file', input: {} },
        },
        {
          type: 'content_block_delta',
          index: 2,
          delta: { type: 'input_json_delta', partial_json: '{"path"' },
        },
        {
          type: 'content_block_delta',
          index: 2,
          delta: { type: 'input_json_delta', partial_json: ':"c.txt"}' },
        },
        {
          type: 'content_block_start',
          index: 3,
          content_block: { type: 'server_tool_use', id: 's', name: 'web_search' },
        },
        {
          type: 'content_block_delta',
          index: 3,
          delta: { type: 'input_json_delta', partial_json: '{"query":"x"}' },
        },
        {
          type: 'message_delta',
          delta: { stop_reason: 'tool_use' },
          usage: { output_tokens: 30, server_tool_use: { web_search_requests: 1 } },
        },
        { type: 'message_stop' },
      ),
    ),
  );
  const generation = await generate(
    requestOf(modelOf('anthropic', server.url), { messages: conversation, tools }),
  );
  assert.equal(generation.text, 'Reading.');
  assert.equal(generation.reasoning, 'I need the file.');
  assert.equal(generation.finishReason, 'tool_calls');
  assert.deepEqual(generation.toolCalls, [
    { id: 'toolu_1', name: 'read_file', arguments: { path: 'c.txt' } },
  ]);
  assert.deepEqual(generation.usage.nativeToolCalls, { web_search: 1 });
  assert.ok(generation.usage.reasoningTokens > 0 && generation.usage.reasoningTokens < 30);

  const { body, path } = server.received[0] ?? assert.fail();
  assert.equal(path, '/v1/messages');
  assert.equal(body.system, 'Be brief.');
  assert.equal(body.max_tokens, 100);
  assert.deepEqual(body.messages.slice(1), [
    {
      role: 'assistant',
      content: [
        { type: 'tool_use', id: 'toolu_a', name: 'read_file', input: { path: 'a.txt' } },
        { type: 'tool_use', id: 'toolu_b', name: 'read_file', input: { invalid_arguments: '{"path' } },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'toolu_a', content: 'forty-two' },
        { type: 'tool_result', tool_use_id: 'toolu_b', content: 'not JSON' },
      ],
    },
  ]);
  assert.deepEqual(body.tools[0].input_schema, tools[0]?.parameters);
});

test('a schema goes as the output format, closed as the API wants it; a list gets an instruction', async (t) => {
  const server = await scriptedServer(t, anthropic);
  const model = modelOf('anthropic', server.url);
  await generate(
    requestOf(model, { schema: { type: 'object', properties: { n: { type: 'integer', minimum: 1 } } } }),
  );
  await generate(requestOf(model, { schema: { type: 'array', items: { type: 'string' } } }));
  const [object, list] = server.received.map(({ body }) => body);
  assert.equal(object.output_config.format.type, 'json_schema');
  assert.equal(object.output_config.format.schema.additionalProperties, false);
  assert.match(object.output_config.format.schema.properties.n.description, /minimum: 1/);
  assert.equal(list.output_config, undefined);
  assert.match(list.system, /JSON Schema/);
});

const accepted: readonly {
  modelId: string;
  effort: 'none' | 'low' | 'xhigh' | 'max';
  sent: string | undefined;
  temperature: number | undefined;
}[] = [
  { modelId: 'claude-opus-5-5', effort: 'xhigh', sent: 'xhigh', temperature: undefined },
  { modelId: 'claude-opus-5-5', effort: 'none', sent: 'low', temperature: undefined },
  { modelId: 'claude-sonnet-4-6', effort: 'xhigh', sent: 'high', temperature: 1 },
  { modelId: 'claude-sonnet-4-6', effort: 'max', sent: 'max', temperature: 1 },
  { modelId: 'claude-opus-4-5', effort: 'max', sent: 'high', temperature: 1 },
  { modelId: 'claude-sonnet-4-5', effort: 'max', sent: undefined, temperature: 1 },
  { modelId: 'claude-haiku-5-5', effort: 'low', sent: undefined, temperature: undefined },
];
for (const row of accepted) {
  test(`${row.modelId} asked for effort ${row.effort} gets ${row.sent ?? 'none'}, temperature ${row.temperature ?? 'left out'}`, async (t) => {
    const server = await scriptedServer(t, anthropic);
    const model = modelOf('anthropic', server.url, { modelId: row.modelId, effort: row.effort });
    // Above their range of 0 to 1.
    await generate(requestOf(model, { temperature: 1.3 }));
    const { body } = server.received[0] ?? assert.fail();
    assert.equal(body.output_config?.effort, row.sent);
    assert.equal(body.temperature, row.temperature);
  });
}

test('prompt caching is asked for at the top level, for as long as the model says', async (t) => {
  const server = await scriptedServer(t, anthropic);
  await generate(requestOf(modelOf('anthropic', server.url)));
  await generate(requestOf(modelOf('anthropic', server.url, { promptCaching: '1h' })));
  assert.equal(server.received[0]?.body.cache_control, undefined);
  assert.deepEqual(server.received[1]?.body.cache_control, { type: 'ephemeral', ttl: '1h' });
});

test('the web search is capped by the API itself', async (t) => {
  const server = await scriptedServer(t, anthropic);
  const model = modelOf('anthropic', server.url, { nativeTools: { names: ['web_search'], maxCalls: 2 } });
  await generate(requestOf(model));
  assert.deepEqual(server.received[0]?.body.tools, [
    { type: 'web_search_20250305', name: 'web_search', max_uses: 2 },
  ]);
});

for (const [stopReason, expected] of [
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['pause_turn', 'length'],
  ['refusal', 'refusal'],
] as const) {
  test(`stop reason ${stopReason} is "${expected}"`, async (t) => {
    const server = await scriptedServer(t, (response) =>
      stream(
        response,
        'text/event-stream',
        sse(
          { type: 'message_start', message: { usage: { input_tokens: 5, output_tokens: 1 } } },
          { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Well' } },
          { type: 'message_delta', delta: { stop_reason: stopReason }, usage: { output_tokens: 2 } },
          { type: 'message_stop' },
        ),
      ),
    );
    assert.equal((await generate(requestOf(modelOf('anthropic', server.url)))).finishReason, expected);
  });
}

test('a server that keeps the connection open after message_stop does not keep the answer', async (t) => {
  const server = await scriptedServer(t, (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const piece of goodPieces.anthropic) response.write(piece);
  });
  assert.equal((await generate(requestOf(modelOf('anthropic', server.url)))).text, 'Hello, world');
});
