import Anthropic, { APIError } from '@anthropic-ai/sdk';
import { abortError, type CallError } from '../call-error.ts';
import type { GenerateRequest, Provider } from '../types/call.ts';
import { type AdapterOptions, probeByGenerating, sdkTimeoutMs, serverOf } from './adapter.ts';
import { messageBody } from './anthropic-body.ts';
import { anthropicModelTraits } from './anthropic-models.ts';
import { decodeMessage } from './anthropic-stream.ts';
import { bodyEvents } from './body-events.ts';
import { classifyProviderError, classifyThrown, readProviderError } from './classify-error.ts';
import { readRateLimit } from './rate-limit.ts';

/** Anthropic's Messages API. */
export function createAnthropic(options: AdapterOptions): Provider {
  const client = new Anthropic({
    // Always given, so that the SDK never looks for credentials of its own in the environment or on disk.
    apiKey: options.apiKey ?? 'none',
    baseURL: options.endpoint,
    maxRetries: 0,
    timeout: sdkTimeoutMs,
    logLevel: 'off',
    fetch: options.fetch,
    defaultHeaders: { 'User-Agent': options.userAgent },
  });

  const provider: Provider = {
    async *generate(request, signal) {
      const server = serverOf(request.model);
      try {
        const body = messageBody(request);
        const response = await client.messages.create(body, { signal }).asResponse();
        const rateLimit = readRateLimit(response.headers, options.now());
        for await (const delta of decodeMessage(bodyEvents(response, server), request, options.now)) {
          yield delta.kind === 'finish' && rateLimit !== undefined ? { ...delta, rateLimit } : delta;
        }
      } catch (error) {
        throw classed(error, request, signal, server);
      }
    },
    probe: (model, signal) => probeByGenerating(provider, model, signal),
  };

  function classed(error: unknown, request: GenerateRequest, signal: AbortSignal, server: string): CallError {
    if (signal.aborted) {
      const aborted = abortError(signal);
      // What was seen says little about what was generated where thoughts are billed and not shown.
      if (anthropicModelTraits(request.model.modelId).hiddenThoughts) aborted.settlement = 'unknown';
      return aborted;
    }
    if (error instanceof APIError && error.status !== undefined) {
      const worded = readProviderError(error.status, error.error ?? error.message, error.headers);
      return classifyProviderError(worded, server, options.now());
    }
    return classifyThrown(error, server);
  }

  return provider;
}
