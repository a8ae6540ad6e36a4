import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { createTokenCounter } from '../../../router/tokenizer/token-counter.ts';
import { estimatePromptTokens, type Prompt, promptTexts } from '../../../router/tokens.ts';
import { until } from '../../support/until.ts';

function counter(t: TestContext, options: Parameters<typeof createTokenCounter>[0] = {}) {
  const made = createTokenCounter({ withinMs: 60_000, ...options });
  t.after(() => made.close());
  return made;
}

const prompt = (content: string): Prompt => ({ messages: [{ role: 'user', content }] });
const overhead = promptTexts(prompt('')).overhead;

test('the tokenizer is loaded for the first count and ends when nobody counts any more', async (t) => {
  const { count, ...rest } = counter(t, { idleMs: 50 });
  const made = counter(t, { idleMs: 50 });
  assert.equal(rest.loaded, false);
  assert.equal(made.loaded, false);
  assert.equal(await made.count(prompt('Hello world')), overhead + 2);
  await until('the end of the thread', () => !made.loaded);
  assert.equal(await made.count(prompt('Hello world')), overhead + 2, 'and is loaded again');
  assert.equal(await count(prompt('')), overhead);
});

test('everything that is sent is counted, as the tokenizer itself counts it', async (t) => {
  const asked: Prompt = {
    messages: [
      { role: 'system', content: 'You are terse.' },
      { role: 'user', content: 'Wie spät ist es in Tōkyō?' },
      {
        role: 'assistant',
        content: '',
        toolCalls: [{ id: 'x', name: 'clock', arguments: { zone: 'Asia/Tokyo' } }],
      },
    ],
    tools: [{ name: 'clock', description: 'tells the time', parameters: { type: 'object' } }],
    schema: { type: 'string' },
  };
  const { texts, overhead: markers } = promptTexts(asked);
  const exact = texts.reduce((sum, text) => sum + countTokens(text), markers);
  assert.equal(await counter(t).count(asked), exact);
  assert.notEqual(estimatePromptTokens(asked), exact);
});

test('special tokens in a prompt are text', async (t) => {
  const counted = await counter(t).count(prompt('<|endoftext|> and <|im_start|>'));
  assert.ok(counted !== undefined && counted > overhead + 8, String(counted));
});

test('long texts without spaces are counted in linear time, within a hundredth', async (t) => {
  const made = counter(t);
  for (const piece of ['数据库迁移需要仔细规划以避免停机', 'a', ' ', 'x9/+Q']) {
    const counted = await made.count(prompt(piece.repeat(60_000 / piece.length)));
    const some = 4_000 / piece.length;
    const exact = countTokens(piece.repeat(some)) * (60_000 / piece.length / some);
    assert.ok(counted !== undefined, piece);
    assert.ok(
      Math.abs(counted - overhead - exact) <= exact * 0.04 + 256,
      `${piece}: ${counted}, not ${exact}`,
    );
  }
});

test('a count that takes too long is none, and the next one does not wait behind it', async (t) => {
  const impatient = counter(t, { withinMs: 0 });
  assert.equal(await impatient.count(prompt('text '.repeat(100_000))), undefined);
  assert.equal(impatient.loaded, false);
});

test('counts under way when it is closed are none', async (t) => {
  const made = counter(t);
  const counting = made.count(prompt('Hello'));
  await made.close();
  assert.equal(await counting, undefined);
});
