import { cacheKey } from './cache-key.ts';
import type { RouterParts } from './parts.ts';
import type { Classification, Outcome, Request, RoutePlan } from './types.ts';

/** The ledger's provider of an answer that no model was asked for. */
const cacheProvider = 'cache';

/**
 * An answer that was accepted for the same request within the cache's time; undefined: ask a model. A hit is
 * a row of the ledger like any other, with cost 0.
 */
export async function answerFromCache(
  request: Request,
  parts: RouterParts,
  classification: Classification,
  plan: RoutePlan,
): Promise<Outcome | undefined> {
  if (!parts.config().routing.enableCaching) return undefined;
  const key = cacheKey(request);
  const hit = key === undefined ? undefined : parts.cache.get(key);
  if (hit === undefined) return undefined;
  const startedAt = parts.clock.now();
  const callId = parts.newId();
  await parts.ledger.begin({
    callId,
    origin: request.origin,
    role: 'answer',
    type: request.type,
    complexity: classification.complexity,
    tier: hit.tier,
    provider: cacheProvider,
    model: hit.model,
    modelId: hit.model,
    reserve: 0,
    prices: undefined,
    startedAt,
  });
  const finishedAt = parts.clock.now();
  await parts.ledger.finish({
    callId,
    outcome: 'ok',
    usage: undefined,
    cost: 0,
    settlement: 'free',
    latencyMs: finishedAt - startedAt,
    firstTokenMs: undefined,
    loadMs: undefined,
    finishedAt,
  });
  const reason = `answered from the cache (first given by call ${hit.callId})`;
  parts.ledger.judge({ callId, quality: hit.quality, accepted: true, checks: [], reason });
  return {
    kind: 'answered',
    answer: hit.answer,
    tier: hit.tier,
    model: hit.model,
    quality: hit.quality,
    degraded: undefined,
    cached: true,
    cost: 0,
    reason,
    trail: {
      classification,
      plan,
      steps: [
        {
          tier: hit.tier,
          model: hit.model,
          callId,
          quality: hit.quality,
          cost: 0,
          latencyMs: finishedAt - startedAt,
          result: 'accepted: from the cache',
        },
      ],
    },
  };
}

/** Keeps an accepted answer; one that was returned although it did not pass is not kept. */
export function keepAnswer(request: Request, parts: RouterParts, outcome: Outcome): void {
  if (
    outcome.kind !== 'answered' ||
    outcome.cached ||
    outcome.degraded !== undefined ||
    !parts.config().routing.enableCaching
  )
    return;
  const key = cacheKey(request);
  const callId = outcome.trail.steps.at(-1)?.callId;
  if (key === undefined || callId === undefined) return;
  parts.cache.put(key, {
    answer: outcome.answer,
    tier: outcome.tier,
    model: outcome.model,
    quality: outcome.quality,
    callId,
  });
}

/**
 * Identical requests at the same time share one call: the first flies, the others wait for it and are then
 * served from the cache. When the first one's answer was not kept, they fly themselves, one after the other.
 */
export async function shareFlight(
  flights: Map<string, Promise<Outcome>>,
  request: Request,
  parts: RouterParts,
  signal: AbortSignal,
  fly: () => Promise<Outcome>,
): Promise<Outcome> {
  const key = parts.config().routing.enableCaching ? cacheKey(request) : undefined;
  if (key === undefined) return await fly();
  for (;;) {
    const ahead = flights.get(key);
    if (ahead === undefined || signal.aborted) break;
    await Promise.race([ahead.catch(() => undefined), aborted(signal, parts, request)]);
    if (parts.clock.now() >= request.deadlineAt) break;
  }
  const flight = fly();
  flights.set(key, flight);
  try {
    return await flight;
  } finally {
    if (flights.get(key) === flight) flights.delete(key);
  }
}

/** Resolves when the request is cancelled or out of time. */
function aborted(signal: AbortSignal, parts: RouterParts, request: Request): Promise<void> {
  return parts.clock.sleep(Math.max(0, request.deadlineAt - parts.clock.now()), signal).catch(() => {});
}
