/**
 * What a text is made of below the level of concepts: the runs of up to six letters within its words, hashed into a
 * fixed number of places (subword n-grams as in fastText: Bojanowski et al. 2017, arXiv 1607.04606). They know what
 * nobody thought of listing, other forms of a word and other languages' relatives of it among them; on authors that
 * were not learned from they carried the class further than the words' first six letters did before.
 */

/** Places of one reading; two runs in one place are rare enough (65,536 places: 0.1 points better). */
export const letterPlaces = 1 << 15;
const longestRun = 6;

/** What is read at most, in characters: the beginning of a text and its end. */
const longestBeginning = 1_000;
const longestEnd = 300;
const longest = longestBeginning + longestEnd + 3;

/** The instruction alone, and the prompt as it stands, material and headings included. */
export const readings = ['instruction', 'prompt'] as const;
export type Reading = (typeof readings)[number];

/** The runs of one text: where each is counted, how much it counts, and where it occurs. */
export interface LetterRuns {
  places: Uint16Array;
  /** 1 + ln(count), together of length 1. */
  values: Float32Array;
  counts: Uint16Array;
  /** For each occurrence: which run it is (index in `places`), and in which word. */
  occurrences: Uint16Array;
  occurredIn: Uint16Array;
  words: number;
  /** The word of that number, for `explain`. */
  wordAt: (word: number) => string;
}

// Used again for every text, so that reading one leaves no garbage of its size.
const codes = new Uint16Array(longest);
const countAt = new Uint16Array(letterPlaces);
const indexAt = new Uint16Array(letterPlaces);
const places = new Uint16Array(longest * longestRun);
const occurrences = new Uint16Array(longest * longestRun);
const occurredIn = new Uint16Array(longest * longestRun);
const space = 32;

/** The beginning and the end of a long text: what decides stands there. */
export function endsOf(text: string): string {
  return text.length <= longestBeginning + longestEnd
    ? text
    : `${text.slice(0, longestBeginning)} ${text.slice(-longestEnd)}`;
}

/** Reads plain letters (`plainLetters` of `endsOf`); a space stands for each end of a word and is part of its runs. */
export function readLetters(plain: string): LetterRuns {
  const length = separateWords(plain);
  let found = 0;
  let distinct = 0;
  let words = 0;
  // The last space begins no word.
  for (let from = 0; from < length - 1; from += 1) {
    if (codes[from] === space) words += 1;
    const end = Math.min(length, from + longestRun);
    let hash = 0x811c9dc5;
    for (let to = from; to < end; to += 1) {
      const code = codes[to] as number;
      hash = Math.imul(hash ^ code, 0x01000193);
      const place = mixed(hash) & (letterPlaces - 1);
      const before = countAt[place] as number;
      if (before === 0) {
        indexAt[place] = distinct;
        places[distinct] = place;
        distinct += 1;
      }
      countAt[place] = before + 1;
      occurrences[found] = indexAt[place] as number;
      occurredIn[found] = words - 1;
      found += 1;
      if (code === space && to > from) break;
    }
  }
  const values = new Float32Array(distinct);
  const counts = new Uint16Array(distinct);
  let squares = 0;
  for (let at = 0; at < distinct; at += 1) {
    const place = places[at] as number;
    const count = countAt[place] as number;
    const value = count === 1 ? 1 : 1 + Math.log(count);
    counts[at] = count;
    values[at] = value;
    squares += value * value;
    countAt[place] = 0;
  }
  const scale = 1 / Math.sqrt(squares || 1);
  for (let at = 0; at < distinct; at += 1) values[at] = (values[at] as number) * scale;
  return {
    places: places.slice(0, distinct),
    values,
    counts,
    occurrences: occurrences.slice(0, found),
    occurredIn: occurredIn.slice(0, found),
    words,
    wordAt: (word) => plain.trim().split(/\s+/)[word] ?? '',
  };
}

/** Writes a text to `codes`, with one space before, between and after its words; returns the length. */
function separateWords(text: string): number {
  let length = 0;
  let afterSpace = false;
  codes[length++] = space;
  for (let at = 0; at < text.length && length < longest - 1; at += 1) {
    const code = text.charCodeAt(at);
    const isSpace = code <= space || code === 0xa0 || code === 0x3000;
    if (isSpace && (afterSpace || length === 1)) continue;
    codes[length++] = isSpace ? space : code;
    afterSpace = isSpace;
  }
  if (!afterSpace && length > 1) codes[length++] = space;
  return length;
}

/** Spreads what FNV-1a leaves in the upper bits over the lower ones. */
function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return once ^ (once >>> 13);
}
