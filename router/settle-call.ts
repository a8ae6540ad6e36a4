import type { ModelSpec } from '../config/config.ts';
import type { NanoUsd } from '../config/money.ts';
import type { CallError } from './call-error.ts';
import { costOf } from './cost.ts';
import type { RouterParts } from './parts.ts';
import type { CallEnd, CallStart, GenerateRequest, Generation, Settlement } from './types/call.ts';

/** The price that applied to this call: by the prompt's true length, at the price of its start. */
export function costOfCall(
  parts: RouterParts,
  model: ModelSpec,
  generation: Generation,
  call: CallStart,
): NanoUsd {
  if (call.reserve === 0) return 0;
  const { usage } = generation;
  const promptTokens =
    usage.inputTokens + usage.cachedInputTokens + usage.cacheWriteTokens + usage.cacheWrite1hTokens;
  const prices = parts.prices.at(model, call.startedAt, promptTokens) ?? call.prices;
  return prices === undefined ? call.reserve : costOf(usage, prices);
}

/**
 * What a failed call is charged. A stream that we stopped cost at most its prompt and what was seen; a byte of
 * text is at most a token, and models that think may have thought unseen, so theirs is charged in full.
 */
export function settleFailure(
  call: CallStart,
  error: CallError,
  generate: GenerateRequest,
): { settlement: Settlement; cost: NanoUsd } {
  if (call.reserve === 0 || call.prices === undefined) return { settlement: 'free', cost: 0 };
  if (error.settlement === 'free') return { settlement: 'settled', cost: 0 };
  if (error.settlement === 'settled' && error.usage !== undefined) {
    return { settlement: 'settled', cost: Math.min(call.reserve, costOf(error.usage, call.prices)) };
  }
  if (error.settlement === 'bounded' && error.partial !== undefined && generate.model.kind !== 'thinking') {
    const seen =
      Buffer.byteLength(error.partial.text) + Buffer.byteLength(error.partial.reasoning) + slackTokens;
    const unseen = Math.max(0, generate.maxTokens - seen) * call.prices.output;
    return { settlement: 'bounded', cost: call.reserve - unseen };
  }
  return { settlement: 'unknown', cost: call.reserve };
}

/**
 * Tokens a provider may have generated that we never saw: what was on its way or in buffers when we stopped
 * reading, and until it noticed. The fastest hosted models make about 200 a second: five seconds of them, since
 * a charge that is a little too high is corrected by nobody, and one too low overruns a budget.
 */
const slackTokens = 1_024;

export function endOfCall(
  parts: Pick<RouterParts, 'clock'>,
  call: CallStart,
  end: Pick<CallEnd, 'outcome' | 'usage' | 'cost' | 'settlement'>,
): CallEnd {
  const finishedAt = parts.clock.now();
  return {
    callId: call.callId,
    ...end,
    latencyMs: finishedAt - call.startedAt,
    firstTokenMs: undefined,
    loadMs: undefined,
    finishedAt,
  };
}
