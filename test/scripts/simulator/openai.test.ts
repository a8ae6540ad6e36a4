import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ajv } from 'ajv';
import OpenAI from 'openai';
import { type Simulator, startSimulator } from '../../../scripts/simulator/simulator.ts';

let simulator: Simulator;
let openai: OpenAI;
const sure = { simple: 1, moderate: 1, complex: 1 };

before(async () => {
  const names = ['gpt-5', 'gpt-4o', 'gpt-6.1-sol', 'gpt-6-sol', 'gpt-6-luna'];
  simulator = await startSimulator({ speed: 0, models: names.map((name) => ({ name, pass: sure })) });
  openai = new OpenAI({ baseURL: simulator.openaiUrl, apiKey: 'any', maxRetries: 0 });
});
after(() => simulator.close());

const user = (content: string) => [{ role: 'user' as const, content }];
const schema = {
  type: 'object',
  properties: { email: { type: 'string', format: 'email' }, urgent: { type: 'boolean' } },
  required: ['email', 'urgent'],
  additionalProperties: false,
};

test('a chat completion has an id, a choice and usage in which reasoning is part of the output', async () => {
  const answer = await openai.chat.completions.create({ model: 'gpt-5', messages: user('What is 19 + 23?') });
  assert.equal(answer.object, 'chat.completion');
  assert.equal(answer.model, 'gpt-5 (simulated)');
  assert.match(answer.choices[0]?.message.content ?? '', /42/);
  assert.equal(answer.choices[0]?.finish_reason, 'stop');
  const { usage } = answer;
  assert.ok(usage !== undefined);
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  const reasoning = usage.completion_tokens_details?.reasoning_tokens ?? 0;
  assert.ok(reasoning > 0 && reasoning < usage.completion_tokens);
  const plain = await openai.chat.completions.create({ model: 'gpt-4o', messages: user('What is 19 + 23?') });
  assert.equal(plain.usage?.completion_tokens_details?.reasoning_tokens, 0);
});

test('a stream gives usage only when asked, in a last chunk without choices', async () => {
  const request = { model: 'gpt-4o', messages: user('Explain how tides work'), stream: true as const };
  const read = async (includeUsage: boolean) => {
    const stream = await openai.chat.completions.create({
      ...request,
      ...(includeUsage ? { stream_options: { include_usage: true } } : {}),
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    return chunks;
  };
  const without = await read(false);
  assert.ok(without.every((chunk) => chunk.usage === undefined));
  assert.equal(without.at(-1)?.choices[0]?.finish_reason, 'stop');
  const withUsage = await read(true);
  assert.deepEqual(withUsage.at(-1)?.choices, []);
  const whole = await openai.chat.completions.create({ model: 'gpt-4o', messages: request.messages });
  assert.deepEqual(withUsage.at(-1)?.usage, whole.usage);
  const text = withUsage.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
  assert.equal(text, whole.choices[0]?.message.content);
  const raw = await fetch(`${simulator.openaiUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: 'Bearer k' },
    body: JSON.stringify(request),
  });
  assert.ok((await raw.text()).endsWith('data: [DONE]\n\n'));
});

test('the stream helper and the parse helper of the SDK accept what comes', async () => {
  const final = await openai.chat.completions
    .stream({ model: 'gpt-4o', messages: user('Name three colours') })
    .finalChatCompletion();
  assert.equal(final.choices[0]?.finish_reason, 'stop');
  const format = { type: 'json_schema' as const, json_schema: { name: 'contact', schema, strict: true } };
  const parsed = await openai.chat.completions.parse({
    model: 'gpt-4o',
    messages: user('Please call ann@example.com back now.'),
    response_format: format,
  });
  assert.ok(new Ajv({ formats: { email: true } }).validate(schema, parsed.choices[0]?.message.parsed));
  assert.equal(JSON.parse(parsed.choices[0]?.message.content ?? '').email, 'ann@example.com');
});

const tool = {
  type: 'function' as const,
  function: {
    name: 'search_orders',
    description: 'Searches the orders of a customer',
    parameters: {
      type: 'object',
      properties: { query: { type: 'string' }, limit: { type: 'integer', minimum: 1, maximum: 5 } },
      required: ['query'],
    },
  },
};

test('tools are called with arguments as text, whole and in pieces', async () => {
  const messages = user('Search the orders for the customer Miller');
  const answer = await openai.chat.completions.create({ model: 'gpt-4o', messages, tools: [tool] });
  assert.equal(answer.choices[0]?.finish_reason, 'tool_calls');
  const call = answer.choices[0]?.message.tool_calls?.[0];
  assert.ok(call?.type === 'function');
  assert.equal(call.function.name, 'search_orders');
  assert.ok(new Ajv().validate(tool.function.parameters, JSON.parse(call.function.arguments)));
  const final = await openai.chat.completions
    .stream({ model: 'gpt-4o', messages, tools: [tool] })
    .finalChatCompletion();
  const streamed = final.choices[0]?.message.tool_calls?.[0];
  assert.ok(streamed?.type === 'function');
  assert.equal(streamed.function.arguments, call.function.arguments);
  const forced = await openai.chat.completions.create({
    model: 'gpt-4o',
    messages: user('Hello'),
    tools: [tool],
    tool_choice: 'required',
  });
  assert.equal(forced.choices[0]?.message.tool_calls?.length, 1);
  const none = await openai.chat.completions.create({
    model: 'gpt-4o',
    messages,
    tools: [tool],
    tool_choice: 'none',
  });
  assert.equal(none.choices[0]?.message.tool_calls, undefined);
});

test('the Responses API answers, streams, thinks, calls tools and fills schemas', async () => {
  const answer = await openai.responses.create({
    model: 'gpt-6.1-sol',
    input: 'What is 6 * 9?',
    reasoning: { effort: 'low' },
  });
  assert.equal(answer.status, 'completed');
  assert.match(answer.output_text, /54/);
  assert.ok((answer.usage?.output_tokens_details.reasoning_tokens ?? 0) > 0);

  let text = '';
  let completed: OpenAI.Responses.Response | undefined;
  const types = new Set<string>();
  for await (const event of await openai.responses.create({
    model: 'gpt-6.1-sol',
    input: 'What is 6 * 9?',
    stream: true,
  })) {
    types.add(event.type);
    if (event.type === 'response.output_text.delta') text += event.delta;
    if (event.type === 'response.completed') completed = event.response;
  }
  assert.equal(text, answer.output_text);
  assert.deepEqual(completed?.usage, answer.usage);
  for (const type of [
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.output_item.done',
  ])
    assert.ok(types.has(type), type);

  const called = await openai.responses.create({
    model: 'gpt-6.1-sol',
    input: 'Search the orders for Miller',
    tools: [
      {
        type: 'function',
        name: 'search_orders',
        description: 'Searches orders',
        parameters: tool.function.parameters,
        strict: false,
      },
    ],
  });
  const call = called.output.find((item) => item.type === 'function_call');
  assert.equal(call?.name, 'search_orders');

  const filled = await openai.responses.create({
    model: 'gpt-6.1-sol',
    input: 'Write to bob@example.org',
    text: { format: { type: 'json_schema', name: 'contact', schema, strict: true } },
  });
  assert.equal(JSON.parse(filled.output_text).email, 'bob@example.org');

  const cut = await openai.responses.create({
    model: 'gpt-6-sol',
    input: 'Explain tides',
    reasoning: { effort: 'none' },
    max_output_tokens: 16,
  });
  assert.equal(cut.status, 'incomplete');
  assert.equal(cut.incomplete_details?.reason, 'max_output_tokens');
  assert.equal(cut.usage?.output_tokens, 16);
});

test('what a model does not take is refused with 400 and the parameter named', async () => {
  const refused = (part: Promise<unknown>, param: string) =>
    assert.rejects(part, (error) => error instanceof OpenAI.BadRequestError && error.param === param);
  const messages = user('hi');
  await refused(openai.chat.completions.create({ model: 'gpt-5', messages, max_tokens: 5 }), 'max_tokens');
  await refused(
    openai.chat.completions.create({ model: 'gpt-5', messages, temperature: 0.2 }),
    'temperature',
  );
  await refused(
    openai.chat.completions.create({ model: 'gpt-5', messages, reasoning_effort: 'none' }),
    'reasoning_effort',
  );
  await refused(
    openai.chat.completions.create({ model: 'gpt-4o', messages, reasoning_effort: 'low' }),
    'reasoning_effort',
  );
  await refused(openai.chat.completions.create({ model: 'gpt-6.1-sol', messages, tools: [tool] }), 'tools');
  await refused(openai.chat.completions.create({ model: 'gpt-6-luna', messages, tools: [tool] }), 'tools');
  const allowed = await openai.chat.completions.create({
    model: 'gpt-6-luna',
    messages,
    tools: [tool],
    reasoning_effort: 'none',
  });
  assert.equal(allowed.usage?.completion_tokens_details?.reasoning_tokens, 0);
});

test("no key is 401, an unknown model 404, another provider's model 404", async () => {
  const body = JSON.stringify({ model: 'gpt-5', messages: user('hi') });
  const response = await fetch(`${simulator.openaiUrl}/chat/completions`, { method: 'POST', body });
  assert.equal(response.status, 401);
  await assert.rejects(
    openai.chat.completions.create({ model: 'gpt-99', messages: user('hi') }),
    (error) => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found',
  );
  await assert.rejects(
    openai.chat.completions.create({ model: 'claude-opus-5-5', messages: user('hi') }),
    OpenAI.NotFoundError,
  );
});

test('rate-limit headers count down, and enforced limits refuse with Retry-After', async () => {
  const limited = await startSimulator({ speed: 0, rateLimits: { requestsPerMinute: 2, enforced: true } });
  try {
    const client = new OpenAI({ baseURL: limited.openaiUrl, apiKey: 'any', maxRetries: 0 });
    const ask = () => client.chat.completions.create({ model: 'gpt-4o', messages: user('hi') }).asResponse();
    assert.equal((await ask()).headers.get('x-ratelimit-remaining-requests'), '1');
    assert.equal((await ask()).headers.get('x-ratelimit-remaining-requests'), '0');
    await assert.rejects(
      ask(),
      (error) => error instanceof OpenAI.RateLimitError && Number(error.headers.get('retry-after')) >= 1,
    );
  } finally {
    await limited.close();
  }
});

test('models are listed, embeddings come as floats through the base64 that the SDK asks for', async () => {
  const ids: string[] = [];
  for await (const model of openai.models.list()) ids.push(model.id);
  assert.ok(ids.includes('gpt-6-luna') && !ids.includes('claude-opus-5-5'));
  const { data, usage } = await openai.embeddings.create({
    model: 'text-embedding-3-small',
    input: ['a b', 'c'],
    dimensions: 256,
  });
  assert.deepEqual(
    data.map((entry) => entry.embedding.length),
    [256, 256],
  );
  assert.ok(usage.prompt_tokens > 0);
});

test("a vLLM server's model needs no key, takes max_tokens, and a base model rambles without a stop sequence", async () => {
  const complete = (extra: object) =>
    fetch(`${simulator.openaiUrl}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({
        model: 'Qwen/Qwen3-8B',
        messages: user('What is 2 + 2?'),
        max_tokens: 300,
        ...extra,
      }),
    }).then((response) => response.json() as Promise<OpenAI.ChatCompletion>);
  const rambling = await complete({});
  assert.equal(rambling.choices[0]?.finish_reason, 'length');
  assert.match(rambling.choices[0]?.message.content ?? '', /Question:/);
  const tame = await complete({ stop: ['\n\n'] });
  assert.doesNotMatch(tame.choices[0]?.message.content ?? '', /Question:/);
});
