/** National ids, payment cards, bank accounts and health: each proves itself by check digits or by the words around it. */
import { createRequire } from 'node:module';
import type { DigitRun } from './digit-runs.ts';
import { type Found, findingsPerKind } from './finding.ts';
import { findHealth } from './health.ts';
import {
  isAadhaar,
  isBritishNationalInsurance,
  isChineseResidentId,
  isCpf,
  isFrenchSocialSecurity,
  isGermanTaxId,
  isItalianFiscalCode,
  isSpanishDni,
  isUsSocialSecurity,
} from './national-ids.ts';

const require = createRequire(import.meta.url);

interface CardValidator {
  number(value: string): { isValid: boolean; card: { type: string } | null };
}
interface IbanTools {
  isValidIBAN(iban: string): boolean;
}
let cardValidator: CardValidator | undefined;
let ibanTools: IbanTools | undefined;

export function findIdentities(text: string, runs: readonly DigitRun[]): Found[] {
  return [...numbered(text, runs), ...lettered(text), ...findHealth(text)];
}

/** Ids that consist of digits. */
function numbered(text: string, runs: readonly DigitRun[]): Found[] {
  const found: Found[] = [];
  const counts = new Map<string, number>();
  for (const run of runs) {
    if (run.embedded || run.text.startsWith('+')) continue;
    const kind = kindOf(text, run);
    if (kind === undefined) continue;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (count > findingsPerKind) continue;
    found.push({ class: 'identity', kind, index: run.start, masked: `…${run.digits.slice(-2)}` });
  }
  return found;
}

function kindOf(text: string, run: DigitRun): string | undefined {
  if (isCard(run)) return 'payment-card';
  const { digits } = run;
  switch (digits.length) {
    case 9:
      return isUsSocialSecurity(run.text, contextOf(text, run)) ? 'us-social-security' : undefined;
    case 11:
      if (isCpf(run.text)) return 'brazilian-cpf';
      return isGermanTaxId(digits, contextOf(text, run)) ? 'german-tax-id' : undefined;
    case 12:
      return isAadhaar(run.text, contextOf(text, run)) ? 'indian-aadhaar' : undefined;
    case 15:
      return isFrenchSocialSecurity(digits) ? 'french-social-security' : undefined;
    case 18:
      return isChineseResidentId(run.text) ? 'chinese-resident-id' : undefined;
    default:
      return undefined;
  }
}

/** Lengths that are really issued: the validator also takes rare ones that ids of other systems run into. */
const issued: Readonly<Record<string, readonly number[]>> = {
  visa: [16],
  mastercard: [16],
  'american-express': [15],
  discover: [16],
  'diners-club': [14],
  jcb: [16],
  unionpay: [16],
  maestro: [16],
};

/** Written as one number or in a card's groups; Luhn and issuer ranges by card-validator. */
function isCard(run: DigitRun): boolean {
  const { digits } = run;
  if (digits.length < 14 || digits.length > 16) return false;
  if (
    !/^(?:\d{14,16}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{4,5})$/.test(run.text) ||
    !/^[23456]/.test(digits)
  ) {
    return false;
  }
  cardValidator ??= require('card-validator') as CardValidator;
  const { isValid, card } = cardValidator.number(digits);
  return isValid && card !== null && issued[card.type]?.includes(digits.length) === true;
}

function contextOf(text: string, run: DigitRun): string {
  return text.slice(Math.max(0, run.start - 60), run.start);
}

const ibanAt = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])/g;
const letteredId =
  /\b(?:[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]|\d{8}-?[A-Z]|[XYZ]\d{7}-?[A-Z]|[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]|\d{17}X)\b/g;
const passport =
  /\b(?:passport|reisepass|passeport|pasaporte)\b[^\n]{0,30}?\b([A-Z]{0,2}\d{6,9}|[A-Z0-9]{2}\d{5,7}[A-Z0-9]?|(?=(?:[A-Z]*\d){5})[A-Z0-9]{8,9})\b/gi;
const birthDate =
  /\b(?:date of birth|dob|born|geburtsdatum|geboren|geb|date de naissance|fecha de nacimiento)\b[^\n\d]{0,20}\d{1,4}[-/. ]{1,2}(?:\d{1,2}|\p{L}{3,9})[-/. ,]{1,2}\d{2,4}/giu;

/** Ids with letters in them. */
function lettered(text: string): Found[] {
  const found: Found[] = [];
  for (const match of someMatches(text, ibanAt)) {
    const value = trimToIban(match[0]);
    if (value === undefined) continue;
    found.push({ class: 'identity', kind: 'iban', index: match.index, masked: `${value.slice(0, 4)}…` });
  }
  for (const match of someMatches(text, letteredId)) {
    const kind = letteredKind(match[0]);
    if (kind === undefined) continue;
    found.push({ class: 'identity', kind, index: match.index, masked: `…${match[0].slice(-1)}` });
  }
  for (const match of someMatches(text, passport)) {
    if (!/(?:\d[A-Z]*){5}/i.test(match[1] ?? '')) continue;
    found.push({ class: 'identity', kind: 'passport', index: match.index, masked: 'passport …' });
  }
  for (const match of someMatches(text, birthDate)) {
    found.push({ class: 'identity', kind: 'date-of-birth', index: match.index, masked: 'born …' });
  }
  return found;
}

/** Up to a few hundred matches: a text full of look-alikes must not be searched for ever. */
function* someMatches(text: string, pattern: RegExp): Generator<RegExpExecArray> {
  let count = 0;
  for (const match of text.matchAll(pattern)) {
    yield match;
    count += 1;
    if (count >= 500) return;
  }
}

/** The words after an IBAN may look like one more group; drop groups from the end until it is valid. */
function trimToIban(written: string): string | undefined {
  ibanTools ??= require('ibantools') as IbanTools;
  let value = written;
  for (let dropped = 0; dropped < 3; dropped += 1) {
    const compact = value.replaceAll(' ', '');
    if (compact.length < 15) return undefined;
    if (ibanTools.isValidIBAN(compact)) return compact;
    const space = value.lastIndexOf(' ');
    if (space < 0) return undefined;
    value = value.slice(0, space);
  }
  return undefined;
}

function letteredKind(value: string): string | undefined {
  if (isBritishNationalInsurance(value)) return 'british-national-insurance';
  if (isSpanishDni(value)) return 'spanish-dni';
  if (isItalianFiscalCode(value)) return 'italian-fiscal-code';
  if (isChineseResidentId(value)) return 'chinese-resident-id';
  return undefined;
}
