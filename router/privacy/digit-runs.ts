/**
 * Runs of digits, as written for people: groups joined by one space, hyphen, dot or slash. One pass over the
 * characters finds every place where a card, a national id or a phone number could be, so that no validator
 * has to search the text again.
 */
export interface DigitRun {
  /** Place of its first digit, or of the `+` or `(` before it. */
  start: number;
  end: number;
  /** Only its digits. */
  digits: string;
  /** As written. */
  text: string;
  /** True when letters, digits, `_`, `.`, `=`, `/` or `-` touch it: part of a word, a path, a version or a hash. */
  embedded: boolean;
}

const shortest = 8;
const longest = 24;

const zero = 48;
const nine = 57;
const plus = 43;
const open = 40;

/** Every run of 8 to 24 digits. Linear in the text. */
export function findDigitRuns(text: string): DigitRun[] {
  const runs: DigitRun[] = [];
  const length = text.length;
  let at = 0;
  while (at < length) {
    const code = text.charCodeAt(at);
    if (code < zero || code > nine) {
      at += 1;
      continue;
    }
    const first = at;
    let count = 0;
    let last = at;
    while (at < length) {
      const here = text.charCodeAt(at);
      if (here >= zero && here <= nine) {
        count += 1;
        last = at;
        at += 1;
      } else if (isJoin(here) && isDigit(text.charCodeAt(at + 1))) {
        at += 1;
      } else if (isJoin(here) && text.charCodeAt(at + 1) === open && isDigit(text.charCodeAt(at + 2))) {
        at += 2;
      } else if (here === 41 /* ) */ && (isDigit(text.charCodeAt(at + 1)) || isSpaced(text, at))) {
        at += isDigit(text.charCodeAt(at + 1)) ? 1 : 2;
      } else break;
    }
    if (count < shortest || count > longest) continue;
    let start = first;
    if (text.charCodeAt(start - 1) === open) start -= 1;
    if (text.charCodeAt(start - 1) === plus) start -= 1;
    const written = text.slice(start, last + 1);
    runs.push({
      start,
      end: last + 1,
      digits: written.replace(/\D/g, ''),
      text: written,
      embedded: touches(text.charCodeAt(start - 1)) || touchesAfter(text, last + 1),
    });
  }
  return runs;
}

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

function isJoin(code: number): boolean {
  return code === 32 || code === 45 || code === 46 || code === 47 || code === 0xa0;
}

function isSpaced(text: string, at: number): boolean {
  return isJoin(text.charCodeAt(at + 1)) && isDigit(text.charCodeAt(at + 2));
}

function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code > 0xbf;
}

function touches(code: number): boolean {
  // NaN before the text's start compares false everywhere.
  return isLetter(code) || isDigit(code) || code === 95 || code === 46 || code === 45 || code === 47;
}

/** A full stop or a hyphen after the run ends a sentence unless a word follows it at once. */
function touchesAfter(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (isLetter(code) || isDigit(code) || code === 95) return true;
  if (code !== 46 && code !== 45 && code !== 47) return false;
  const next = text.charCodeAt(at + 1);
  return isLetter(next) || isDigit(next);
}
