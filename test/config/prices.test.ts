import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  dearestModelPrice,
  dearestPrice,
  loadPrices,
  modelPrice,
  priceAt,
  toolsWithoutListedFee,
  unitPrices,
} from '../../config/prices.ts';

const now = Date.parse('2026-11-21');

// Worked by hand from reference/model-api-facts.md: $ per million tokens × 1,000 = nano-dollars per token.
test('the list’s prices come out in nano-dollars per token', () => {
  for (const [model, prompt, input, cached, write, write1h, output] of [
    ['claude-sonnet-5-5', 1, 2000, 100, 2500, 4000, 10_000],
    ['claude-sonnet-5', 1, 2000, 200, 2500, 4000, 10_000],
    ['claude-opus-5-5', 900_000, 4000, 200, 5000, 8000, 20_000],
    ['claude-fable-5-1', 1, 10_000, 250, 12_500, 20_000, 50_000],
    ['claude-haiku-4-5', 1, 1000, 100, 1250, 2000, 5000],
    ['claude-haiku-5-5', 100_000, 100, 10, 125, 200, 500],
    ['claude-haiku-5-5', 100_001, 500, 50, 625, 1000, 2500],
    ['gpt-6-astra', 272_000, 10_000, 1000, 12_500, 12_500, 50_000],
    ['gpt-6-astra', 272_001, 20_000, 2000, 25_000, 25_000, 75_000],
    ['gpt-6.1-sol', 272_000, 2000, 100, 2500, 2500, 10_000],
    ['gpt-6.1-sol', 272_001, 4000, 200, 5000, 5000, 15_000],
    ['gpt-6-luna', 1, 100, 10, 125, 125, 500],
    ['gpt-5.6', 1, 5000, 500, 6250, 6250, 30_000],
    ['gpt-5', 300_000, 1250, 125, 1250, 1250, 10_000],
    ['gpt-5-nano', 1, 50, 5, 50, 50, 400],
    ['gpt-4-turbo', 1, 10_000, 10_000, 10_000, 10_000, 30_000],
  ] as const) {
    const price = priceAt(model, now, prompt);
    assert.deepEqual(
      [price?.input, price?.cachedInput, price?.cacheWrite, price?.cacheWrite1h, price?.output],
      [input, cached, write, write1h, output],
      `${model} at ${prompt} tokens`,
    );
  }
});

test('a price holds from its day on and ends with the model', () => {
  assert.equal(priceAt('claude-haiku-5-5', Date.parse('2026-10-06T23:59:59.999Z'), 1), undefined);
  assert.notEqual(priceAt('claude-haiku-5-5', Date.parse('2026-10-07'), 1), undefined);
  assert.notEqual(priceAt('claude-3-opus', Date.parse('2026-01-04'), 1), undefined);
  assert.equal(priceAt('claude-3-opus', Date.parse('2026-01-05'), 1), undefined);
});

test('dated snapshots and aliases have the price of their model, unknown models none', () => {
  assert.deepEqual(priceAt('gpt-6-sol-2026-09-22', now, 1), priceAt('gpt-6-sol', now, 1));
  assert.deepEqual(priceAt('claude-haiku-4-5-20251001', now, 1), priceAt('claude-haiku-4-5', now, 1));
  assert.deepEqual(priceAt('claude-opus-4-6', now, 1), priceAt('claude-opus-5', now, 1));
  for (const model of ['gpt-9', 'gpt-6', 'claude', 'gpt-6-sol-mini', ''])
    assert.equal(priceAt(model, now, 1), undefined, model);
});

test('a use of a native tool has the provider’s fee', () => {
  assert.equal(priceAt('gpt-6-sol', now, 1)?.perNativeToolCall.web_search, 10_000_000);
  assert.equal(priceAt('gpt-6-sol', now, 1)?.perNativeToolCall.file_search, 2_500_000);
  assert.equal(priceAt('gpt-4o', now, 1)?.perNativeToolCall.web_search, 25_000_000);
  assert.equal(priceAt('claude-sonnet-5-5', now, 1)?.perNativeToolCall.web_search, 10_000_000);
});

test('no image has a fee: its tokens are billed, and nothing of ours bounds them', () => {
  for (const [model, periods] of loadPrices().periods)
    for (const { steps } of periods)
      for (const { prices } of steps)
        assert.equal(prices.perNativeToolCall.image_generation, undefined, model);
  const asked = ['web_search', 'image_generation'];
  assert.deepEqual(toolsWithoutListedFee('gpt-6-sol-2026-09-22', asked), ['image_generation']);
  assert.deepEqual(toolsWithoutListedFee('gpt-9', asked), asked);
});

test('the dearest price bounds what any prompt up to the bound can cost, however its tokens are billed', () => {
  const models = [...loadPrices().periods.keys()];
  fc.assert(
    fc.property(fc.constantFrom(...models), fc.nat(1_000_000), fc.nat(1_000_000), (model, bound, length) => {
      const dearest = dearestPrice(model, now, bound);
      const actual = priceAt(model, now, Math.min(bound, length));
      if (dearest === undefined || actual === undefined) return dearest === actual;
      return (
        dearest.input >= actual.input &&
        dearest.input >= actual.cacheWrite &&
        dearest.input >= actual.cachedInput &&
        dearest.output >= actual.output &&
        Number.isInteger(dearest.input) &&
        Number.isInteger(actual.output)
      );
    }),
  );
  assert.equal(dearestPrice('claude-haiku-5-5', now, 100_000)?.input, 125);
  assert.equal(dearestPrice('claude-haiku-5-5', now, 100_001)?.input, 625);
});

test('fractions of a nano-dollar are rounded up, binary noise is not', () => {
  assert.equal(unitPrices({ input: 0.0001, output: 0.07 }).input, 1);
  assert.equal(unitPrices({ input: 0.0001, output: 0.07 }).output, 70);
  assert.equal(unitPrices({ input: 0.0015, output: 1.1 }).input, 2);
  assert.equal(unitPrices({ input: 0.0015, output: 1.1 }).output, 1100);
});

test('own hardware costs nothing, the user’s own price comes before the list', () => {
  const own = unitPrices({ input: 1, output: 2, cache_write: 3 });
  assert.equal(modelPrice({ modelId: 'gpt-5', selfHosted: true, prices: undefined }, now, 1)?.output, 0);
  assert.equal(modelPrice({ modelId: 'gpt-5', selfHosted: false, prices: own }, now, 1)?.output, 2000);
  assert.equal(dearestModelPrice({ modelId: 'x', selfHosted: false, prices: own }, now, 1)?.input, 3000);
  assert.equal(modelPrice({ modelId: 'gpt-9', selfHosted: false, prices: undefined }, now, 1), undefined);
});
