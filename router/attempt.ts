import type { ModelSpec } from '../config/config.ts';
import { crashPoint } from '../config/crash-points.ts';
import type { NanoUsd } from '../config/money.ts';
import { allowedAgainAt, describeRefusal } from './budget-refusal.ts';
import { CallError, consequences } from './call-error.ts';
import { collect } from './collect.ts';
import { costOf, nativeToolInputBound, toolsWithoutFee, upperBound } from './cost.ts';
import type { RouterParts } from './parts.ts';
import { contextBucket, estimatePromptTokens, inputTokenBound } from './tokens.ts';
import type {
  Attempt,
  AttemptError,
  BudgetRefusal,
  CallEnd,
  CallModel,
  CallStart,
  Classification,
  GenerateRequest,
  Generation,
  Request,
  Settlement,
  Slot,
  UnitPrices,
} from './types.ts';

/** What all calls of one request share. */
export interface CallContext {
  request: Request;
  classification: Classification;
  parts: RouterParts;
  signal: AbortSignal;
  /** When the call's candidate must be done, so that the ones after it have time left. */
  deadlineAt: () => number;
  /** How long to wait for a slot, in milliseconds. */
  slotWaitMs: () => number;
  /** Told of every nano-dollar spent, whatever became of the call. */
  spend: (cost: NanoUsd) => void;
}

type CallInput = Parameters<CallModel>[0];

/**
 * One call of one candidate with everything it owes, retried here while that can help: a slot, the
 * reservation with the ledger's row, the call, its settlement, the breaker told.
 */
export function createCallModel(context: CallContext): CallModel {
  return async (input) => {
    for (let retry = 0; ; retry += 1) {
      const attempt = await callOnce(context, input);
      const pause = attempt.kind === 'failed' ? pauseBeforeRetry(context, attempt.error, retry) : undefined;
      if (pause === undefined) return attempt;
      await context.parts.clock.sleep(pause, context.signal).catch(() => {});
      if (context.signal.aborted) return attempt;
    }
  };
}

async function callOnce(context: CallContext, input: CallInput): Promise<Attempt> {
  const { parts, signal } = context;
  const { model } = input.candidate;
  const fail = (error: AttemptError): Attempt => ({
    kind: 'failed',
    candidate: input.candidate,
    callId: undefined,
    error,
    cost: 0,
  });

  const generate = prepare(context, input);
  if ('error' in generate) return fail(generate.error);
  const start = startOfCall(context, input, generate.request);
  if ('error' in start) return fail(start.error);

  const slot = await parts.slots.acquire(model, {
    priority: context.request.priority,
    waitMs: Math.min(context.slotWaitMs(), context.deadlineAt() - parts.clock.now()),
    signal,
    origin: context.request.origin,
    // Elsewhere the context is the server's own affair.
    ...(model.provider === 'ollama' ? { contextTokens: generate.request.contextTokens } : {}),
  });
  if (slot === undefined) return fail(noSlot(model, signal));
  try {
    const request = withinSlot(context, generate.request, slot);
    if (request === undefined) return fail(tooLate);
    const begun = await parts.ledger.begin(start.call);
    if (!begun.ok) return fail(refusedByBudget(begun.refusal, parts.clock.now()));
    crashPoint('reserved');
    return await send(context, input, { generate: request, call: start.call, slot });
  } finally {
    slot.release();
  }
}

const tooLate: AttemptError = {
  class: 'deadline',
  message: 'no time left for another call',
  retryable: false,
};

/** The request as it is sent from this slot: waiting and loading have taken their time; undefined: all of it. */
function withinSlot(context: CallContext, request: GenerateRequest, slot: Slot): GenerateRequest | undefined {
  const left = context.deadlineAt() - context.parts.clock.now();
  if (left <= 0) return undefined;
  return {
    ...request,
    contextTokens: slot.contextTokens ?? request.contextTokens,
    timeouts: timeoutsWithin(request.model, left),
  };
}

function timeoutsWithin({ timeouts }: ModelSpec, left: number): GenerateRequest['timeouts'] {
  return {
    connect: Math.min(timeouts.connect, left),
    firstToken: Math.min(timeouts.firstToken, left),
    idle: Math.min(timeouts.idle, left),
    total: Math.min(timeouts.total, left),
  };
}

/** The request as the adapter takes it, sized and timed; or why this model cannot take it. */
function prepare(
  context: CallContext,
  input: CallInput,
): { request: GenerateRequest } | { error: AttemptError } {
  const { model } = input.candidate;
  const left = context.deadlineAt() - context.parts.clock.now();
  if (left <= 0) return { error: tooLate };
  const maxTokens = Math.min(input.maxTokens, model.maxTokens);
  const prompt = { messages: input.messages, tools: input.tools, schema: input.schema };
  const promptTokens = estimatePromptTokens(prompt);
  const contextTokens = contextBucket(promptTokens, maxTokens, model.contextWindow);
  if (contextTokens === undefined) {
    return {
      error: {
        class: 'retry_elsewhere',
        message: `about ${promptTokens} prompt tokens and ${maxTokens} for the answer do not fit ${model.name}'s context of ${model.contextWindow}`,
        retryable: false,
      },
    };
  }
  return {
    request: {
      model,
      messages: input.messages,
      ...(input.tools === undefined ? {} : { tools: input.tools }),
      ...(input.schema === undefined ? {} : { schema: input.schema }),
      maxTokens,
      ...(input.temperature === undefined ? {} : { temperature: input.temperature }),
      contextTokens,
      timeouts: timeoutsWithin(model, left),
    },
  };
}

/** The ledger's row before the call, with the most it can cost. */
function startOfCall(
  context: CallContext,
  input: CallInput,
  generate: GenerateRequest,
): { call: CallStart } | { error: AttemptError } {
  const { parts, request } = context;
  const { model } = input.candidate;
  const now = parts.clock.now();
  let prices: UnitPrices | undefined;
  let reserve = 0;
  if (!model.selfHosted) {
    const allowed = parts.apiAllowed();
    if (allowed !== true) return { error: { class: 'budget', message: allowed, retryable: false } };
    const bound = inputTokenBound(generate) + nativeToolInputBound(model);
    prices = parts.prices.dearest(model, now, bound);
    if (prices === undefined) return unpaid(`no price is known for ${model.modelId}`);
    const [unpriced] = toolsWithoutFee(model.nativeTools?.names ?? [], prices);
    if (unpriced !== undefined) return unpaid(`no fee is known for ${unpriced} of ${model.modelId}`);
    reserve = upperBound({
      inputTokenBound: bound,
      maxTokens: generate.maxTokens,
      prices,
      nativeToolCap: model.nativeTools?.maxCalls ?? 0,
    });
  }
  return {
    call: {
      callId: parts.newId(),
      origin: request.origin,
      role: input.role,
      type: request.type,
      complexity: context.classification.complexity,
      tier: model.tier,
      provider: model.provider,
      model: model.name,
      modelId: model.modelId,
      reserve,
      ...(request.budget === undefined ? {} : { actionBudget: request.budget }),
      prices,
      ...(input.escalatedFrom === undefined ? {} : { escalatedFrom: input.escalatedFrom }),
      startedAt: now,
    },
  };
}

function unpaid(reason: string): { error: AttemptError } {
  return { error: { class: 'budget', message: `${reason}, so no call of it can be paid`, retryable: false } };
}

async function send(
  context: CallContext,
  input: CallInput,
  sent: { generate: GenerateRequest; call: CallStart; slot: Slot },
): Promise<Attempt> {
  const { parts, signal } = context;
  const { generate, call, slot } = sent;
  const { model } = input.candidate;
  if (parts.breakers.state(model).state === 'half_open') parts.breakers.probe(model);
  parts.onEvent?.({
    kind: 'call',
    request: context.request,
    role: call.role,
    tier: call.tier,
    model: call.model,
  });
  try {
    crashPoint('call-before');
    // The server is free before what came of the call is on the disk.
    const generation = await collect(parts.provider(model), generate, signal, parts.clock).finally(() =>
      slot.release(),
    );
    crashPoint('call-after');
    const cost = costOfCall(parts, model, generation, call);
    const end = endOfCall(parts, call, {
      outcome: 'ok',
      usage: generation.usage,
      cost,
      // Usage the provider did not report is an upper bound (`unreportedUsage` in providers/adapter.ts).
      settlement: call.reserve === 0 ? 'free' : generation.usage.reported ? 'settled' : 'bounded',
    });
    await parts.ledger.finish({
      ...end,
      firstTokenMs: generation.timing.firstTokenMs,
      // Loaded before the call by us, or during it by the server.
      loadMs: slot.loadMs ?? generation.timing.loadMs,
    });
    context.spend(cost);
    parts.breakers.succeeded(model);
    return {
      kind: 'answered',
      candidate: input.candidate,
      callId: call.callId,
      generation,
      cost,
      latencyMs: end.latencyMs,
    };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const { settlement, cost } = settleFailure(call, error, generate);
    await parts.ledger.finish({
      ...endOfCall(parts, call, {
        outcome: error.class === 'cancelled' ? 'cancelled' : 'error',
        usage: error.usage,
        cost,
        settlement,
      }),
      loadMs: slot.loadMs,
      errorClass: error.class,
      errorMessage: error.message.slice(0, 500),
    });
    context.spend(cost);
    if (error.countsForBreaker) parts.breakers.failed(model, error.toAttemptError());
    return {
      kind: 'failed',
      candidate: input.candidate,
      callId: call.callId,
      error: {
        ...error.toAttemptError(),
        ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
      },
      cost,
    };
  }
}

/** The price that applied to this call: by the prompt's true length, at the price of its start. */
function costOfCall(parts: RouterParts, model: ModelSpec, generation: Generation, call: CallStart): NanoUsd {
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
function settleFailure(
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

function endOfCall(
  parts: RouterParts,
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

/** Milliseconds until the same candidate is tried again; undefined when another try here is pointless or too late. */
function pauseBeforeRetry(context: CallContext, error: AttemptError, retry: number): number | undefined {
  if (error.class === 'budget' || error.class === 'no_slot' || error.class === 'deadline') return undefined;
  const { maxRetries, initialMs, maxMs } = context.parts.config().routing.retry;
  if (!consequences[error.class].retryHere || retry >= maxRetries || context.signal.aborted) return undefined;
  const backoff = Math.min(maxMs, initialMs * 2 ** retry);
  // Full jitter over the upper half: retries of many actions spread without ever being immediate.
  const pause = Math.max(error.retryAfterMs ?? 0, backoff * (0.5 + context.parts.random() / 2));
  return context.parts.clock.now() + pause < context.deadlineAt() ? pause : undefined;
}

function noSlot(model: ModelSpec, signal: AbortSignal): AttemptError {
  if (signal.aborted) return { class: 'cancelled', message: 'the call was cancelled', retryable: false };
  return { class: 'no_slot', message: `no slot came free on host ${model.host}`, retryable: true };
}

function refusedByBudget(refusal: BudgetRefusal, now: number): AttemptError {
  return {
    class: 'budget',
    message: describeRefusal(refusal),
    retryable: allowedAgainAt(refusal, now) !== undefined,
    refusal,
  };
}
