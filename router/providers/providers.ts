import { setTimeout as wait } from 'node:timers/promises';
import type { ModelSpec } from '../../config/config.ts';
import { abortError, CallError } from '../call-error.ts';
import { Pacer } from '../pacing.ts';
import { estimatePromptTokens } from '../tokens.ts';
import type { Delta, GenerateRequest, Provider } from '../types/call.ts';
import type { Clock } from '../types/outside.ts';
import { type AdapterOptions, ownFetch, serverOf } from './adapter.ts';
import { classifyThrown } from './classify-error.ts';

export interface ProvidersOptions {
  /** The key of a model's account; undefined where none is set. Asked again when a configuration is reloaded. */
  apiKey: (model: ModelSpec) => string | undefined;
  /** How we introduce ourselves to servers; default `swarmd`. */
  userAgent?: string;
  /** Instead of our own transport; for tests and installations behind a proxy. */
  fetch?: typeof fetch;
  /** For retry dates in headers and for pacing; default: the machine's. */
  clock?: Clock;
}

const machineClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }),
};

/**
 * Hands out the provider of each model. An SDK is imported when the first call needs it (start-up time and
 * memory: openai alone is 35 MB on disk), and one client per server, key and connect timeout is kept, so that
 * its connections stay alive between calls.
 */
export function createProviders(options: ProvidersOptions): (model: ModelSpec) => Provider {
  const adapters = new Map<string, { apiKey: string | undefined; adapter: PacedAdapter }>();
  return (model) => {
    let apiKey: string | undefined;
    try {
      apiKey = options.apiKey(model);
    } catch (error) {
      return withoutKey(model, error);
    }
    const key = JSON.stringify([model.provider, model.endpoint, model.apiKeyEnv, model.timeouts.connect]);
    const known = adapters.get(key);
    if (known !== undefined && known.apiKey === apiKey) return known.adapter;
    // A changed key takes the place of the old one, which is then held nowhere.
    const adapter = new PacedAdapter(model, apiKey, options);
    adapters.set(key, { apiKey, adapter });
    return adapter;
  };
}

/** A key that cannot be read (its file is missing) is a failed call like any other, that costs nothing. */
function withoutKey(model: ModelSpec, cause: unknown): Provider {
  const fail = (): never => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CallError('retry_elsewhere', `${serverOf(model)}: ${reason}`, { settlement: 'free', cause });
  };
  return {
    // biome-ignore lint/correctness/useYield: it always fails
    async *generate() {
      fail();
    },
    probe: async () => fail(),
  };
}

/** An adapter that is imported on its first call, and that keeps to what its account has left. */
class PacedAdapter implements Provider {
  readonly #first: ModelSpec;
  readonly #apiKey: string | undefined;
  readonly #options: ProvidersOptions;
  readonly #clock: Clock;
  readonly #pacers = new Map<string, Pacer>();
  #loaded: Provider | undefined;
  #loading: Promise<Provider> | undefined;

  constructor(first: ModelSpec, apiKey: string | undefined, options: ProvidersOptions) {
    this.#first = first;
    this.#apiKey = apiKey;
    this.#options = options;
    this.#clock = options.clock ?? machineClock;
  }

  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Delta> {
    const { model } = request;
    this.#assertKey(model);
    const adapter = this.#loaded ?? (await this.#load(model));
    // The user's own servers send no such headers and queue by themselves.
    if (model.selfHosted) return yield* adapter.generate(request, signal);
    const pacer = this.#pacerOf(model);
    await this.#waitForAllowance(pacer, request, signal);
    try {
      for await (const delta of adapter.generate(request, signal)) {
        if (delta.kind === 'finish' && delta.rateLimit !== undefined) {
          pacer.observe(delta.rateLimit, this.#clock.now());
        }
        yield delta;
      }
    } catch (error) {
      if (error instanceof CallError && error.class === 'rate_limited') {
        pacer.limited(error.retryAfterMs ?? 0, this.#clock.now());
      }
      throw error;
    }
  }

  async probe(model: ModelSpec, signal: AbortSignal): Promise<void> {
    this.#assertKey(model);
    return (this.#loaded ?? (await this.#load(model))).probe(model, signal);
  }

  /** A short wait is taken here; a long one is told, so that another candidate may have the time. */
  async #waitForAllowance(pacer: Pacer, request: GenerateRequest, signal: AbortSignal): Promise<void> {
    const tokens = pacer.idle ? 0 : estimatePromptTokens(request) + request.maxTokens;
    for (;;) {
      const waitMs = Math.ceil(pacer.waitMs(tokens, this.#clock.now()));
      if (waitMs === 0) break;
      if (waitMs > request.timeouts.firstToken / 2) {
        const message = `${serverOf(request.model)}: its rate limit leaves no room for another ${waitMs} ms`;
        throw new CallError('rate_limited', message, { retryAfterMs: waitMs, settlement: 'free' });
      }
      await this.#clock.sleep(waitMs, signal).catch(() => undefined);
      if (signal.aborted) {
        const aborted = abortError(signal);
        aborted.settlement = 'free';
        throw aborted;
      }
    }
    pacer.sent(tokens);
  }

  /** OpenAI limits each model, Anthropic each class of models: by model is right for one and careful for both. */
  #pacerOf(model: ModelSpec): Pacer {
    let pacer = this.#pacers.get(model.modelId);
    if (pacer === undefined) {
      pacer = new Pacer();
      this.#pacers.set(model.modelId, pacer);
    }
    return pacer;
  }

  async #load(model: ModelSpec): Promise<Provider> {
    try {
      this.#loading ??= loadAdapter(this.#first, this.#apiKey, this.#options);
      this.#loaded = await this.#loading;
      return this.#loaded;
    } catch (error) {
      // A later call may find the module or the address repaired.
      this.#loading = undefined;
      throw classifyThrown(error, serverOf(model));
    }
  }

  #assertKey(model: ModelSpec): void {
    if (model.apiKeyEnv === undefined || this.#apiKey !== undefined || model.selfHosted) return;
    throw new CallError('retry_elsewhere', `${serverOf(model)}: ${model.apiKeyEnv} is not set`, {
      settlement: 'free',
      retryable: false,
    });
  }
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
    now: (options.clock ?? machineClock).now,
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
