import type { Protocol } from './types.ts';

export interface RateLimitOptions {
  requestsPerMinute: number;
  tokensPerMinute: number;
  /** Refuse with 429 what goes beyond; else the headers only count down. */
  enforced: boolean;
}

/** One minute's window for each API, as the rate-limit headers tell it. */
export class RateLimits {
  readonly #options: RateLimitOptions;
  readonly #now: () => number;
  readonly #windows = new Map<Protocol, { endsAt: number; requests: number; tokens: number }>();

  constructor(options: RateLimitOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  #window(protocol: Protocol): { endsAt: number; requests: number; tokens: number } {
    const now = this.#now();
    let window = this.#windows.get(protocol);
    if (window === undefined || window.endsAt <= now) {
      window = { endsAt: now + 60_000, requests: 0, tokens: 0 };
      this.#windows.set(protocol, window);
    }
    return window;
  }

  /** Counts a request; seconds to wait where it is one too many. */
  take(protocol: Protocol, tokens: number): number | undefined {
    const window = this.#window(protocol);
    const { requestsPerMinute, tokensPerMinute, enforced } = this.#options;
    if (enforced && (window.requests >= requestsPerMinute || window.tokens + tokens > tokensPerMinute)) {
      return Math.max(1, Math.ceil((window.endsAt - this.#now()) / 1_000));
    }
    window.requests += 1;
    window.tokens += tokens;
    return undefined;
  }

  headers(protocol: Protocol): Record<string, string | number> {
    if (protocol === 'ollama') return {};
    const { requestsPerMinute, tokensPerMinute } = this.#options;
    const window = this.#window(protocol);
    const requests = Math.max(0, requestsPerMinute - window.requests);
    const tokens = Math.max(0, tokensPerMinute - window.tokens);
    if (protocol === 'openai') {
      const reset = `${((window.endsAt - this.#now()) / 1_000).toFixed(3)}s`;
      return {
        'x-ratelimit-limit-requests': requestsPerMinute,
        'x-ratelimit-remaining-requests': requests,
        'x-ratelimit-reset-requests': reset,
        'x-ratelimit-limit-tokens': tokensPerMinute,
        'x-ratelimit-remaining-tokens': tokens,
        'x-ratelimit-reset-tokens': reset,
      };
    }
    const reset = new Date(window.endsAt).toISOString();
    return {
      'anthropic-ratelimit-requests-limit': requestsPerMinute,
      'anthropic-ratelimit-requests-remaining': requests,
      'anthropic-ratelimit-requests-reset': reset,
      'anthropic-ratelimit-input-tokens-limit': tokensPerMinute,
      'anthropic-ratelimit-input-tokens-remaining': tokens,
      'anthropic-ratelimit-input-tokens-reset': reset,
      'anthropic-ratelimit-output-tokens-limit': tokensPerMinute,
      'anthropic-ratelimit-output-tokens-remaining': tokens,
      'anthropic-ratelimit-output-tokens-reset': reset,
      'anthropic-ratelimit-tokens-limit': tokensPerMinute * 2,
      'anthropic-ratelimit-tokens-remaining': tokens * 2,
      'anthropic-ratelimit-tokens-reset': reset,
    };
  }
}
