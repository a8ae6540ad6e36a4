import type { ModelSpec } from '../../config/config.ts';
import { abortError, CallError } from '../call-error.ts';
import { estimateTokens } from '../tokens.ts';
import type { Usage } from '../types/call.ts';
import { ownFetch, sdkTimeoutMs, serverOf, tokenCount } from './adapter.ts';
import {
  classifyProviderError,
  classifyThrown,
  type HeaderReader,
  isRecord,
  parseOrText,
  readProviderError,
} from './classify-error.ts';
import type { ProvidersOptions } from './providers.ts';

interface Embeddings {
  /** One vector a text, in their order, all of one length. */
  vectors: number[][];
  usage: Usage;
}

export type Embed = (model: ModelSpec, texts: readonly string[], signal: AbortSignal) => Promise<Embeddings>;

/**
 * Embeddings by Ollama's /api/embed or OpenAI's (and compatible servers') /embeddings; Anthropic has none. A
 * text too long for the model is an error (`truncate: false`), never a vector of its beginning. Throws
 * `CallError`; `signal` ends the call, and so does the model's total timeout.
 */
export function createEmbed(options: ProvidersOptions): Embed {
  return async (model, texts, signal) => {
    if (texts.length === 0) return { vectors: [], usage: usageOf(0, true) };
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(signal.reason);
    if (signal.aborted) throw abortError(signal);
    signal.addEventListener('abort', onAbort, { once: true });
    const timer = setTimeout(
      () =>
        stop.abort(
          new CallError(
            'retry_elsewhere',
            `${serverOf(model)}: no embeddings within ${model.timeouts.total} ms`,
          ),
        ),
      model.timeouts.total,
    );
    try {
      const answer = await request(model, texts, options, stop.signal);
      return checked(answer, model, texts);
    } catch (error) {
      throw stop.signal.aborted ? abortError(stop.signal) : classified(error, model, options);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  };
}

interface Answer {
  vectors: unknown;
  tokens: number | undefined;
}

async function request(
  model: ModelSpec,
  texts: readonly string[],
  options: ProvidersOptions,
  signal: AbortSignal,
): Promise<Answer> {
  const send = options.fetch ?? (await ownFetch(model.timeouts.connect));
  const apiKey = options.apiKey(model);
  switch (model.provider) {
    case 'ollama': {
      const { Ollama } = await import('ollama');
      const headers: Record<string, string> =
        apiKey === undefined ? {} : { Authorization: `Bearer ${apiKey}` };
      const client = new Ollama({
        host: model.endpoint,
        headers,
        // The package knows no signal for embeddings, prints errors that are not JSON and loses their headers.
        fetch: async (url, init) => {
          const response = await send(url, { ...init, signal });
          if (response.ok) return response;
          const body = parseOrText(await response.text());
          const worded = readProviderError(response.status, body, response.headers);
          throw classifyProviderError(worded, serverOf(model), now(options));
        },
      });
      const answer = await client.embed({
        model: model.modelId,
        input: [...texts],
        truncate: false,
        ...(model.keepAlive === undefined ? {} : { keep_alive: model.keepAlive }),
      });
      return { vectors: answer.embeddings, tokens: tokenCount(answer.prompt_eval_count) };
    }
    case 'openai':
    case 'openai-compatible': {
      const { default: OpenAI } = await import('openai');
      const client = new OpenAI({
        apiKey: apiKey ?? 'none',
        adminAPIKey: null,
        baseURL: model.endpoint,
        maxRetries: 0,
        timeout: sdkTimeoutMs,
        logLevel: 'off',
        fetch: send,
        ...(model.provider === 'openai' ? {} : { organization: null, project: null }),
      });
      const body = { model: model.modelId, input: [...texts], encoding_format: 'float' as const };
      const answer = await client.embeddings.create(body, { signal });
      const byIndex = [...answer.data].sort((a, b) => a.index - b.index);
      return {
        vectors: byIndex.map(({ embedding }) => embedding),
        tokens: tokenCount(answer.usage?.prompt_tokens),
      };
    }
    case 'anthropic':
      throw new CallError('bad_request', 'Anthropic has no embeddings', { settlement: 'free' });
  }
}

/** As many vectors as texts, all of numbers and of one length: anything else would spoil an index silently. */
function checked(answer: Answer, model: ModelSpec, texts: readonly string[]): Embeddings {
  const { vectors } = answer;
  const length = Array.isArray(vectors) && Array.isArray(vectors[0]) ? vectors[0].length : 0;
  const sound =
    Array.isArray(vectors) &&
    vectors.length === texts.length &&
    length > 0 &&
    vectors.every(
      (vector) => Array.isArray(vector) && vector.length === length && vector.every(Number.isFinite),
    );
  if (!sound) {
    throw new CallError(
      'retry_here',
      `${serverOf(model)}: answered without ${texts.length} sound embeddings`,
    );
  }
  // Unreported: estimated where it is free, by its bytes and never too low where it is paid for.
  const count = model.selfHosted ? estimateTokens : Buffer.byteLength;
  const estimated = texts.reduce((sum, text) => sum + count(text), 0);
  return { vectors, usage: usageOf(answer.tokens ?? estimated, answer.tokens !== undefined) };
}

function usageOf(inputTokens: number, reported: boolean): Usage {
  return {
    inputTokens,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    nativeToolCalls: {},
    reported,
  };
}

function classified(error: unknown, model: ModelSpec, options: ProvidersOptions): CallError {
  if (isRecord(error) && typeof error.status === 'number') {
    const worded = readProviderError(
      error.status,
      { error: error.error ?? error.message },
      asHeaders(error.headers),
    );
    return classifyProviderError(worded, serverOf(model), now(options));
  }
  return classifyThrown(error, serverOf(model));
}

function asHeaders(value: unknown): HeaderReader | undefined {
  return isRecord(value) && typeof value.get === 'function' ? (value as unknown as HeaderReader) : undefined;
}

function now(options: ProvidersOptions): number {
  return options.clock?.now() ?? Date.now();
}
