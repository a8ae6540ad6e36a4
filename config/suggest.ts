import { closest, distance } from 'fastest-levenshtein';

/**
 * The known word nearest to a mistyped one, or undefined when none is near enough to be a likely typing
 * mistake (more than a third of the letters differ).
 */
function suggest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const nearest = closest(word.toLowerCase(), known as string[]);
  const limit = Math.max(1, Math.floor(Math.max(word.length, nearest.length) / 3));
  const away = distance(word.toLowerCase(), nearest.toLowerCase());
  return away <= limit || (away === 2 && swapped(word, nearest)) ? nearest : undefined;
}

/** Two letters that changed places (`tpoic`) are the commonest slip, and count as two changes. */
function swapped(word: string, known: string): boolean {
  const letters = (text: string) => [...text.toLowerCase()].sort().join('');
  return letters(word) === letters(known);
}

/** ` (did you mean "x"?)` or an empty string. */
export function didYouMean(word: string, known: readonly string[]): string {
  const nearest = suggest(word, known);
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`;
}
