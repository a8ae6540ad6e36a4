import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { costOf } from '../../../scripts/simulator/bill.ts';
import { profiles } from '../../../scripts/simulator/profiles.ts';
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../../scripts/simulator/simulator.ts';

async function using(
  options: SimulatorOptions,
  run: (simulator: Simulator, openai: OpenAI) => Promise<void>,
): Promise<void> {
  const simulator = await startSimulator({ speed: 0, ...options });
  try {
    await run(simulator, new OpenAI({ baseURL: simulator.openaiUrl, apiKey: 'any', maxRetries: 0 }));
  } finally {
    await simulator.close();
  }
}

const user = (content: string) => [{ role: 'user' as const, content }];
const priceOf = (name: string) => profiles.find((profile) => profile.name === name)?.price;
const tokens = (input: number, output: number) => ({
  input,
  cached: 0,
  cacheWrite: 0,
  cacheWrite1h: 0,
  output,
  reasoning: 0,
});

test('prices are those of the lists, with their steps by prompt length', () => {
  assert.equal(costOf(priceOf('gpt-5'), tokens(1_000_000, 1_000_000)), 1.25e9 + 10e9);
  assert.equal(costOf(priceOf('claude-haiku-5-5'), tokens(100_000, 1_000)), 100_000 * 100 + 1_000 * 500);
  assert.equal(costOf(priceOf('claude-haiku-5-5'), tokens(100_001, 1_000)), 100_001 * 500 + 1_000 * 2_500);
  assert.equal(costOf(priceOf('gpt-6-sol'), tokens(272_001, 10)), 272_001 * 4_000 + 10 * 15_000);
  assert.equal(costOf(undefined, tokens(5, 5)), 0);
  const cached = { input: 10, cached: 1_000, cacheWrite: 100, cacheWrite1h: 10, output: 1, reasoning: 0 };
  assert.equal(
    costOf(priceOf('claude-opus-5-5'), cached),
    10 * 4_000 + 1_000 * 200 + 100 * 5_000 + 10 * 8_000 + 20_000,
  );
});

test('the bill has one row for each call, equal to the usage that the call reported, and sums by model', async () => {
  await using({}, async (simulator, openai) => {
    const { usage } = await openai.chat.completions.create({
      model: 'gpt-5-mini',
      messages: user('What is 3 + 3?'),
    });
    await new Ollama({ host: simulator.url }).chat({ model: 'phi3:mini', messages: user('What is 3 + 3?') });
    const { rows, models, total } = simulator.bill();
    assert.equal(rows.length, 2);
    const [paid, free] = rows;
    assert.equal(paid?.input_tokens, usage?.prompt_tokens);
    assert.equal(paid?.output_tokens, usage?.completion_tokens);
    assert.equal(paid?.nano_usd, (usage?.prompt_tokens ?? 0) * 250 + (usage?.completion_tokens ?? 0) * 2_000);
    assert.equal(free?.nano_usd, 0);
    assert.equal(total.nano_usd, paid?.nano_usd);
    assert.equal(models['phi3:mini']?.calls, 1);
    const overHttp = (await (await fetch(`${simulator.url}/__sim/bill`)).json()) as typeof total;
    assert.deepEqual(overHttp, JSON.parse(JSON.stringify(simulator.bill())));
    simulator.resetBill();
    assert.deepEqual(simulator.bill().rows, []);
  });
});

const slow = { tokensPerSecond: 20, firstTokenMs: 1 };
const long = 'Compare tides and waves in depth and discuss both.';

test('a stream that its client leaves is billed for what was generated until then', async () => {
  await using({ speed: 1, models: [{ name: 'claude-haiku-5-5', ...slow }] }, async (simulator) => {
    const anthropic = new Anthropic({ baseURL: simulator.anthropicUrl, apiKey: 'any', maxRetries: 0 });
    const stream = await anthropic.messages.create({
      model: 'claude-haiku-5-5',
      max_tokens: 1_000,
      messages: user(long),
      stream: true,
    });
    let parts = 0;
    for await (const event of stream) {
      if (event.type === 'content_block_delta') parts += 1;
      if (parts === 3) break;
    }
    await until(() => simulator.bill().rows.length === 1);
    const [row] = simulator.bill().rows;
    assert.equal(row?.outcome, 'client_gone');
    assert.ok(row !== undefined && row.output_tokens >= 3 && row.output_tokens < 60, `${row?.output_tokens}`);
    assert.equal(row.nano_usd, row.input_tokens * 100 + row.output_tokens * 500);
  });
});

test('a call without streaming whose client died is billed in full: the provider finishes it', async () => {
  let whole: number | undefined;
  await using({}, async (_, openai) => {
    whole = (await openai.chat.completions.create({ model: 'gpt-4o', messages: user(long) })).usage
      ?.completion_tokens;
  });
  await using({ speed: 1, models: [{ name: 'gpt-4o', ...slow }] }, async (simulator, openai) => {
    const controller = new AbortController();
    const call = openai.chat.completions.create(
      { model: 'gpt-4o', messages: user(long) },
      { signal: controller.signal },
    );
    const ended = assert.rejects(call, OpenAI.APIUserAbortError);
    await until(() => simulator.received().length === 1);
    controller.abort();
    await ended;
    await until(() => simulator.bill().rows.length === 1);
    const [gone] = simulator.bill().rows;
    assert.equal(gone?.outcome, 'client_gone');
    assert.equal(gone?.output_tokens, whole);
  });
});

test('a hostile tokenizer counts up to two and a half times as many tokens, in usage and bill alike', async () => {
  const ask = (openai: OpenAI) =>
    openai.chat.completions.create({ model: 'gpt-4o', messages: user('Explain how tides work') });
  let plain = 0;
  await using({}, async (_, openai) => {
    plain = (await ask(openai)).usage?.completion_tokens ?? 0;
  });
  await using({ hostileTokenizer: 2.5 }, async (simulator, openai) => {
    const { usage } = await ask(openai);
    assert.equal(usage?.completion_tokens, Math.ceil(plain * 2.5));
    assert.equal(simulator.bill().total.output_tokens, usage?.completion_tokens);
  });
  await assert.rejects(startSimulator({ hostileTokenizer: 3 }), /from 1 to 2.5/);
});

test("a long prompt asked twice is read from the cache, at the cache's price", async () => {
  await using({}, async (simulator, openai) => {
    const system = {
      role: 'system' as const,
      content: Array.from({ length: 1_500 }, (_, index) => `rule ${index}`).join('. '),
    };
    const ask = (question: string) =>
      openai.chat.completions.create({ model: 'gpt-5', messages: [system, ...user(question)] });
    const first = await ask('What is 1 + 1?');
    const second = await ask('What is 2 + 2?');
    assert.equal(first.usage?.prompt_tokens_details?.cached_tokens, 0);
    const cached = second.usage?.prompt_tokens_details?.cached_tokens ?? 0;
    assert.ok(cached >= 1_024 && cached % 128 === 0);
    const row = simulator.bill().rows[1];
    assert.equal((row?.input_tokens ?? 0) + cached, second.usage?.prompt_tokens);
    assert.equal(
      row?.nano_usd,
      (row?.input_tokens ?? 0) * 1_250 + cached * 125 + (row?.output_tokens ?? 0) * 10_000,
    );
  });
});

test('every request body that reached an API is kept as it came', async () => {
  await using({}, async (simulator, openai) => {
    await openai.chat.completions.create({ model: 'gpt-4o', messages: user('the secret word is xyzzy') });
    await new Ollama({ host: simulator.url }).chat({ model: 'phi3:mini', messages: user('local only') });
    const [received] = simulator.received('openai');
    assert.ok(received?.body.includes('xyzzy'));
    assert.equal(simulator.received('anthropic').length, 0);
    assert.equal(simulator.received().length, 2);
  });
});

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!condition()) {
    assert.ok(Date.now() < end, 'it did not come about in 20 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
