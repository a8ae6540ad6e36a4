/**
 * Turns what a person types into a full-text expression that cannot be malformed: words and phrases are
 * quoted, so FTS5's operators are words like any other; `*` at the end of a word asks for a prefix.
 */
export function matchExpression(words: string, operator: 'and' | 'or' = 'and'): string {
  const terms = searchTerms(words);
  // An expression of nothing but punctuation has no terms and matches nothing.
  if (terms.length === 0) return '""';
  return terms.map(quoteTerm).join(operator === 'and' ? ' AND ' : ' OR ');
}

export interface SearchTerm {
  text: string;
  prefix: boolean;
}

/** `use "json web token" auth*` → three terms: a word, a phrase, a prefix. */
export function searchTerms(words: string): SearchTerm[] {
  const terms: SearchTerm[] = [];
  for (const [, phrase, word] of words
    .replaceAll('\0', ' ')
    .toWellFormed()
    .matchAll(/"([^"]*)"?|([^\s"]+)/g)) {
    const text = (phrase ?? word ?? '').trim();
    const prefix = phrase === undefined && text.endsWith('*');
    const bare = prefix ? text.replace(/\*+$/, '') : text;
    if (/[\p{L}\p{N}\p{Co}]/u.test(bare)) terms.push({ text: bare, prefix });
  }
  return terms;
}

export function quoteTerm(term: SearchTerm): string {
  return `"${term.text.replaceAll('"', '""')}"${term.prefix ? '*' : ''}`;
}
