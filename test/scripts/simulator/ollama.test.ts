import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ajv } from 'ajv';
import { Ollama } from 'ollama';
import { type Simulator, startSimulator } from '../../../scripts/simulator/simulator.ts';

let simulator: Simulator;
let ollama: Ollama;
/** A model that never fails, so that what is tested is the protocol. */
const sure = { simple: 1, moderate: 1, complex: 1 };

before(async () => {
  simulator = await startSimulator({
    speed: 0,
    models: [
      { name: 'llama3.1:8b', pass: sure },
      { name: 'qwen3:4b-thinking-2507', pass: sure },
    ],
  });
  ollama = new Ollama({ host: simulator.url });
});
after(() => simulator.close());

const user = (content: string) => [{ role: 'user', content }];
const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, population: { type: 'integer' } },
  required: ['city', 'population'],
  additionalProperties: false,
};

test('a chat answers with the fields and nanosecond durations of /api/chat, and says that it is simulated', async () => {
  const answer = await ollama.chat({ model: 'llama3.1:8b', messages: user('What is 12 * 12?') });
  assert.equal(answer.model, 'llama3.1:8b (simulated)');
  assert.equal(answer.message.role, 'assistant');
  assert.match(answer.message.content, /144/);
  assert.equal(answer.done, true);
  assert.equal(answer.done_reason, 'stop');
  for (const name of [
    'total_duration',
    'load_duration',
    'prompt_eval_count',
    'prompt_eval_duration',
    'eval_count',
    'eval_duration',
  ] as const) {
    assert.ok(Number.isInteger(answer[name]) && answer[name] > 0, `${name} is ${answer[name]}`);
  }
});

test('a stream of lines adds up to the same answer, and only the last line carries the counts', async () => {
  const request = { model: 'llama3.1:8b', messages: user('Explain how tides work') };
  const whole = await ollama.chat(request);
  let text = '';
  let last: Awaited<ReturnType<typeof ollama.chat>> | undefined;
  let early = 0;
  for await (const part of await ollama.chat({ ...request, stream: true })) {
    text += part.message.content;
    if (!part.done && part.eval_count !== undefined) early += 1;
    last = part;
  }
  assert.equal(text, whole.message.content);
  assert.equal(early, 0);
  assert.equal(last?.done, true);
  assert.equal(last?.eval_count, whole.eval_count);
  const raw = await fetch(`${simulator.url}/api/chat`, {
    method: 'POST',
    body: JSON.stringify({ model: request.model, messages: request.messages }),
  });
  assert.equal(raw.headers.get('content-type'), 'application/x-ndjson', 'streaming is the default');
  assert.ok((await raw.text()).trim().split('\n').length > 2);
});

test('format takes a schema, and plain json', async () => {
  const answer = await ollama.chat({
    model: 'llama3.1:8b',
    messages: user('City: Oslo, population 717710. Extract it.'),
    format: schema,
  });
  const value: unknown = JSON.parse(answer.message.content);
  assert.ok(new Ajv().validate(schema, value), answer.message.content);
  assert.deepEqual(value, { city: 'Oslo', population: 717710 });
  const loose = await ollama.chat({
    model: 'llama3.1:8b',
    messages: user('Give name and age as JSON: Bo Li, 30 years old'),
    format: 'json',
  });
  assert.equal(typeof JSON.parse(loose.message.content), 'object');
});

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Current weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

test('a model with tools calls the one that the prompt needs, also in a stream, and answers after its result', async () => {
  const messages = user('What is the weather in Paris today?');
  const answer = await ollama.chat({ model: 'llama3.1:8b', messages, tools: [weather] });
  const call = answer.message.tool_calls?.[0]?.function;
  assert.equal(call?.name, 'get_weather');
  assert.deepEqual(call?.arguments, { city: 'Paris' });
  let streamed = 0;
  for await (const part of await ollama.chat({
    model: 'llama3.1:8b',
    messages,
    tools: [weather],
    stream: true,
  })) {
    streamed += part.message.tool_calls?.length ?? 0;
  }
  assert.equal(streamed, 1);
  const result = { role: 'tool', content: '18 degrees, rain', tool_name: 'get_weather' };
  const final = await ollama.chat({
    model: 'llama3.1:8b',
    messages: [...messages, answer.message, result],
    tools: [weather],
  });
  assert.equal(final.message.tool_calls, undefined);
  assert.notEqual(final.message.content, '');
});

test("a model without tools, without thinking, or for embeddings refuses in Ollama's words", async () => {
  const refusal = (part: Promise<unknown>, status: number, words: RegExp) =>
    assert.rejects(
      part,
      (error: Error & { status_code?: number }) => error.status_code === status && words.test(error.message),
    );
  await refusal(
    ollama.chat({ model: 'phi3:mini', messages: user('hi'), tools: [weather] }),
    400,
    /does not support tools/,
  );
  await refusal(
    ollama.chat({ model: 'phi3:mini', messages: user('hi'), think: true }),
    400,
    /does not support thinking/,
  );
  await refusal(ollama.chat({ model: 'all-minilm', messages: user('hi') }), 400, /does not support chat/);
  await refusal(
    ollama.chat({ model: 'nosuch:1b', messages: user('hi') }),
    404,
    /model 'nosuch:1b' not found/,
  );
  await refusal(ollama.chat({ model: 'gpt-5', messages: user('hi') }), 404, /not found/);
});

test('a thinking model keeps its reasoning apart and counts it', async () => {
  const answer = await ollama.chat({
    model: 'qwen3:4b-thinking-2507',
    messages: user('What is 5 + 6?'),
    think: true,
  });
  assert.ok((answer.message.thinking ?? '').length > 20);
  assert.match(answer.message.content, /11/);
  assert.ok(answer.eval_count > 20);
});

test('a prompt beyond num_ctx silently loses its beginning: the count stops at num_ctx', async () => {
  const long = Array.from({ length: 900 }, (_, index) => `fact${index}`).join(' ');
  const answer = await ollama.chat({
    model: 'llama3.1:8b',
    messages: user(`Summarize: ${long}`),
    options: { num_ctx: 512 },
  });
  assert.equal(answer.prompt_eval_count, 512);
  const row = simulator.bill().rows.at(-1);
  assert.equal(row?.acceptable, false);
  assert.equal(row?.failure, 'context_lost');
  const roomy = await ollama.chat({
    model: 'llama3.1:8b',
    messages: user(`Summarize: ${long}`),
    options: { num_ctx: 8192 },
  });
  assert.ok(roomy.prompt_eval_count > 900);
});

test('num_predict and stop end an answer early', async () => {
  const cut = await ollama.chat({
    model: 'llama3.1:8b',
    messages: user('Explain tides'),
    options: { num_predict: 7 },
  });
  assert.equal(cut.done_reason, 'length');
  assert.equal(cut.eval_count, 7);
  const stopped = await ollama.chat({
    model: 'llama3.1:8b',
    messages: user('What is 3 + 4?'),
    options: { stop: [','] },
  });
  assert.equal(stopped.message.content, '3 + 4 = 7');
  assert.equal(stopped.done_reason, 'stop');
});

test('without messages a model is loaded, and with keep_alive 0 unloaded', async () => {
  const loaded = await ollama.chat({ model: 'mistral:7b', messages: [] });
  assert.equal(loaded.done_reason, 'load');
  const names = async () => (await ollama.ps()).models.map((model) => model.name);
  assert.ok((await names()).includes('mistral:7b'));
  const unloaded = await ollama.chat({ model: 'mistral:7b', messages: [], keep_alive: 0 });
  assert.equal(unloaded.done_reason, 'unload');
  assert.ok(!(await names()).includes('mistral:7b'));
});

test('generate, embed, list, show, pull and version speak as documented', async () => {
  const generated = await ollama.generate({ model: 'llama3.1:8b', prompt: 'What is 7 * 6?' });
  assert.match(generated.response ?? '', /42/);
  let streamed = '';
  for await (const part of await ollama.generate({
    model: 'llama3.1:8b',
    prompt: 'What is 7 * 6?',
    stream: true,
  }))
    streamed += part.response;
  assert.equal(streamed, generated.response);

  const { models } = await ollama.list();
  assert.ok(models.some((model) => model.name === 'phi3:mini' && model.size === 3_800_000_000));
  assert.ok(models.every((model) => model.details.family === 'simulated'));
  const shown = await ollama.show({ model: 'llama3.1:8b' });
  assert.deepEqual(shown.capabilities, ['completion', 'tools']);

  const steps: string[] = [];
  for await (const step of await ollama.pull({ model: 'phi3:mini', stream: true })) steps.push(step.status);
  assert.equal(steps[0], 'pulling manifest');
  assert.equal(steps.at(-1), 'success');
  await assert.rejects(async () => {
    for await (const step of await ollama.pull({ model: 'nosuch', stream: true })) steps.push(step.status);
  }, /file does not exist/);
  assert.match((await ollama.version()).version, /simulated/);
});

test('similar texts have near vectors, of the documented length', async () => {
  const { embeddings } = await ollama.embed({
    model: 'all-minilm',
    input: [
      'the invoice for the new office chairs',
      'an invoice about office chairs',
      'migratory birds fly south in autumn',
    ],
  });
  assert.deepEqual(
    embeddings.map((vector) => vector.length),
    [384, 384, 384],
  );
  const near = (left: number[] = [], right: number[] = []) =>
    left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
  assert.ok(near(embeddings[0], embeddings[1]) > 0.4 + near(embeddings[0], embeddings[2]));
  const wide = await ollama.embed({ model: 'qwen3-embedding:0.6b', input: 'x' });
  assert.equal(wide.embeddings[0]?.length, 1024);
});
