/** Numbers as prose writes them: digits with separators and decimals, percentages, and the words for small ones. */

const wordValues: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  thirteen: 13,
  fourteen: 14,
  fifteen: 15,
  sixteen: 16,
  seventeen: 17,
  eighteen: 18,
  nineteen: 19,
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
  hundred: 100,
  thousand: 1000,
  million: 1e6,
  billion: 1e9,
  dozen: 12,
  dozens: 12,
  twice: 2,
  double: 2,
  doubled: 2,
  doubles: 2,
  thrice: 3,
  triple: 3,
  tripled: 3,
  triples: 3,
  quadruple: 4,
  half: 0.5,
  halved: 0.5,
  third: 3,
  thirds: 3,
  quarter: 0.25,
  quarters: 0.25,
  fourth: 4,
  fourths: 4,
  fifth: 5,
  fifths: 5,
  once: 1,
  pair: 2,
  couple: 2,
  both: 2,
};

/** Values that a calculation may use although the task does not name them: units of time, percent, counting. */
const common = new Set([
  1, 2, 3, 4, 7, 10, 12, 24, 30, 31, 52, 60, 100, 365, 366, 1000, 3600, 0.5, 0.25, 0.1, 0.01, 36, 16,
]);

export interface FoundNumber {
  value: number;
  index: number;
  /** Written in digits, not as a word. */
  digits: boolean;
  percent: boolean;
}

const numberPattern =
  /(?<![\p{L}\d.])(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(?:\s?(%|percent\b))?|(?<![\p{L}\d.])\.(\d+)|(?<!\p{L})(?:[A-Za-z]{3,10})(?!\p{L})/giu;

/** Every number of a text in order. Compound words ("twenty-five", "three hundred") count as one. */
export function numbersIn(text: string): FoundNumber[] {
  const found: FoundNumber[] = [];
  let lastWordEnd = -1;
  for (const match of text.matchAll(numberPattern)) {
    const [whole, integer, decimals, percent, bare] = match;
    if (integer !== undefined || bare !== undefined) {
      const value =
        bare === undefined ? Number(`${integer?.replaceAll(',', '')}.${decimals ?? 0}`) : Number(`0.${bare}`);
      found.push({ value, index: match.index, digits: true, percent: percent !== undefined });
      continue;
    }
    const value = wordValues[whole.toLowerCase()];
    if (value === undefined) continue;
    const before = found.at(-1);
    const joined = before !== undefined && !before.digits && match.index - lastWordEnd <= 1;
    if (joined && value >= 100) before.value *= value;
    else if (joined && value < 10 && before.value >= 20 && before.value < 100) before.value += value;
    else found.push({ value, index: match.index, digits: false, percent: false });
    lastWordEnd = match.index + whole.length;
  }
  return found;
}

/** Can `value` be had from the known numbers without a calculation of its own: itself, its percent, its complement? */
export function isGrounded(value: number, known: ReadonlySet<number>): boolean {
  const v = Math.abs(value);
  if (known.has(v) || common.has(v)) return true;
  for (const other of [
    v * 100,
    v / 100,
    1 - v,
    100 - v,
    v - 1,
    v + 1,
    1 / v,
    (v - 1) * 100,
    100 * (1 - v),
    v - 100,
  ]) {
    if (known.has(round(other))) return true;
  }
  return false;
}

/** Twelve significant digits: 0.1 + 0.2 and 0.3 are the same number of a text. */
export function round(value: number): number {
  return Number(value.toPrecision(12));
}
