import type { ModelSpec } from '../config/config.ts';
import type { NanoUsd } from '../config/money.ts';
import { nativeToolInputBound, toolsWithoutFee, upperBound } from './cost.ts';
import type { RouterParts } from './parts.ts';
import { mostInputTokens } from './plan/constraints.ts';
import { contextFor, estimateError, estimatePromptTokens, inputTokenBound, promptTexts } from './tokens.ts';
import type { AttemptError } from './types/assessment.ts';
import type { CallModel, CallStart, GenerateRequest } from './types/call.ts';
import type { Slot } from './types/outside.ts';
import type { Classification, Request, UnitPrices } from './types.ts';

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

export type CallInput = Parameters<CallModel>[0];

export const tooLate: AttemptError = {
  class: 'deadline',
  message: 'no time left for another call',
  retryable: false,
};

/** The request as it is sent from this slot: waiting and loading have taken their time; undefined: all of it. */
export function withinSlot(
  context: CallContext,
  request: GenerateRequest,
  slot: Slot,
): GenerateRequest | undefined {
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

/** The most tokens of this call's prompt: what the plan went by where it is the request's own prompt. */
function mostPromptTokens({ request, classification }: CallContext, input: CallInput): number {
  const { messages, tools, schema, candidate } = input;
  if (messages === request.messages && tools === request.tools && schema === request.schema)
    return mostInputTokens(candidate.model, classification);
  const prompt = { messages, tools, schema };
  const estimated = estimatePromptTokens(prompt);
  return Math.ceil(estimated * estimateError(promptTexts(prompt).texts, estimated).most);
}

/** The request as the adapter takes it, sized and timed; or why this model cannot take it. */
export function prepareCall(
  context: CallContext,
  input: CallInput,
): { request: GenerateRequest } | { error: AttemptError } {
  const { model } = input.candidate;
  const left = context.deadlineAt() - context.parts.clock.now();
  if (left <= 0) return { error: tooLate };
  const maxTokens = Math.min(input.maxTokens, model.maxTokens);
  const promptTokens = mostPromptTokens(context, input);
  const contextTokens = contextFor(promptTokens, maxTokens, model.contextWindow);
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
export function startOfCall(
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
