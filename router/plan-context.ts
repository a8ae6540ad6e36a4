import { nativeToolInputBound, toolsWithoutFee, upperBound } from './cost.ts';
import type { RouterParts } from './parts.ts';
import { inputTokenBound } from './tokens.ts';
import type { PlanContext, Request } from './types.ts';

/** The parts a plan is made from: a dry run has these and no others. */
export type PlanParts = Pick<
  RouterParts,
  'config' | 'breakers' | 'passRates' | 'apiAllowed' | 'wouldRefuse' | 'prices'
> & { slots: Pick<RouterParts['slots'], 'resident' | 'saturated'>; clock: Pick<RouterParts['clock'], 'now'> };

/** What a plan may look at, read from the router's parts as they are now. */
export function planContext(request: Request, parts: PlanParts): PlanContext {
  const now = parts.clock.now();
  let promptBound: number | undefined;
  return {
    config: parts.config(),
    breakers: parts.breakers,
    passRates: parts.passRates,
    apiAllowed: parts.apiAllowed(),
    wouldRefuse: (reserve) => parts.wouldRefuse(reserve, request.origin),
    upperBound: (model) => {
      if (model.selfHosted) return 0;
      promptBound ??= inputTokenBound(request);
      const bound = promptBound + nativeToolInputBound(model);
      const prices = parts.prices.dearest(model, now, bound);
      if (prices === undefined || toolsWithoutFee(model.nativeTools?.names ?? [], prices).length > 0) {
        return undefined;
      }
      const maxTokens = Math.min(request.maxTokens ?? model.maxTokens, model.maxTokens);
      return upperBound({
        inputTokenBound: bound,
        maxTokens,
        prices,
        nativeToolCap: model.nativeTools?.maxCalls ?? 0,
      });
    },
    resident: (host) => parts.slots.resident(host),
    saturated: (host) => parts.slots.saturated(host),
    now,
  };
}
