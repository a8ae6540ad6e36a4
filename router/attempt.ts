import type { ModelSpec } from '../config/config.ts';
import { crashPoint } from '../config/crash-points.ts';
import { allowedAgainAt, describeRefusal } from './budget-refusal.ts';
import { CallError, consequences } from './call-error.ts';
import { collect } from './collect.ts';
import {
  type CallContext,
  type CallInput,
  prepareCall,
  startOfCall,
  tooLate,
  withinSlot,
} from './prepare-call.ts';
import { costOfCall, endOfCall, settleFailure } from './settle-call.ts';
import type { Attempt, AttemptError } from './types/assessment.ts';
import type { CallModel, CallStart, GenerateRequest } from './types/call.ts';
import type { BudgetRefusal, Slot } from './types/outside.ts';

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

  const generate = prepareCall(context, input);
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

async function send(
  context: CallContext,
  input: CallInput,
  sent: { generate: GenerateRequest; call: CallStart; slot: Slot },
): Promise<Attempt> {
  const { parts, signal } = context;
  const { generate, call, slot } = sent;
  const { model } = input.candidate;
  parts.onEvent?.({
    kind: 'call',
    request: context.request,
    role: call.role,
    tier: call.tier,
    model: call.model,
  });
  try {
    if (parts.breakers.state(model).state === 'half_open') await probe(context, model);
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

/**
 * The one call that a half-open breaker lets through. On the user's own hardware it is one token, so that a
 * model that hangs again costs no request its time; a paid model gets the request itself, which is reserved for.
 */
async function probe(context: CallContext, model: ModelSpec): Promise<void> {
  const { parts, signal } = context;
  parts.breakers.probe(model);
  if (!model.selfHosted) return;
  await parts
    .provider(model)
    .probe(model, AbortSignal.any([signal, AbortSignal.timeout(model.timeouts.firstToken)]));
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
