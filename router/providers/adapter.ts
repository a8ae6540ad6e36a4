import type { ModelSpec } from '../../config/config.ts';
import { CallError } from '../call-error.ts';
import { contextBuckets, estimatePromptTokens, estimateTokens, inputTokenBound } from '../tokens.ts';
import type { GenerateRequest, Provider, Usage } from '../types/call.ts';

/** What an adapter is made from: one per server, key and connect timeout. */
export interface AdapterOptions {
  endpoint: string;
  /** Undefined where the server needs none. */
  apiKey: string | undefined;
  userAgent: string;
  fetch: typeof fetch;
  now: () => number;
}

/** Our own timeouts decide; the SDKs' longest possible one keeps theirs out of the way (2^31 - 1 ms). */
export const sdkTimeoutMs = 2_147_483_647;

/** `gpt-6-luna at https://api.openai.com/v1`, the beginning of every error message. */
export function serverOf(model: ModelSpec): string {
  return `${model.name} at ${model.endpoint}`;
}

/**
 * The usage of a call whose provider reported none, marked so. On the user's own hardware it is estimated; where
 * it is paid for it is bounded from above, so that what is charged is never below the bill: the prompt and the
 * answer by their bytes, and thoughts nobody was shown by all the call may generate.
 */
export function unreportedUsage(
  request: GenerateRequest,
  seen: { answer: string; reasoning: string; hiddenThoughts: boolean },
): Usage {
  const paid = !request.model.selfHosted;
  const count = paid ? (text: string) => Buffer.byteLength(text) : estimateTokens;
  const reasoningTokens = count(seen.reasoning);
  // A few more than shown: what ends an answer is a token too.
  const shown = count(seen.answer) + reasoningTokens + 8;
  return {
    inputTokens: paid ? inputTokenBound(request) : estimatePromptTokens(request),
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: paid
      ? seen.hiddenThoughts
        ? request.maxTokens
        : Math.min(shown, request.maxTokens)
      : shown,
    reasoningTokens,
    nativeToolCalls: {},
    reported: false,
  };
}

/** A token count as reported; undefined when it is missing or no count. */
export function tokenCount(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined;
}

/**
 * One token from the model, whatever it is. A server that answers that this request cannot be is alive; one
 * that is out of quota or does not know the model is not.
 */
export async function probeByGenerating(
  provider: Provider,
  model: ModelSpec,
  signal: AbortSignal,
  contextTokens: number = contextBuckets[0],
): Promise<void> {
  const request: GenerateRequest = {
    model,
    messages: [{ role: 'user', content: 'ping' }],
    maxTokens: 1,
    contextTokens: Math.min(contextTokens, model.contextWindow),
    timeouts: model.timeouts,
  };
  try {
    for await (const delta of provider.generate(request, signal)) if (delta.kind === 'finish') return;
  } catch (error) {
    if (error instanceof CallError && error.requestSpecific) return;
    throw error;
  }
}

/** Told to models whose server cannot be given a schema: better than nothing, and checked afterwards anyway. */
export function schemaInstruction(schema: Record<string, unknown>): string {
  return `Answer with one JSON value that satisfies this JSON Schema, and with nothing else:\n${JSON.stringify(schema)}`;
}

/** The transport as the SDKs take it; imported on the first call, like they are. */
export async function ownFetch(connectMs: number): Promise<typeof fetch> {
  const { asFetch, transport } = await import('./transport.ts');
  return asFetch(transport, connectMs);
}
