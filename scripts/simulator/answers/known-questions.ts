import { type QuickItem, quickSet } from '../../../daemon/models/quick-set.ts';
import { normalize } from './reading.ts';

/**
 * The right answers to the questions of `swarmd models bench` and `init --detect`, which no rule here works out:
 * with them a model misses as many of them as its pass matrix says, and not nearly all.
 */
const known: ReadonlyMap<string, QuickItem> = new Map(
  quickSet.map((question) => [normalize(question.prompt), question]),
);

export function knownQuestion(prompt: string): QuickItem | undefined {
  return known.get(normalize(prompt));
}
