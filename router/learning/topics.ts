import { hashWords } from './hashing.ts';
import type { Row } from './logistic.ts';
import { rightSingularVectors } from './truncated-svd.ts';

/**
 * What a text is about, as a point among topics that were found in the texts learned from (latent semantic
 * analysis, Deerwester et al. 1990): the leading singular vectors of the table of texts and words. Of the words
 * only hashes are kept.
 */
export interface Topics {
  count: number;
  /** Hashes of the words that occurred in more than one text, ascending. */
  words: Int32Array;
  /** A word's part in each topic, `count` values a word, in steps of the topic's scale. */
  steps: Int16Array;
  scales: Float64Array;
}

/** Rarer words than these are left out: it bounds the file that keeps them, at 200 bytes a word. */
const mostWords = 20_000;

/** Finds at most `count` topics; undefined where the texts share no words. Deterministic. */
export function fitTopics(texts: readonly string[], count: number): Topics | undefined {
  const hashed = texts.map(hashWords);
  const occurrences = new Map<number, number>();
  for (const words of hashed)
    for (const word of words) occurrences.set(word, (occurrences.get(word) ?? 0) + 1);
  const words = Int32Array.from(
    [...occurrences]
      .filter(([, times]) => times > 1)
      // The commonest; of equally common ones the same on every machine.
      .sort(([a, times], [b, others]) => others - times || a - b)
      .slice(0, mostWords)
      .map(([word]) => word),
  ).sort();
  const rarity = Float64Array.from(
    words,
    (word) => 1 + Math.log((texts.length + 1) / ((occurrences.get(word) ?? 0) + 1)),
  );
  const place = new Map(Array.from(words, (word, at) => [word, at]));
  const rows = hashed.map((own) => unitRow(own, place, rarity));
  const vectors = rightSingularVectors(rows, words.length, count);
  if (vectors.length === 0) return undefined;
  const scales = Float64Array.from(vectors, (vector) => largest(vector, rarity) / 32767);
  const steps = new Int16Array(words.length * vectors.length);
  for (const [k, vector] of vectors.entries())
    for (let at = 0; at < words.length; at++)
      steps[at * vectors.length + k] = Math.round(
        ((vector[at] as number) * (rarity[at] as number)) / (scales[k] as number),
      );
  return { count: vectors.length, words, steps, scales };
}

/** Where a text stands among the topics: a vector of length 1, or of zeros where it shares no word with them. */
export function topicsOf({ count, words, steps, scales }: Topics, text: string): Float64Array {
  const point = new Float64Array(count);
  for (const word of hashWords(text)) {
    const at = indexOf(words, word);
    if (at < 0) continue;
    for (let k = 0; k < count; k++)
      point[k] = (point[k] as number) + (steps[at * count + k] as number) * (scales[k] as number);
  }
  const size = Math.sqrt(point.reduce((sum, value) => sum + value * value, 0));
  return size === 0 ? point : point.map((value) => value / size);
}

/** Each known word once, weighed by how rare it is, to length 1: a long text counts as much as a short one. */
function unitRow(own: Iterable<number>, place: ReadonlyMap<number, number>, rarity: Float64Array): Row {
  const indices = Int32Array.from([...own].flatMap((word) => place.get(word) ?? []));
  const weights = Float64Array.from(indices, (at) => rarity[at] as number);
  const size = Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0)) || 1;
  return { indices, values: weights.map((weight) => weight / size) };
}

function largest(vector: Float64Array, rarity: Float64Array): number {
  return vector.reduce((most, value, at) => Math.max(most, Math.abs(value * (rarity[at] as number))), 0);
}

/** Binary search; -1 where the word is not known. */
function indexOf(words: Int32Array, word: number): number {
  let low = 0;
  let high = words.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = words[middle] as number;
    if (found === word) return middle;
    if (found < word) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
