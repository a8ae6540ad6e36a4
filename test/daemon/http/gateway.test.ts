import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import type { ChatResult } from '../../../daemon/control.ts';
import type { Outcome } from '../../../router/types.ts';
import { startFake, token } from './fake-control.ts';

const trail = {} as Outcome['trail'];

function answered(text: string): ChatResult {
  return {
    ok: true,
    id: 'act-1',
    outcome: {
      kind: 'answered',
      answer: { text, reasoning: '', toolCalls: [] },
      tier: 'local_fast',
      model: 'small',
      quality: 0.87,
      degraded: undefined,
      cached: false,
      cost: 1_500_000,
      reason: 'short question',
      trail,
    },
    usage: { inputTokens: 10, outputTokens: 4 },
  };
}

test('OpenAI’s own client gets an answer, with the usage and why it was this model', async (t) => {
  const fake = await startFake(t);
  let asked: unknown;
  fake.chat = (input) => {
    asked = input;
    return Promise.resolve(answered('Paris'));
  };
  const client = new OpenAI({ baseURL: `${fake.url}/v1`, apiKey: token, maxRetries: 0 });
  const completion = await client.chat.completions.create({
    model: 'auto',
    max_completion_tokens: 50,
    temperature: 0.2,
    messages: [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: [{ type: 'text', text: 'Capital of France?' }] },
    ],
  });
  assert.deepEqual(asked, {
    type: 'chat',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Capital of France?' },
    ],
    max_tokens: 50,
    temperature: 0.2,
  });
  assert.equal(completion.choices[0]?.message.content, 'Paris');
  assert.equal(completion.model, 'small');
  assert.deepEqual(completion.usage, { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14 });
  const about = (completion as unknown as { swarmd: Record<string, unknown> }).swarmd;
  assert.equal(about.tier, 'local_fast');
  assert.equal(about.cost_usd, 0.0015);
});

test('a stream is held back until the answer is accepted, then carries it whole', async (t) => {
  const fake = await startFake(t);
  fake.chat = () => Promise.resolve(answered('Paris'));
  const client = new OpenAI({ baseURL: `${fake.url}/v1`, apiKey: token, maxRetries: 0 });
  const stream = await client.chat.completions.create({
    model: 'local_fast',
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: 'user', content: 'Capital of France?' }],
  });
  let text = '';
  let tokens = 0;
  let finish: string | null | undefined;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    finish ??= chunk.choices[0]?.finish_reason;
    tokens = chunk.usage?.total_tokens ?? tokens;
  }
  assert.deepEqual([text, finish, tokens], ['Paris', 'stop', 14]);
});

test('a failure is an HTTP error, and inside a stream an error, never an empty answer', async (t) => {
  const fake = await startFake(t);
  fake.chat = () =>
    Promise.resolve({
      ok: true,
      id: 'act-1',
      outcome: {
        kind: 'failed',
        error: { code: 'BUDGET_REFUSED', message: 'the day is spent', retryable: false },
        cost: 0,
        trail,
      },
      usage: { inputTokens: 0, outputTokens: 0 },
    });
  const client = new OpenAI({ baseURL: `${fake.url}/v1`, apiKey: token, maxRetries: 0 });
  const body = { model: 'auto', messages: [{ role: 'user' as const, content: 'x' }] };
  await assert.rejects(client.chat.completions.create(body), { status: 402, code: 'BUDGET_REFUSED' });
  await assert.rejects(async () => {
    for await (const _chunk of await client.chat.completions.create({ ...body, stream: true }));
  }, /the day is spent/);
});

test('a JSON schema becomes the action’s; a client that leaves stops the work', async (t) => {
  const fake = await startFake(t);
  const schema = { type: 'object', properties: { a: { type: 'number' } } };
  const left = Promise.withResolvers<void>();
  const began = Promise.withResolvers<unknown>();
  fake.chat = (input, signal) => {
    began.resolve(input);
    signal.addEventListener('abort', () => left.resolve());
    return new Promise(() => {});
  };
  const leave = new AbortController();
  const client = new OpenAI({ baseURL: `${fake.url}/v1`, apiKey: token, maxRetries: 0 });
  const asking = client.chat.completions
    .create(
      {
        model: 'paid',
        messages: [{ role: 'user', content: 'x' }],
        response_format: { type: 'json_schema', json_schema: { name: 'a', schema } },
      },
      { signal: leave.signal },
    )
    .catch(() => 'left');
  const input = (await began.promise) as Record<string, unknown>;
  assert.deepEqual(input.schema, schema);
  assert.equal(input.model, 'paid');
  leave.abort();
  assert.equal(await asking, 'left');
  await left.promise;
});

test('what would change the answer and is not honoured is refused by name', async (t) => {
  const fake = await startFake(t);
  const messages = [{ role: 'user', content: 'x' }];
  for (const [body, pattern] of [
    [{ model: 'auto', messages, n: 2 }, /n: only 1/],
    [{ model: 'auto', messages, top_p: 0.5 }, /top_p: only 1/],
    [{ model: 'auto', messages, tools: [] }, /unknown field "tools"/],
    [{ model: 'auto', messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, /messages/],
    [{ model: 'gpt-9', messages }, /no model "gpt-9"/],
  ] as const) {
    const reply = await fake.call('POST', '/v1/chat/completions', body);
    assert.ok(reply.status === 400 || reply.status === 404);
    assert.match(reply.body.error.message, pattern);
  }
});

test('models are auto, the tiers, and every configured name', async (t) => {
  const fake = await startFake(t);
  const client = new OpenAI({ baseURL: `${fake.url}/v1`, apiKey: token });
  const ids = (await client.models.list()).data.map((model) => model.id);
  assert.deepEqual(ids, ['auto', 'local_fast', 'local_quality', 'api_fallback', 'small', 'paid']);
});
