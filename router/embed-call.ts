/**
 * One call of an embedding model with everything a call owes, as `attempt.ts` makes those for answers: a place
 * at its host, the ledger's row before it, its settlement after it, the breaker told. No other file calls
 * `providers/embed.ts`, so that nothing is embedded without them.
 */
import { type Config, type ModelSpec, tierNames } from '../config/config.ts';
import { CallError } from './call-error.ts';
import type { RouterParts } from './parts.ts';
import type { Embed } from './providers/embed.ts';
import { endOfCall } from './settle-call.ts';
import type { AttemptError } from './types/assessment.ts';
import type { CallStart } from './types/call.ts';
import type { Origin } from './types.ts';

export interface EmbedRequest {
  model: ModelSpec;
  texts: readonly string[];
  /** Whose call it is, for the ledger; where no action stands behind it, `actionId` names what it is for. */
  origin: Origin;
  /** The action's type; `embedding` where no action stands behind it. */
  type: string;
  /** 1 high … 10 low. */
  priority: number;
  /** How long to wait for a place, in milliseconds. */
  waitMs: number;
  /** Milliseconds for everything: place, loading and call. Undefined: the model's own timeouts. */
  withinMs?: number;
  signal: AbortSignal;
}

export type EmbedAttempt =
  | {
      kind: 'embedded';
      /** One a text, in their order. */
      vectors: number[][];
      inputTokens: number;
      callId: string;
    }
  | {
      kind: 'failed';
      error: AttemptError;
      /** A text is to blame (too long, refused), not the model. */
      ofTexts?: true;
    };

/** Expected failures are values: no place, a resting model, every error of the call. Nothing is tried again here. */
export type EmbedTexts = (request: EmbedRequest) => Promise<EmbedAttempt>;

/** What an embedding call needs of the router's parts, and who sends it. */
export type EmbedParts = Pick<RouterParts, 'breakers' | 'clock' | 'newId'> & {
  ledger: Pick<RouterParts['ledger'], 'begin' | 'finish'>;
  slots: Pick<RouterParts['slots'], 'acquire'>;
  send: Embed;
};

/** The first model of kind `embedding` in any tier that runs on the user's own hardware; no other may embed. */
export function embeddingModel(config: Pick<Config, 'tiers'>): ModelSpec | undefined {
  return tierNames
    .flatMap((tier) => config.tiers[tier])
    .find((model) => model.kind === 'embedding' && model.selfHosted);
}

export function createEmbedTexts(parts: EmbedParts): EmbedTexts {
  return async (request) => {
    const { model } = request;
    const objection = objectionTo(model, parts);
    if (objection !== undefined) return { kind: 'failed', error: objection };
    if (request.texts.length === 0) return { kind: 'embedded', vectors: [], inputTokens: 0, callId: '' };
    const begunAt = parts.clock.now();
    const { withinMs } = request;
    const patience =
      withinMs === undefined
        ? request.signal
        : AbortSignal.any([request.signal, AbortSignal.timeout(withinMs)]);
    // Without the action's id: a place kept for its answer must not be used up, nor its wait begun, by this.
    const slot = await parts.slots.acquire(model, {
      priority: request.priority,
      waitMs: Math.min(request.waitMs, withinMs ?? request.waitMs),
      signal: patience,
    });
    if (slot === undefined) return { kind: 'failed', error: noPlace(request) };
    try {
      const left = withinMs === undefined ? undefined : withinMs - (parts.clock.now() - begunAt);
      if (left !== undefined && left <= 0) return { kind: 'failed', error: noPlace(request) };
      const call = startOf(request, parts);
      const begun = await parts.ledger.begin(call);
      // A call that costs nothing is refused by no budget; were it ever, it is not made.
      if (!begun.ok)
        return { kind: 'failed', error: { class: 'budget', message: begun.refusal.limit, retryable: true } };
      return await send(request, parts, call, { left, loadMs: slot.loadMs, release: slot.release });
    } finally {
      slot.release();
    }
  };
}

async function send(
  request: EmbedRequest,
  parts: EmbedParts,
  call: CallStart,
  place: { left: number | undefined; loadMs: number | undefined; release: () => void },
): Promise<EmbedAttempt> {
  const { model, texts, signal } = request;
  const total = Math.min(model.timeouts.total, place.left ?? model.timeouts.total);
  if (parts.breakers.state(model).state === 'half_open') parts.breakers.probe(model);
  try {
    // The host is free before what came of the call is on the disk.
    const { vectors, usage } = await parts
      .send({ ...model, timeouts: { ...model.timeouts, total } }, texts, signal)
      .finally(place.release);
    await parts.ledger.finish({
      ...endOfCall(parts, call, { outcome: 'ok', usage, cost: 0, settlement: 'free' }),
      loadMs: place.loadMs,
    });
    parts.breakers.succeeded(model);
    return { kind: 'embedded', vectors, inputTokens: usage.inputTokens, callId: call.callId };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    await parts.ledger.finish({
      ...endOfCall(parts, call, {
        outcome: error.class === 'cancelled' ? 'cancelled' : 'error',
        usage: undefined,
        cost: 0,
        settlement: 'free',
      }),
      loadMs: place.loadMs,
      errorClass: error.class,
      errorMessage: error.message.slice(0, 500),
    });
    // Who would not wait as long as the model may take says nothing about its health (and ends a probe all the same).
    const impatient = total < model.timeouts.total && parts.clock.now() - call.startedAt >= total;
    if (error.countsForBreaker)
      parts.breakers.failed(model, {
        ...error.toAttemptError(),
        ...(impatient ? { class: 'cancelled' as const } : {}),
      });
    const ofTexts = error.requestSpecific || error.class === 'bad_request' || error.class === 'refused';
    return { kind: 'failed', error: error.toAttemptError(), ...(ofTexts ? { ofTexts } : {}) };
  }
}

/** Texts to embed are memories and prompts, private ones among them: none is ever sent to an API. */
function objectionTo(model: ModelSpec, parts: EmbedParts): AttemptError | undefined {
  if (!model.selfHosted)
    return {
      class: 'bad_request',
      message: `${model.name} is behind an API: only a model on your own hardware may embed`,
      retryable: false,
    };
  const breaker = parts.breakers.state(model);
  if (breaker.state !== 'open') return undefined;
  return {
    class: 'retry_elsewhere',
    message: `${model.name} failed repeatedly and rests${breaker.reason === undefined ? '' : ` (${breaker.reason})`}`,
    retryable: true,
  };
}

function noPlace({ model, signal }: EmbedRequest): AttemptError {
  return signal.aborted
    ? { class: 'cancelled', message: 'the call was cancelled', retryable: false }
    : { class: 'no_slot', message: `no slot came free on host ${model.host}`, retryable: true };
}

function startOf(request: EmbedRequest, parts: EmbedParts): CallStart {
  const { model } = request;
  return {
    callId: parts.newId(),
    origin: request.origin,
    role: 'embed',
    type: request.type,
    complexity: 'simple',
    tier: model.tier,
    provider: model.provider,
    model: model.name,
    modelId: model.modelId,
    reserve: 0,
    prices: undefined,
    startedAt: parts.clock.now(),
  };
}
