import { hash32 } from './hash.ts';

export interface CacheUse {
  cached: number;
  written: number;
}

/** Shorter prefixes are not cached; the real floors differ by model, 512 to 4,096. */
export const cacheFloor = 1_024;
const mostPrefixes = 10_000;

/** Prompt prefixes seen before, message by message; a prefix lives for five minutes after its last use. */
export class PromptCache {
  readonly #seen = new Map<number, number>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * How much of a prompt is read from the cache, and how much is written to it. `parts` are the prompt's
   * pieces in order with their tokens (system and tools first); `upTo` is the number of pieces to cache.
   */
  use(model: string, parts: readonly { text: string; tokens: number }[], upTo = parts.length): CacheUse {
    let hash = hash32(model);
    let tokens = 0;
    let cached = 0;
    const now = this.#now();
    const prefixes: { key: number; tokens: number }[] = [];
    for (const part of parts.slice(0, upTo)) {
      hash = hash32(part.text, hash);
      tokens += part.tokens;
      if (tokens < cacheFloor) continue;
      const key = hash * 0x20_0000 + (tokens % 0x20_0000);
      prefixes.push({ key, tokens });
      const until = this.#seen.get(key);
      if (until !== undefined && until > now) cached = tokens;
    }
    for (const { key } of prefixes) {
      this.#seen.delete(key);
      this.#seen.set(key, now + 300_000);
    }
    while (this.#seen.size > mostPrefixes) {
      const oldest = this.#seen.keys().next().value;
      if (oldest === undefined) break;
      this.#seen.delete(oldest);
    }
    return { cached, written: (prefixes.at(-1)?.tokens ?? 0) - cached };
  }
}
