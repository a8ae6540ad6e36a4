/**
 * A text as "contains, ignoring case" compares it. It folds as the trigram index does, so that reading every
 * entry and asking the index give the same answer: one character at a time, by the case pairs of Unicode 6.
 */
export function fold(text: string): string {
  return beyondAscii.test(text) ? text.replace(changing, foldCharacter) : text.toLowerCase();
}

const beyondAscii = /[^\0-\x7f]/;
const changing = /[\p{Changes_When_Casefolded}\u1fbe]/gu;

function foldCharacter(character: string): string {
  return variants[character] ?? (unknownToIndex.test(character) ? character : character.toLowerCase());
}

/** Lower-case letters that are another form of a letter: a search for either finds both. */
const variants: Readonly<Record<string, string>> = {
  ſ: 's',
  µ: 'μ',
  ς: 'σ',
  ϐ: 'β',
  ϵ: 'ε',
  ϑ: 'θ',
  ϰ: 'κ',
  ϖ: 'π',
  ϱ: 'ρ',
  ϕ: 'φ',
  ẛ: 'ṡ',
  '\u0345': 'ι',
  '\u1fbe': 'ι',
};

/** Capitals that got their small letters after Unicode 6, and İ, whose small letter is two characters. */
const unknownToIndex =
  /[\u0130\u037f\u0528-\u052f\u13a0-\u13fd\u1c80-\u1cbf\u2c2f\ua698-\ua69b\ua796-\ua79f\ua7ab-\ua7f6\uab70-\uabbf\u{104b0}-\u{1ffff}]/u;
