import OpenAI, { APIError } from 'openai';
import { abortError, type CallError } from '../call-error.ts';
import type { Delta, GenerateRequest, Provider } from '../types/call.ts';
import { type AdapterOptions, probeByGenerating, sdkTimeoutMs, serverOf } from './adapter.ts';
import { bodyEvents } from './body-events.ts';
import { classifyProviderError, classifyThrown, readProviderError } from './classify-error.ts';
import { chatBody, completionBody, decodeChat } from './openai-chat.ts';
import { openAiModelTraits } from './openai-models.ts';
import { decodeResponses, needsResponses, responsesBody } from './openai-responses.ts';
import { readRateLimit } from './rate-limit.ts';

/** OpenAI itself (Chat and Responses) and every server that speaks its Chat API under another address. */
export function createOpenAi(options: AdapterOptions & { official: boolean }): Provider {
  const client = new OpenAI({
    // A server of one's own usually needs no key; the SDK insists on one.
    apiKey: options.apiKey ?? 'none',
    adminAPIKey: null,
    baseURL: options.endpoint,
    maxRetries: 0,
    timeout: sdkTimeoutMs,
    logLevel: 'off',
    fetch: options.fetch,
    defaultHeaders: { 'User-Agent': options.userAgent },
    // The account's ids are OpenAI's business, not another server's.
    ...(options.official ? {} : { organization: null, project: null }),
  });

  const provider: Provider = {
    async *generate(request, signal) {
      const server = serverOf(request.model);
      try {
        if (needsResponses(request)) {
          const response = await client.responses.create(responsesBody(request), { signal }).asResponse();
          yield* withRateLimit(decodeResponses(bodyEvents(response, server), request, options.now), response);
        } else if (request.model.kind === 'base') {
          const response = await client.completions.create(completionBody(request), { signal }).asResponse();
          yield* withRateLimit(decodeChat(bodyEvents(response, server), request, options.now), response);
        } else {
          const response = await client.chat.completions.create(chatBody(request), { signal }).asResponse();
          yield* withRateLimit(decodeChat(bodyEvents(response, server), request, options.now), response);
        }
      } catch (error) {
        throw classed(error, request, signal, server);
      }
    },
    probe: (model, signal) => probeByGenerating(provider, model, signal),
  };

  async function* withRateLimit(deltas: AsyncIterable<Delta>, response: Response): AsyncGenerator<Delta> {
    for await (const delta of deltas) {
      if (delta.kind === 'finish') {
        const rateLimit = readRateLimit(response.headers, options.now());
        yield rateLimit === undefined ? delta : { ...delta, rateLimit };
      } else {
        yield delta;
      }
    }
  }

  function classed(error: unknown, request: GenerateRequest, signal: AbortSignal, server: string): CallError {
    if (signal.aborted) {
      const aborted = abortError(signal);
      // Thoughts are billed and not shown: what was seen says little about what was generated.
      if (openAiModelTraits(request.model.modelId).reasoning) aborted.settlement = 'unknown';
      return aborted;
    }
    if (error instanceof APIError && error.status !== undefined) {
      const worded = readProviderError(error.status, { error: error.error ?? error.message }, error.headers);
      return classifyProviderError(worded, server, options.now());
    }
    return classifyThrown(error, server);
  }

  return provider;
}
