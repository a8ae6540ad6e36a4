/** E-mail addresses and phone numbers. */
import { createRequire } from 'node:module';
import type { CountryCode, PhoneNumber } from 'libphonenumber-js/min';
import type { DigitRun } from './digit-runs.ts';
import { type Found, findingsPerKind } from './finding.ts';

const require = createRequire(import.meta.url);

type ParsePhoneNumber = (text: string, country?: CountryCode) => PhoneNumber | undefined;
let parsePhoneNumber: ParsePhoneNumber | undefined;

/** Loaded at the first candidate: 25 ms that most installations never need to spend at start. */
function phoneParser(): ParsePhoneNumber {
  parsePhoneNumber ??= (require('libphonenumber-js/min') as { parsePhoneNumberFromString: ParsePhoneNumber })
    .parsePhoneNumberFromString;
  return parsePhoneNumber;
}

export function findContacts(text: string, runs: readonly DigitRun[]): Found[] {
  return [...emails(text), ...phones(text, runs)];
}

const domainAfter =
  /^@((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}([A-Za-z]{2,24}))(?![\w-]|\.[A-Za-z])/;

/** Not people: machines that send, documentation's reserved names. */
const machineNames =
  /^(?:no-?reply|do-?not-?reply|noreply|git|postmaster|mailer-daemon|root|admin@localhost|users\.noreply)$/i;
const reservedDomains =
  /(?:^|\.)(?:example\.(?:com|org|net|edu)|example|test|invalid|localhost|local|localdomain|internal|users\.noreply\.github\.com)$/i;
/** After `@` these end a file's or a unit's name: `icon@2x.png`, `getty@tty1.service`. */
const fileEndings =
  /^(?:service|socket|timer|target|mount|slice|scope|png|jpe?g|gif|svg|webp|ico|css|s[ac]ss|js|ts|jsx|tsx|mjs|cjs|json|md|html?|ya?ml|toml|lock|tgz|gz|zip|tar|py|rb|rs|java|kt|swift|go|whl)$/i;

function emails(text: string): Found[] {
  const found: Found[] = [];
  for (
    let at = text.indexOf('@');
    at >= 0 && found.length < findingsPerKind;
    at = text.indexOf('@', at + 1)
  ) {
    const before = localPart(text, at);
    if (before === '' || before.startsWith('.') || before.endsWith('.')) continue;
    const match = domainAfter.exec(text.slice(at, at + 256));
    const domain = match?.[1];
    const ending = match?.[2];
    if (domain === undefined || ending === undefined) continue;
    if (machineNames.test(before) || reservedDomains.test(domain) || fileEndings.test(ending)) continue;
    const index = at - before.length;
    // `https://token@host/…` is a URL's user, and `ssh://git@host` a machine.
    if (text.slice(Math.max(0, index - 3), index) === '://') continue;
    found.push({ class: 'contact', kind: 'email', index, masked: `${before.slice(0, 1)}…@….${ending}` });
  }
  return found;
}

/** What stands before the `@`, at most 64 characters. */
function localPart(text: string, at: number): string {
  let from = at;
  while (from > 0 && at - from < 64 && isLocalCode(text.charCodeAt(from - 1))) from -= 1;
  return text.slice(from, at);
}

/** Letters, digits and `.`, `_`, `%`, `+`, `-`. */
function isLocalCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 46 ||
    code === 95 ||
    code === 37 ||
    code === 43 ||
    code === 45
  );
}

const phoneWord =
  /\b(?:tel|phone|telephone|telefon|téléphone|teléfono|mobile?|mobil|cell|handy|call|calling|fax|whatsapp|sms|text me|reach me|ring me|anrufen|ruf)\b/i;
const northAmerican = /^\(?[2-9]\d{2}\)?[ .-]\d{3}[ .-]\d{4}$/;

function phones(text: string, runs: readonly DigitRun[]): Found[] {
  const found: Found[] = [];
  for (const run of runs) {
    if (found.length >= findingsPerKind) break;
    if (run.embedded || run.digits.length > 15) continue;
    const kind = phoneForm(text, run);
    if (kind === undefined) continue;
    found.push({
      class: 'contact',
      kind: 'phone',
      index: run.start,
      masked: `${run.text.startsWith('+') ? '+' : ''}…${run.digits.slice(-2)}`,
    });
  }
  return found;
}

/** `+49 …` must be a valid number of its country; without `+` it needs the American form or a word that says it is one. */
function phoneForm(text: string, run: DigitRun): 'international' | 'national' | undefined {
  if (run.text.startsWith('+')) {
    // A line that a diff adds begins with `+` as well: there, digits alone do not count.
    const before = text[run.start - 1];
    const unified = (before === undefined || before === '\n') && !/[ ().-]/.test(run.text);
    if (unified && !phoneWord.test(contextOf(text, run))) return undefined;
    return phoneParser()(run.text)?.isValid() === true ? 'international' : undefined;
  }
  if (northAmerican.test(run.text) && !/^\d+\.\d+\.\d+$/.test(run.text)) {
    return phoneParser()(run.text, 'US')?.isValid() === true ? 'national' : undefined;
  }
  if (!phoneWord.test(contextOf(text, run))) return undefined;
  if (/^\(?0[1-9]/.test(run.text) && run.digits.length >= 9 && run.digits.length <= 12) return 'national';
  return run.digits.length === 10 && phoneParser()(run.text, 'US')?.isValid() === true
    ? 'national'
    : undefined;
}

function contextOf(text: string, run: DigitRun): string {
  return text.slice(Math.max(0, run.start - 40), run.start);
}
