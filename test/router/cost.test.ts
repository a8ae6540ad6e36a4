import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  costOf,
  leastOutputCap,
  nativeToolInputBound,
  toolsWithoutFee,
  upperBound,
} from '../../router/cost.ts';
import type { Usage } from '../../router/types/call.ts';
import type { UnitPrices } from '../../router/types.ts';

const price = fc.nat(100_000);
const prices = fc.record({
  input: price,
  cachedInput: price,
  cacheWrite: price,
  cacheWrite1h: price,
  output: price,
  perNativeToolCall: fc.record({ web_search: fc.nat(50_000_000), file_search: fc.nat(50_000_000) }),
});
const tokens = fc.nat(200_000);

test('no split of a prompt over the token classes, no answer and no tool use within the caps costs more than the upper bound', () => {
  fc.assert(
    fc.property(
      prices,
      fc.tuple(tokens, tokens, tokens, tokens),
      fc.nat(100_000),
      fc.nat(5),
      fc.nat(5),
      (unit, [input, cached, write, write1h], output, searches, files) => {
        const usage: Usage = {
          inputTokens: input,
          cachedInputTokens: cached,
          cacheWriteTokens: write,
          cacheWrite1hTokens: write1h,
          outputTokens: output,
          reasoningTokens: output,
          nativeToolCalls: { web_search: searches, file_search: files },
          reported: true,
        };
        const bound = upperBound({
          inputTokenBound: input + cached + write + write1h,
          maxTokens: output,
          prices: unit,
          nativeToolCap: searches + files,
        });
        assert.ok(costOf(usage, unit) <= bound);
        assert.ok(Number.isSafeInteger(bound));
      },
    ),
  );
});

const unit: UnitPrices = {
  input: 2_000,
  cachedInput: 100,
  cacheWrite: 2_500,
  cacheWrite1h: 2_500,
  output: 10_000,
  perNativeToolCall: { web_search: 10_000_000 },
};

test('a native tool without a fee is an error, never free by omission', () => {
  const usage: Usage = {
    inputTokens: 1,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 1,
    reasoningTokens: 0,
    nativeToolCalls: { image_generation: 1 },
    reported: true,
  };
  assert.throws(() => costOf(usage, unit), /no fee per call for the tool "image_generation"/);
  assert.deepEqual(toolsWithoutFee(['web_search', 'image_generation'], unit), ['image_generation']);
});

test('the upper bound of a call, worked by hand', () => {
  // 1,000 tokens at the dearest input price of 2,500, 500 of output at 10,000, three searches of a cent.
  assert.equal(
    upperBound({ inputTokenBound: 1_000, maxTokens: 500, prices: unit, nativeToolCap: 3 }),
    2_500_000 + 5_000_000 + 30_000_000,
  );
});

test('what a search returns is read as input: each use may fill the window, and is reserved for', () => {
  const nativeTools = { names: ['web_search'] as const, maxCalls: 3 };
  assert.equal(nativeToolInputBound({ contextWindow: 200_000, nativeTools }), 600_000);
  assert.equal(nativeToolInputBound({ contextWindow: 200_000 }), 0);
});

test('a cap below the smallest the API takes is reserved for as that', () => {
  const call = { inputTokenBound: 0, prices: unit, nativeToolCap: 0 };
  assert.equal(upperBound({ ...call, maxTokens: 1 }), leastOutputCap * unit.output);
  assert.equal(upperBound({ ...call, maxTokens: 17 }), 17 * unit.output);
});
