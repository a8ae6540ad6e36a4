import { cacheKey } from './cache-key.ts';
import type { RouterParts } from './parts.ts';
import type { AnswerCache } from './types/outside.ts';
import type { Classification, Outcome, Request, RoutePlan } from './types.ts';

type CachedAnswer = Parameters<AnswerCache['put']>[1];

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
  return hit === undefined ? undefined : await serveHit(hit, request, parts, classification, plan);
}

/** Records the hit in the ledger and makes the outcome of it. */
async function serveHit(
  hit: CachedAnswer,
  request: Request,
  parts: RouterParts,
  classification: Classification,
  plan: RoutePlan,
): Promise<Outcome> {
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
  if (!parts.config().routing.enableCaching) return;
  const key = cacheKey(request);
  const kept = reusable(outcome);
  if (key !== undefined && kept !== undefined && outcome.kind === 'answered' && !outcome.cached)
    parts.cache.put(key, kept);
}

function reusable(outcome: Outcome): CachedAnswer | undefined {
  if (outcome.kind !== 'answered' || outcome.degraded !== undefined) return undefined;
  const callId = outcome.trail.steps.at(-1)?.callId;
  if (callId === undefined) return undefined;
  const { answer, tier, model, quality } = outcome;
  return { answer, tier, model, quality, callId };
}

/**
 * Identical requests at the same time share one call: the first flies, the others wait for it and get its
 * answer as a hit. When the first one's answer is not fit for others, the next flies itself.
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
    if (ahead === undefined || signal.aborted || parts.clock.now() >= request.deadlineAt) break;
    const patience = new AbortController();
    const landed = await Promise.race([
      ahead.catch(() => undefined),
      outOfTime(request, parts, AbortSignal.any([signal, patience.signal])),
    ]);
    patience.abort();
    const hit = landed === undefined ? undefined : reusable(landed);
    if (landed !== undefined && hit !== undefined) {
      return await serveHit(hit, request, parts, landed.trail.classification, landed.trail.plan);
    }
  }
  const flight = fly();
  flights.set(key, flight);
  try {
    return await flight;
  } finally {
    if (flights.get(key) === flight) flights.delete(key);
  }
}

/** Resolves with nothing when the request is out of time, or at once when the signal says so. */
async function outOfTime(request: Request, parts: RouterParts, signal: AbortSignal): Promise<undefined> {
  await parts.clock.sleep(Math.max(0, request.deadlineAt - parts.clock.now()), signal).catch(() => {});
}
