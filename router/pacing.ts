import type { Allowance, RateLimitState } from './types/call.ts';

/**
 * Keeps calls within what a provider's headers said is left, so that they wait here instead of failing there.
 * One for each account and model. Between two answers our own calls are counted off; an allowance fills up
 * steadily until its `fullAt`, as OpenAI's and Anthropic's token buckets do.
 */
export class Pacer {
  #requests: Tracked | undefined;
  #tokens: Tracked | undefined;
  /** Set by a 429: nothing is sent before. */
  #blockedUntil = 0;

  /** Nothing is known of any limit: every call may go. */
  get idle(): boolean {
    return this.#requests === undefined && this.#tokens === undefined;
  }

  /** An answer's headers: newer than all that was counted here. */
  observe(state: RateLimitState, now: number): void {
    if (state.requests !== undefined) this.#requests = new Tracked(state.requests, now);
    if (state.tokens !== undefined) this.#tokens = new Tracked(state.tokens, now);
  }

  /** A 429 said how long to wait. */
  limited(retryAfterMs: number, now: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, now + retryAfterMs);
  }

  /** Milliseconds until a call of about this many tokens (prompt and answer) fits; 0: now. */
  waitMs(tokens: number, now: number): number {
    return Math.max(
      0,
      this.#blockedUntil - now,
      this.#requests?.waitMs(1, now) ?? 0,
      this.#tokens?.waitMs(tokens, now) ?? 0,
    );
  }

  /** Counts a call off that is being sent. */
  sent(tokens: number): void {
    this.#requests?.take(1);
    this.#tokens?.take(tokens);
  }
}

class Tracked {
  #remaining: number;
  readonly #limit: number;
  readonly #observedAt: number;
  readonly #fullAt: number;
  /** Undefined when the server did not say how much it holds. */
  readonly #grownPerMs: number | undefined;

  constructor(allowance: Allowance, now: number) {
    this.#remaining = allowance.remaining;
    this.#limit = allowance.limit ?? Number.POSITIVE_INFINITY;
    this.#observedAt = now;
    // Without a stated end nothing is known after a minute, the window both providers use.
    this.#fullAt = allowance.fullAt ?? now + 60_000;
    const span = Math.max(1, this.#fullAt - now);
    const missing = (allowance.limit ?? allowance.remaining) - allowance.remaining;
    this.#grownPerMs = missing > 0 ? missing / span : undefined;
  }

  take(amount: number): void {
    this.#remaining -= amount;
  }

  waitMs(amount: number, now: number): number {
    if (now >= this.#fullAt) return 0;
    // A call larger than the whole allowance would wait for ever: when it is full the provider may judge it.
    const wanted = Math.min(amount, this.#limit);
    if (wanted <= this.#remaining) return 0;
    if (this.#grownPerMs === undefined) return this.#fullAt - now;
    const due = this.#observedAt + (wanted - this.#remaining) / this.#grownPerMs;
    return Math.max(0, Math.min(due, this.#fullAt) - now);
  }
}
