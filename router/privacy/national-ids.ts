/** Check digits and forms of national ids, one function each; the rules are those their issuers publish. */

/** Area 001–899 without 666, group and serial not zero; written with hyphens, or named as one. */
export function isUsSocialSecurity(written: string, context: string): boolean {
  const form =
    /^(\d{3})-(\d{2})-(\d{4})$/.exec(written) ??
    (named(context, /\b(?:ssn|social security)\b/i) ? /^(\d{3})[ ]?(\d{2})[ ]?(\d{4})$/.exec(written) : null);
  if (form === null) return false;
  const [, area, group, serial] = form;
  return (
    area !== '000' &&
    area !== '666' &&
    area !== undefined &&
    area < '900' &&
    group !== '00' &&
    serial !== '0000'
  );
}

/** Two letters, six digits, a letter A–D; the issuer never uses some letters and pairs. */
export function isBritishNationalInsurance(written: string): boolean {
  const value = written.replaceAll(' ', '');
  return (
    /^[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/.test(value) && !/^(?:BG|GB|NK|KN|TN|NT|ZZ)/.test(value)
  );
}

/** DNI and NIE: the letter is the number modulo 23. */
export function isSpanishDni(written: string): boolean {
  const match = /^([XYZ]?)(\d{7,8})-?([A-Z])$/.exec(written);
  if (match === null) return false;
  const [, prefix = '', digits = '', letter] = match;
  if (prefix.length + digits.length !== 8) return false;
  const number = Number(`${prefix === '' ? '' : 'XYZ'.indexOf(prefix)}${digits}`);
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23] === letter;
}

/** INSEE number: 13 digits and the key 97 − n mod 97; sex 1 or 2 and a month that exists. */
export function isFrenchSocialSecurity(digits: string): boolean {
  if (!/^[12]\d{2}(?:0[1-9]|1[0-2])\d{10}$/.test(digits)) return false;
  return 97n - (BigInt(digits.slice(0, 13)) % 97n) === BigInt(digits.slice(13));
}

/** CPF as written for people, `ddd.ddd.ddd-dd`; two check digits modulo 11. */
export function isCpf(written: string): boolean {
  if (!/^\d{3}\.\d{3}\.\d{3}-\d{2}$/.test(written)) return false;
  const digits = [...written.replace(/\D/g, '')].map(Number);
  if (new Set(digits).size === 1) return false;
  const check = (length: number): number => {
    let sum = 0;
    for (let at = 0; at < length; at += 1) sum += (digits[at] ?? 0) * (length + 1 - at);
    const rest = (sum * 10) % 11;
    return rest === 10 ? 0 : rest;
  };
  return check(9) === digits[9] && check(10) === digits[10];
}

/** Steuer-Identifikationsnummer: ISO 7064 mod 11,10; eleven digits are common, so it must be named as one. */
export function isGermanTaxId(digits: string, context: string): boolean {
  if (!named(context, /\b(?:steuer-?id(?:entifikationsnummer)?|steuer-?idnr|idnr|tax id|tin)\b/i))
    return false;
  let product = 10;
  for (let at = 0; at < 10; at += 1) {
    let sum = (Number(digits[at]) + product) % 10;
    if (sum === 0) sum = 10;
    product = (sum * 2) % 11;
  }
  return (11 - product) % 10 === Number(digits[10]);
}

const verhoeffProduct = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const verhoeffPermutation = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** Aadhaar: Verhoeff's check digit, never beginning with 0 or 1; written in three groups, or named. */
export function isAadhaar(written: string, context: string): boolean {
  if (!/^[2-9]\d{3} \d{4} \d{4}$/.test(written) && !named(context, /\b(?:aadhaar|aadhar|uidai)\b/i))
    return false;
  const digits = written.replace(/\D/g, '');
  if (!/^[2-9]\d{11}$/.test(digits)) return false;
  let check = 0;
  for (let at = 0; at < 12; at += 1) {
    const digit = Number(digits[11 - at]);
    const permuted = Number(verhoeffPermutation[at % 8]?.[digit]);
    check = Number(verhoeffProduct[check]?.[permuted]);
  }
  return check === 0;
}

/** Resident identity card: a date of birth inside, and ISO 7064 mod 11-2. */
export function isChineseResidentId(written: string): boolean {
  if (!/^[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]$/.test(written))
    return false;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((total, weight, at) => total + weight * Number(written[at]), 0);
  return '10X98765432'[sum % 11] === written[17];
}

const oddValues: Readonly<Record<string, number>> = Object.fromEntries(
  [...'0123456789']
    .map((digit, at) => [digit, [1, 0, 5, 7, 9, 13, 15, 17, 19, 21][at] ?? 0])
    .concat(
      [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter, at) => [
        letter,
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23][at] ??
          0,
      ]),
    ),
);

/** Codice fiscale: odd and even places have their own values; the last letter is their sum modulo 26. */
export function isItalianFiscalCode(written: string): boolean {
  if (!/^[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]$/.test(written)) return false;
  let sum = 0;
  for (let at = 0; at < 15; at += 1) {
    const sign = written[at] ?? '';
    if (at % 2 === 0) sum += oddValues[sign] ?? 0;
    else sum += /\d/.test(sign) ? Number(sign) : sign.charCodeAt(0) - 65;
  }
  return String.fromCharCode(65 + (sum % 26)) === written[15];
}

function named(context: string, word: RegExp): boolean {
  return word.test(context);
}
