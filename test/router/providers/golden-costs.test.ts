import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProviderName } from '../../../config/config.ts';
import { priceAt, unitPrices } from '../../../config/prices.ts';
import { costOf, nativeToolInputBound, upperBound } from '../../../router/cost.ts';
import { inputTokenBound } from '../../../router/tokens.ts';
import type { Usage } from '../../../router/types/call.ts';
import { generate, lines, modelOf, requestOf, scriptedServer, sse, stream } from './scripted-server.ts';

/**
 * A call's usage as the provider words it, as we must read it, and its cost worked by hand. Prices per token in
 * nano-dollars are dollars per million tokens times 1,000. Sources of prices and of what each count includes:
 * reference/model-api-facts.md (OpenAI's and Anthropic's pricing and usage pages, November 2026).
 */
interface Golden {
  name: string;
  provider: ProviderName;
  modelId: string;
  /** The pieces of the stream. */
  answer: readonly string[];
  usage: Partial<Usage>;
  /** Worked by hand, nano-dollars. */
  cost: number;
  webSearch?: boolean;
}

const at = Date.UTC(2026, 10, 21);

function chat(usage: object): string[] {
  return sse(
    { choices: [{ index: 0, delta: { content: 'Fine.' }, finish_reason: null }] },
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { choices: [], usage },
    '[DONE]',
  );
}

function responses(usage: object, ...items: object[]): string[] {
  return sse(
    { type: 'response.created', response: { status: 'in_progress' } },
    ...items.map((item, index) => ({ type: 'response.output_item.done', output_index: index, item })),
    { type: 'response.output_text.delta', delta: 'Fine.' },
    { type: 'response.completed', response: { status: 'completed', usage } },
  );
}

function message(input: object, output: object): string[] {
  return sse(
    { type: 'message_start', message: { usage: { ...input, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Fine.' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: output },
    { type: 'message_stop' },
  );
}

const goldens: readonly Golden[] = [
  {
    name: 'OpenAI Chat: cached and written prompt tokens are within prompt_tokens, reasoning within completion_tokens',
    provider: 'openai',
    modelId: 'gpt-6-luna',
    answer: chat({
      prompt_tokens: 12_000,
      completion_tokens: 1_500,
      prompt_tokens_details: { cached_tokens: 8_000, cache_write_tokens: 2_000 },
      completion_tokens_details: { reasoning_tokens: 1_000 },
    }),
    usage: {
      inputTokens: 2_000,
      cachedInputTokens: 8_000,
      cacheWriteTokens: 2_000,
      outputTokens: 1_500,
      reasoningTokens: 1_000,
    },
    // 2,000 x 100 + 8,000 x 10 + 2,000 x 125 + 1,500 x 500
    cost: 200_000 + 80_000 + 250_000 + 750_000,
  },
  {
    name: 'OpenAI Chat: a prompt of exactly 272,000 tokens is still at the lower price',
    provider: 'openai',
    modelId: 'gpt-6-luna',
    answer: chat({ prompt_tokens: 272_000, completion_tokens: 100 }),
    usage: { inputTokens: 272_000, cachedInputTokens: 0, outputTokens: 100 },
    // 272,000 x 100 + 100 x 500
    cost: 27_200_000 + 50_000,
  },
  {
    name: 'OpenAI Chat: above it the whole request costs twice for input and half more for output',
    provider: 'openai',
    modelId: 'gpt-6-luna',
    answer: chat({
      prompt_tokens: 300_000,
      completion_tokens: 2_000,
      prompt_tokens_details: { cached_tokens: 100_000 },
    }),
    usage: { inputTokens: 200_000, cachedInputTokens: 100_000, outputTokens: 2_000 },
    // 200,000 x 200 + 100,000 x 20 + 2,000 x 750
    cost: 40_000_000 + 2_000_000 + 1_500_000,
  },
  {
    name: 'OpenAI Responses: two searches cost a fee each, opening a page none',
    provider: 'openai',
    modelId: 'gpt-6.1-sol',
    webSearch: true,
    answer: responses(
      {
        input_tokens: 5_000,
        input_tokens_details: { cached_tokens: 1_000, cache_write_tokens: 0 },
        output_tokens: 800,
        output_tokens_details: { reasoning_tokens: 500 },
      },
      { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'a' } },
      { type: 'web_search_call', id: 'ws_2', status: 'completed', action: { type: 'open_page', url: 'b' } },
      { type: 'web_search_call', id: 'ws_3', status: 'completed', action: { type: 'search', query: 'c' } },
    ),
    usage: {
      inputTokens: 4_000,
      cachedInputTokens: 1_000,
      outputTokens: 800,
      reasoningTokens: 500,
      nativeToolCalls: { web_search: 2 },
    },
    // 4,000 x 2,000 + 1,000 x 100 + 800 x 10,000 + 2 x $0.01
    cost: 8_000_000 + 100_000 + 8_000_000 + 20_000_000,
  },
  {
    name: 'Anthropic: input_tokens exclude the cache; writes for five minutes and for an hour differ in price',
    provider: 'anthropic',
    modelId: 'claude-opus-5-5',
    answer: message(
      {
        input_tokens: 1_000,
        cache_creation_input_tokens: 3_000,
        cache_creation: { ephemeral_5m_input_tokens: 1_000, ephemeral_1h_input_tokens: 2_000 },
        cache_read_input_tokens: 50_000,
      },
      { output_tokens: 700, output_tokens_details: { thinking_tokens: 300 } },
    ),
    usage: {
      inputTokens: 1_000,
      cacheWriteTokens: 1_000,
      cacheWrite1hTokens: 2_000,
      cachedInputTokens: 50_000,
      outputTokens: 700,
      reasoningTokens: 300,
    },
    // 1,000 x 4,000 + 1,000 x 5,000 + 2,000 x 8,000 + 50,000 x 200 + 700 x 20,000
    cost: 4_000_000 + 5_000_000 + 16_000_000 + 10_000_000 + 14_000_000,
  },
  {
    name: 'Anthropic: a prompt of exactly 100,000 tokens, cached ones counted, is at the lower price',
    provider: 'anthropic',
    modelId: 'claude-haiku-5-5',
    answer: message({ input_tokens: 40_000, cache_read_input_tokens: 60_000 }, { output_tokens: 1_000 }),
    usage: { inputTokens: 40_000, cachedInputTokens: 60_000, outputTokens: 1_000 },
    // 40,000 x 100 + 60,000 x 10 + 1,000 x 500
    cost: 4_000_000 + 600_000 + 500_000,
  },
  {
    name: 'Anthropic: one token more and the whole request is at the higher price',
    provider: 'anthropic',
    modelId: 'claude-haiku-5-5',
    answer: message({ input_tokens: 40_000, cache_read_input_tokens: 60_001 }, { output_tokens: 1_000 }),
    usage: { inputTokens: 40_000, cachedInputTokens: 60_001, outputTokens: 1_000 },
    // 40,000 x 500 + 60,001 x 50 + 1,000 x 2,500
    cost: 20_000_000 + 3_000_050 + 2_500_000,
  },
  {
    name: 'Anthropic: message_delta counts are cumulative, not added up',
    provider: 'anthropic',
    modelId: 'claude-haiku-4-5',
    answer: sse(
      { type: 'message_start', message: { usage: { input_tokens: 100, output_tokens: 3 } } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Fine.' } },
      { type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 10 } },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn' },
        usage: { input_tokens: 100, output_tokens: 20 },
      },
      { type: 'message_stop' },
    ),
    usage: { inputTokens: 100, outputTokens: 20 },
    // 100 x 1,000 + 20 x 5,000
    cost: 100_000 + 100_000,
  },
];

for (const golden of goldens) {
  test(golden.name, async (t) => {
    const server = await scriptedServer(t, (response) =>
      stream(response, 'text/event-stream', golden.answer),
    );
    const model = modelOf(golden.provider, server.url, {
      modelId: golden.modelId,
      ...(golden.webSearch ? { nativeTools: { names: ['web_search'], maxCalls: 3 } } : {}),
    });
    const { usage, text } = await generate(requestOf(model));
    assert.equal(text, 'Fine.');
    assert.equal(usage.reported, true);
    for (const [name, value] of Object.entries(golden.usage)) {
      assert.deepEqual(usage[name as keyof Usage], value, name);
    }
    const promptTokens =
      usage.inputTokens + usage.cachedInputTokens + usage.cacheWriteTokens + usage.cacheWrite1hTokens;
    const prices = priceAt(golden.modelId, at, promptTokens);
    assert.ok(prices !== undefined, `no price for ${golden.modelId}`);
    assert.equal(costOf(usage, prices), golden.cost);
  });
}

test('OpenAI Responses: two images cost the fee that the configuration states, and the reservation holds it', async (t) => {
  const image = { type: 'image_generation_call', status: 'completed', result: 'aGk=', output_format: 'png' };
  const server = await scriptedServer(t, (response) =>
    stream(
      response,
      'text/event-stream',
      responses(
        { input_tokens: 2_347, output_tokens: 74 },
        { ...image, id: 'ig_1' },
        { ...image, id: 'ig_2' },
      ),
    ),
  );
  const prices = unitPrices({ input: 2, output: 10, per_native_tool_call: { image_generation: 0.06 } });
  const model = modelOf('openai', server.url, {
    modelId: 'gpt-6.1-sol',
    prices,
    nativeTools: { names: ['image_generation'], maxCalls: 2 },
  });
  const request = requestOf(model);
  const { usage } = await generate(request);
  assert.deepEqual(usage.nativeToolCalls, { image_generation: 2 });
  // 2,347 x 2,000 + 74 x 10,000 + 2 x $0.06
  const cost = 4_694_000 + 740_000 + 120_000_000;
  assert.equal(costOf(usage, prices), cost);
  const bound = inputTokenBound(request) + nativeToolInputBound(model);
  const reserved = upperBound({
    inputTokenBound: bound,
    maxTokens: request.maxTokens,
    prices,
    nativeToolCap: 2,
  });
  assert.ok(reserved >= cost, `${reserved} reserved, ${cost} spent`);
});

test('the price of the day applies; before its first known price a model has none and is not called', () => {
  const after = priceAt('gpt-5.6-sol', Date.UTC(2026, 6, 30), 1_000);
  assert.deepEqual([after?.input, after?.cachedInput, after?.output], [5_000, 500, 30_000]);
  assert.equal(priceAt('gpt-5.6-sol', Date.UTC(2026, 6, 30) - 1, 1_000), undefined);
});

test('Ollama: counts the server leaves out are estimated, and the usage says so', async (t) => {
  const server = await scriptedServer(t, (response) =>
    stream(
      response,
      'application/x-ndjson',
      lines(
        { message: { role: 'assistant', content: 'Four words of answer.' }, done: false },
        { message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', eval_count: 5 },
      ),
    ),
  );
  const { usage } = await generate(requestOf(modelOf('ollama', server.url)));
  assert.equal(usage.reported, false);
  assert.equal(usage.outputTokens, 5);
  assert.ok(usage.inputTokens > 5 && usage.inputTokens < 30, String(usage.inputTokens));
});

for (const provider of ['openai', 'anthropic'] as const) {
  test(`${provider}: an answer without usage is charged by an upper bound, and the usage says so`, async (t) => {
    const server = await scriptedServer(t, (response) =>
      stream(
        response,
        'text/event-stream',
        provider === 'openai'
          ? sse({ choices: [{ index: 0, delta: { content: 'Fine.' }, finish_reason: 'stop' }] }, '[DONE]')
          : sse(
              { type: 'message_start', message: {} },
              { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Fine.' } },
              { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
              { type: 'message_stop' },
            ),
      ),
    );
    const { usage, text } = await generate(requestOf(modelOf(provider, server.url)));
    assert.equal(text, 'Fine.');
    assert.equal(usage.reported, false);
    // Five bytes shown and a few tokens around them; the prompt's 24 bytes and what may surround it.
    assert.equal(usage.outputTokens, 13);
    assert.ok(usage.inputTokens >= 24, String(usage.inputTokens));
  });
}

test('an answer without usage from a model that thinks unseen is charged for all it may have thought', async (t) => {
  const server = await scriptedServer(t, (response) =>
    stream(
      response,
      'text/event-stream',
      sse({ choices: [{ index: 0, delta: { content: 'Fine.' }, finish_reason: 'stop' }] }, '[DONE]'),
    ),
  );
  const { usage } = await generate(requestOf(modelOf('openai', server.url, { modelId: 'gpt-6-luna' })));
  assert.equal(usage.outputTokens, 100);
  assert.equal(usage.reported, false);
});
