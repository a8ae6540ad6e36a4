/**
 * The simulator's tokenizer: deliberately none that swarmd uses, as a provider's never is. A run of letters
 * counts one token for every five begun, a run of digits one for every three begun, each other visible
 * character one, each character beyond Latin one for every two begun; white space is free. On English prose
 * this lies some 10 % above o200k. `factor` up to 2.5 makes it hostile.
 */
export function countTokens(text: string, factor = 1): number {
  let tokens = 0;
  let letters = 0;
  let digits = 0;
  let wide = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 0xc0 && code < 0x250)) {
      if (letters % 5 === 0) tokens += 1;
      letters += 1;
      digits = 0;
    } else if (code >= 48 && code <= 57) {
      if (digits % 3 === 0) tokens += 1;
      digits += 1;
      letters = 0;
    } else {
      letters = 0;
      digits = 0;
      if (code >= 0x250) {
        if (wide % 2 === 0) tokens += 1;
        wide += 1;
        continue;
      }
      if (code > 32) tokens += 1;
    }
    wide = 0;
  }
  // However hostile: no tokenizer makes more tokens of a text than it has bytes.
  return factor === 1 ? tokens : Math.min(Math.ceil(tokens * factor), Buffer.byteLength(text));
}

const pieces = /\s*(?:[A-Za-z\u00c0-\u024f]{1,5}|\d{1,3}|[^\sA-Za-z0-9\u00c0-\u024f])|\s+$/g;

/** The text in pieces of one token each; white space goes with the piece after it. */
export function pieceTokens(text: string): string[] {
  return text.match(pieces) ?? [];
}

/** The first `limit` tokens of a text. */
export function cutToTokens(text: string, limit: number, factor = 1): string {
  if (countTokens(text, factor) <= limit) return text;
  return pieceTokens(text)
    .slice(0, Math.max(0, Math.floor(limit / factor)))
    .join('');
}
