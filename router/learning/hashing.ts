import type { Row } from './logistic.ts';

/** Hashed features live in this many places; two words in one place are rare and harmless. */
export const hashedFeatures = 1 << 15;

/** FNV-1a with a final mix, over UTF-16 code units: the same on every machine. */
export function hash(text: string): number {
  let x = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    x ^= text.charCodeAt(i);
    x = Math.imul(x, 0x01000193);
  }
  x ^= x >>> 15;
  x = Math.imul(x, 0x2c1b3c6d);
  return (x ^ (x >>> 12)) >>> 0;
}

/** Longer texts are read up to here: what decides stands at the beginning, and the cost stays bounded. */
const longestText = 20_000;

/**
 * A text as a sparse vector of fixed length 4: its words and pairs of neighbouring words, each once, each in the
 * place its hash names (word pieces were measured too: no better on MMLU, three times the time). Numbers count by their number of digits.
 */
export function hashText(text: string): Row {
  const words = wordsOf(text);
  const seen = new Map<string, number>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    seen.set(`w${word}`, 1);
    if (i + 1 < words.length) seen.set(`b${word} ${words[i + 1]}`, 0.5);
  }
  let norm = 0;
  for (const value of seen.values()) norm += value * value;
  const scale = 4 / Math.sqrt(norm || 1);
  const places = new Map<number, number>();
  for (const [key, value] of seen) {
    const place = hash(key) % hashedFeatures;
    places.set(place, (places.get(place) ?? 0) + value * scale);
  }
  return { indices: Int32Array.from(places.keys()), values: Float64Array.from(places.values()) };
}

/** The distinct words of a text, hashed so widely that two hardly ever meet. */
export function hashWords(text: string): Set<number> {
  return new Set(wordsOf(text).map((word) => hash(word) >>> 1));
}

function wordsOf(text: string): string[] {
  const words = text
    .slice(0, longestText)
    .toLowerCase()
    .match(/\p{N}+|\p{L}+|[=+*^<>$%]/gu);
  return (words ?? []).map((word) => (/\p{N}/u.test(word) ? `#${word.length}` : word));
}
