import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { Ajv } from 'ajv';
import { type Simulator, startSimulator } from '../../../scripts/simulator/simulator.ts';

let simulator: Simulator;
let anthropic: Anthropic;
const sure = { simple: 1, moderate: 1, complex: 1 };
const model = 'claude-sonnet-5-5';

before(async () => {
  simulator = await startSimulator({ speed: 0, models: [{ name: model, pass: sure }] });
  anthropic = new Anthropic({ baseURL: simulator.anthropicUrl, apiKey: 'any', maxRetries: 0 });
});
after(() => simulator.close());

const user = (content: string) => [{ role: 'user' as const, content }];
const textOf = (message: Anthropic.Message) =>
  message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');

const errorOf = (body: unknown) => (body as { error: { type: string; message: string } }).error;

test('a message has content blocks, a stop reason and usage without cached tokens in the input', async () => {
  const message = await anthropic.messages.create({
    model,
    max_tokens: 200,
    messages: user('What is 15 * 15?'),
  });
  assert.equal(message.model, `${model} (simulated)`);
  assert.match(textOf(message), /225/);
  assert.equal(message.stop_reason, 'end_turn');
  assert.equal(message.usage.cache_read_input_tokens, 0);
  assert.ok(message.usage.input_tokens > 0 && message.usage.output_tokens > 0);
});

test('a stream runs from message_start to message_stop and adds up to the same message', async () => {
  const request = { model, max_tokens: 500, messages: user('Explain how tides work') };
  const whole = await anthropic.messages.create(request);
  const types: string[] = [];
  let text = '';
  let output = 0;
  for await (const event of await anthropic.messages.create({ ...request, stream: true })) {
    types.push(event.type);
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text;
    if (event.type === 'message_delta') output = event.usage.output_tokens;
  }
  assert.equal(types[0], 'message_start');
  assert.deepEqual(types.slice(-3), ['content_block_stop', 'message_delta', 'message_stop']);
  assert.equal(text, textOf(whole));
  assert.equal(output, whole.usage.output_tokens);
  const final = await anthropic.messages.stream(request).finalMessage();
  assert.equal(textOf(final), text);
  assert.deepEqual(final.usage.output_tokens, output);
});

test('tools are called with parsed input, whole and streamed, and their results are taken', async () => {
  const tools = [
    {
      name: 'read_file',
      description: 'Reads a file of the workspace',
      input_schema: { type: 'object' as const, properties: { path: { type: 'string' } }, required: ['path'] },
    },
  ];
  const messages = user('Read the file src/main.ts and say what it does');
  const message = await anthropic.messages.create({ model, max_tokens: 500, messages, tools });
  assert.equal(message.stop_reason, 'tool_use');
  const use = message.content.find((block) => block.type === 'tool_use');
  assert.deepEqual(use?.input, { path: 'src/main.ts' });
  const streamed = await anthropic.messages
    .stream({ model, max_tokens: 500, messages, tools })
    .finalMessage();
  assert.deepEqual(streamed.content.find((block) => block.type === 'tool_use')?.input, {
    path: 'src/main.ts',
  });
  const result = {
    type: 'tool_result' as const,
    tool_use_id: use?.id ?? '',
    content: 'export const answer = 42;',
  };
  const next = await anthropic.messages.create({
    model,
    max_tokens: 500,
    tools,
    messages: [
      ...messages,
      { role: 'assistant', content: message.content },
      { role: 'user', content: [result] },
    ],
  });
  assert.equal(next.stop_reason, 'end_turn');
});

test('output_config fills a schema; max_tokens, stop sequences and thinking are kept to', async () => {
  const schema = {
    type: 'object',
    properties: { total: { type: 'number' }, currency: { enum: ['EUR', 'USD'] } },
    required: ['total', 'currency'],
    additionalProperties: false,
  };
  const filled = await anthropic.messages.create({
    model,
    max_tokens: 300,
    messages: user('Invoice: total $1,250.50 due'),
    output_config: { format: { type: 'json_schema', schema } },
  });
  const value: unknown = JSON.parse(textOf(filled));
  assert.ok(new Ajv().validate(schema, value));
  assert.equal((value as { total: number }).total, 1250.5);
  const cut = await anthropic.messages.create({ model, max_tokens: 5, messages: user('Explain tides') });
  assert.equal(cut.stop_reason, 'max_tokens');
  assert.equal(cut.usage.output_tokens, 5);
  const stopped = await anthropic.messages.create({
    model,
    max_tokens: 50,
    messages: user('What is 1 + 2?'),
    stop_sequences: [','],
  });
  assert.equal(stopped.stop_reason, 'stop_sequence');
  assert.equal(stopped.stop_sequence, ',');
  const thinking = await anthropic.messages.create({
    model,
    max_tokens: 3000,
    messages: user('What is 1 + 2?'),
    thinking: { type: 'enabled', budget_tokens: 1024 },
  });
  assert.equal(thinking.content[0]?.type, 'thinking');
  assert.ok((thinking.usage.output_tokens_details?.thinking_tokens ?? 0) > 0);
});

test('a marked prefix is written to the cache once and read from it afterwards', async () => {
  const system = [
    {
      type: 'text' as const,
      text: `Rules: ${Array.from({ length: 1500 }, (_, index) => `rule${index}`).join(' ')}`,
      cache_control: { type: 'ephemeral' as const },
    },
  ];
  const ask = (question: string) =>
    anthropic.messages.create({ model, max_tokens: 100, system, messages: user(question) });
  const first = (await ask('What is 1 + 1?')).usage;
  const second = (await ask('What is 2 + 2?')).usage;
  assert.ok((first.cache_creation_input_tokens ?? 0) > 1024);
  assert.equal(first.cache_read_input_tokens, 0);
  assert.equal(second.cache_read_input_tokens, first.cache_creation_input_tokens);
  assert.equal(second.cache_creation_input_tokens, 0);
  assert.ok(second.input_tokens < 30);
});

test("what is missing is refused in Anthropic's shape", async () => {
  const post = (body: object, headers: Record<string, string>) =>
    fetch(`${simulator.url}/v1/messages`, { method: 'POST', body: JSON.stringify(body), headers });
  const good = { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' };
  const noKey = await post(
    { model, max_tokens: 5, messages: user('hi') },
    { 'anthropic-version': '2023-06-01' },
  );
  assert.equal(noKey.status, 401);
  assert.equal(errorOf(await noKey.json()).type, 'authentication_error');
  const noLimit = await post({ model, messages: user('hi') }, good);
  assert.equal(noLimit.status, 400);
  assert.match(errorOf(await noLimit.json()).message, /max_tokens: Field required/);
  await assert.rejects(
    anthropic.messages.create({ model: 'claude-99', max_tokens: 5, messages: user('hi') }),
    Anthropic.NotFoundError,
  );
  const ids: string[] = [];
  for await (const entry of anthropic.models.list()) ids.push(entry.id);
  assert.ok(ids.includes('claude-haiku-5-5') && !ids.includes('gpt-5'));
});
