import type { CheckInput } from '../../../router/checks/check.ts';

/** A recorded answer of a strong model. */
export interface Answered {
  prompt: string;
  answer: string;
  /** The same model's answer to another prompt of the set. */
  other: string;
}

/** One way to damage an answer. */
export interface Damage {
  name: string;
  /** The checks that are there for it; empty where none is. */
  by: readonly string[];
  /** Undefined where it cannot be done to this one. `random` is seeded; `at` counts the answers. */
  of(answered: Answered, random: () => number, at: number): CheckInput | undefined;
  /** The undamaged answer, asked for in the same way. */
  right(answered: Answered): CheckInput;
}
