import { hash32, unit } from '../hash.ts';
import type { Profile } from '../profiles.ts';
import type { PromptClass } from '../types.ts';

/** Verdicts kept so that a prompt repeated gets the same one; the oldest are forgotten first. */
const rememberedPrompts = 100_000;

/**
 * How far the number of acceptable answers may stray from the matrix. Chance alone strays by 2.9 points in
 * 300 prompts at a share of one half, which breaks a promise of 3 points every third time. With 4.4, any 300
 * distinct prompts in a row stay within 8.8 of the matrix (2.94 points), and the first few dozen prompts of a
 * class are nearly always left to the hash alone, so that they do not depend on the order of arrival.
 */
const strayLimit = 4.4;

interface Drift {
  prompts: number;
  accepted: number;
}

/** Decides which prompts a model answers acceptably: by hash of seed, model and prompt, held to the matrix. */
export class Verdicts {
  readonly #seed: number;
  readonly #known = new Map<string, boolean>();
  readonly #drift = new Map<string, Drift>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** `prompt` is the normalized text that identifies what is asked. */
  acceptable(profile: Profile, promptClass: PromptClass, prompt: string): boolean {
    const share = profile.pass[promptClass];
    if (share <= 0) return false;
    if (share >= 1) return true;
    const low = hash32(prompt, this.#seed);
    const key = `${profile.name}\u0000${low}\u0000${hash32(prompt, ~this.#seed)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const cell = `${profile.name}\u0000${promptClass}`;
    let drift = this.#drift.get(cell);
    if (drift === undefined) {
      drift = { prompts: 0, accepted: 0 };
      this.#drift.set(cell, drift);
    }
    let accepted = unit(`${profile.name}\u0000${prompt}`, this.#seed) < share;
    const stray = drift.accepted + (accepted ? 1 : 0) - share * (drift.prompts + 1);
    if (Math.abs(stray) > strayLimit) accepted = !accepted;
    drift.prompts += 1;
    if (accepted) drift.accepted += 1;
    if (this.#known.size >= rememberedPrompts) {
      const oldest = this.#known.keys().next().value;
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    this.#known.set(key, accepted);
    return accepted;
  }
}
