import type { ModelSpec } from '../config/config.ts';
import type { NanoUsd } from '../config/money.ts';
import type { Usage } from './types/call.ts';
import type { UnitPrices } from './types.ts';

/**
 * What a call of this usage costs, in nano-dollars. Unit prices are whole nano-dollars per token, so the sum
 * is exact; every token belongs to exactly one class (`Usage` is disjoint but for `reasoningTokens`, which are
 * part of `outputTokens`). A native tool without a fee in the price list is an error: never free by omission.
 */
export function costOf(usage: Usage, prices: UnitPrices): NanoUsd {
  let cost =
    usage.inputTokens * prices.input +
    usage.cachedInputTokens * prices.cachedInput +
    usage.cacheWriteTokens * prices.cacheWrite +
    usage.cacheWrite1hTokens * prices.cacheWrite1h +
    usage.outputTokens * prices.output;
  for (const [tool, calls] of Object.entries(usage.nativeToolCalls)) {
    if (calls === 0) continue;
    const fee = prices.perNativeToolCall[tool];
    if (fee === undefined) throw new RangeError(`the price list has no fee per call for the tool "${tool}"`);
    cost += calls * fee;
  }
  return Math.ceil(cost);
}

/** OpenAI's Responses API takes no smaller cap, so a smaller one is raised to it when it is sent. */
export const leastOutputCap = 16;

/**
 * The most one call can cost: every prompt token at the dearest input price, every output token the cap
 * allows, and the dearest native tool as often as its cap allows. `prices` must already be the dearest that
 * can apply (prompt-length steps included). `inputTokenBound` comes from `inputTokenBound` in tokens.ts.
 */
export function upperBound(call: {
  inputTokenBound: number;
  maxTokens: number;
  prices: UnitPrices;
  /** How many times the provider may run its own tools in this call; 0 where none is offered. */
  nativeToolCap: number;
}): NanoUsd {
  const { prices } = call;
  const dearestInput = Math.max(prices.input, prices.cachedInput, prices.cacheWrite, prices.cacheWrite1h);
  const fees = Object.values(prices.perNativeToolCall);
  const dearestFee = call.nativeToolCap > 0 && fees.length > 0 ? Math.max(...fees) : 0;
  return Math.ceil(
    call.inputTokenBound * dearestInput +
      Math.max(leastOutputCap, call.maxTokens) * prices.output +
      call.nativeToolCap * dearestFee,
  );
}

/**
 * Tokens that the provider's own tools may add to a call's prompt: what a search returns is read, and billed, as
 * input, up to the whole window for each use. Add it to `inputTokenBound` when reserving.
 */
export function nativeToolInputBound(model: Pick<ModelSpec, 'nativeTools' | 'contextWindow'>): number {
  return (model.nativeTools?.maxCalls ?? 0) * model.contextWindow;
}

/** The native tools the price list has no fee for: a call that offers one of them must not be made. */
export function toolsWithoutFee(tools: readonly string[], prices: UnitPrices): string[] {
  return tools.filter((tool) => prices.perNativeToolCall[tool] === undefined);
}
