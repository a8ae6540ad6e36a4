/** Texts and choices of the memory's benchmark: every run has the same. */
let seed = 20261121;

export function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}

/** Words with the frequencies of natural text (Zipf): the first is in most entries, the last in hardly any. */
const vocabulary = Array.from({ length: 50_000 }, (_, index) => {
  let word = '';
  for (let rest = index + 7; rest > 0; rest = Math.floor(rest / 20))
    word += `${'bcdfghjklmnpqrstvwxz'.charAt(rest % 20)}${'aeiou'.charAt(rest % 5)}`;
  return word;
});
export const zipf = () =>
  vocabulary[Math.min(vocabulary.length - 1, Math.floor(vocabulary.length ** random()) - 1)] ?? '';
export const sentence = (words: number) => Array.from({ length: words }, zipf).join(' ');
export const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
