/** A 32-bit hash of a text (FNV-1a with a final mix): the same on every machine, which a fixed seed relies on. */
export function hash32(text: string, seed = 0): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** 0 (inclusive) to 1 (exclusive), evenly spread over texts. */
export function unit(text: string, seed = 0): number {
  return hash32(text, seed) / 0x1_0000_0000;
}

/** One of the items, chosen by the text. */
export function pick<T>(items: readonly [T, ...T[]], text: string, seed = 0): T {
  return items[hash32(text, seed) % items.length] ?? items[0];
}
