import type { ModelSpec } from '../../config/config.ts';
import { CallError } from '../call-error.ts';
import type { Provider } from '../types.ts';
import type { AdapterOptions } from './adapter.ts';
import { serverOf } from './adapter.ts';
import { classifyThrown } from './classify-error.ts';

export interface ProvidersOptions {
  /** The key of a model's account; undefined where none is set. Asked again when a configuration is reloaded. */
  apiKey: (model: ModelSpec) => string | undefined;
  /** How we introduce ourselves to servers; default `swarmd`. */
  userAgent?: string;
  /** Instead of our own transport; for tests and installations behind a proxy. */
  fetch?: typeof fetch;
  /** Milliseconds since 1970; for retry dates in headers. */
  now?: () => number;
}

/**
 * Hands out the provider of each model. An SDK is imported when the first call needs it (start-up time and
 * memory: openai alone is 35 MB on disk), and one client per server, key and connect timeout is kept, so that
 * its connections stay alive between calls.
 */
export function createProviders(options: ProvidersOptions): (model: ModelSpec) => Provider {
  const adapters = new Map<string, LazyAdapter>();
  return (model) => {
    const apiKey = options.apiKey(model);
    const key = JSON.stringify([model.provider, model.endpoint, apiKey ?? null, model.timeouts.connect]);
    let adapter = adapters.get(key);
    if (adapter === undefined) {
      adapter = lazyAdapter(model, apiKey, options);
      adapters.set(key, adapter);
    }
    return adapter;
  };
}

type LazyAdapter = Provider;

function lazyAdapter(first: ModelSpec, apiKey: string | undefined, options: ProvidersOptions): Provider {
  let loaded: Provider | undefined;
  let loading: Promise<Provider> | undefined;
  const load = async (model: ModelSpec): Promise<Provider> => {
    try {
      loading ??= loadAdapter(first, apiKey, options);
      loaded = await loading;
      return loaded;
    } catch (error) {
      // A later call may find the module or the address repaired.
      loading = undefined;
      throw classifyThrown(error, serverOf(model));
    }
  };
  const assertKey = (model: ModelSpec): void => {
    if (model.apiKeyEnv !== undefined && apiKey === undefined && !model.selfHosted) {
      throw new CallError('retry_elsewhere', `${serverOf(model)}: ${model.apiKeyEnv} is not set`, {
        settlement: 'free',
        retryable: false,
      });
    }
  };
  return {
    async *generate(request, signal) {
      assertKey(request.model);
      yield* (loaded ?? (await load(request.model))).generate(request, signal);
    },
    async probe(model, signal) {
      assertKey(model);
      return (loaded ?? (await load(model))).probe(model, signal);
    },
  };
}

async function loadAdapter(
  model: ModelSpec,
  apiKey: string | undefined,
  options: ProvidersOptions,
): Promise<Provider> {
  const adapterOptions: AdapterOptions = {
    endpoint: model.endpoint,
    apiKey,
    userAgent: options.userAgent ?? 'swarmd',
    fetch: options.fetch ?? (await ownFetch(model.timeouts.connect)),
    now: options.now ?? Date.now,
  };
  switch (model.provider) {
    case 'ollama':
      return (await import('./ollama.ts')).createOllama(adapterOptions);
    case 'anthropic':
      return (await import('./anthropic.ts')).createAnthropic(adapterOptions);
    case 'openai':
    case 'openai-compatible':
      return (await import('./openai.ts')).createOpenAi({
        ...adapterOptions,
        official: model.provider === 'openai',
      });
  }
}

async function ownFetch(connectMs: number): Promise<typeof fetch> {
  const { asFetch, transport } = await import('./transport.ts');
  return asFetch(transport, connectMs);
}
