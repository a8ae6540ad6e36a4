/** Arithmetic as texts write it, cut into tokens and worked out by the usual precedence. */

export type Token =
  | { kind: 'number'; value: number; decimals: number; percent: boolean; at: number; end: number }
  | { kind: 'operator'; value: '+' | '-' | '*' | '/' | '^'; at: number; end: number }
  | { kind: 'open' | 'close' | 'equals' | 'about' | 'word' | 'stop'; value: string; at: number; end: number };

// Order matters: a number may carry thousands separators, decimals, a currency and a percent sign.
const tokenPattern =
  /(?<number>(?:[$€£¥]\s?)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:\s?%)?|(?:[$€£¥]\s?)?\.\d+)|(?<operator>\\times|\\cdot|\\div|\\\*|\*\*|[+\-−–*×·⋅÷/^])|(?<open>[([])|(?<close>[)\]])|(?<about>≈|~=|\\approx)|(?<equals>==?)|(?<word>[\p{L}°][\p{L}\p{M}'’°]*)|(?<skip>(?:\s|\\(?!times|cdot|div|approx)|[$€£¥{}])+)|(?<stop>.)/gu;

export function tokenize(line: string): Token[] {
  const tokens: Token[] = [];
  for (const match of line.matchAll(tokenPattern)) {
    const groups = match.groups ?? {};
    const at = match.index;
    const end = at + match[0].length;
    if (groups.number !== undefined) {
      const percent = groups.number.endsWith('%');
      const plain = groups.number.replace(/[$€£¥,%\s]/g, '');
      const decimals = plain.includes('.') ? plain.length - plain.indexOf('.') - 1 : 0;
      tokens.push({ kind: 'number', value: Number(plain), decimals, percent, at, end });
    } else if (groups.operator !== undefined)
      tokens.push({ kind: 'operator', value: operatorOf(groups.operator), at, end });
    else if (groups.skip === undefined) {
      for (const kind of ['open', 'close', 'equals', 'about', 'word', 'stop'] as const) {
        const value = groups[kind];
        if (value === undefined) continue;
        // "20% of 50" multiplies, "a total of 50" does not.
        const before = tokens.at(-1);
        const ofPart = kind === 'word' && value === 'of' && before?.kind === 'number' && before.percent;
        tokens.push(ofPart ? { kind: 'operator', value: '*', at, end } : wordOperator(kind, value, at, end));
      }
    }
  }
  return tokens;
}

function operatorOf(sign: string): '+' | '-' | '*' | '/' | '^' {
  if (sign === '+' || sign === '/' || sign === '^') return sign;
  if (sign === '-' || sign === '−' || sign === '–') return '-';
  if (sign === '÷' || sign === '\\div') return '/';
  return sign === '**' ? '^' : '*';
}

function wordOperator(
  kind: 'open' | 'close' | 'equals' | 'about' | 'word' | 'stop',
  value: string,
  at: number,
  end: number,
): Token {
  if (kind === 'word') {
    const word = value.toLowerCase();
    if (word === 'x' || word === 'times') return { kind: 'operator', value: '*', at, end };
    if (word === 'plus') return { kind: 'operator', value: '+', at, end };
    if (word === 'minus') return { kind: 'operator', value: '-', at, end };
  }
  return { kind, value, at, end };
}

const scales = /^(?:hundred|thousand|million|billion|trillion|dozen|k|m|bn)s?$/i;

/** A word that multiplies the number before it: what it makes of the number is not worked out here. */
export function isScale(word: string): boolean {
  return scales.test(word);
}

export function touches(a: Token | undefined, b: Token): boolean {
  return a !== undefined && a.end === b.at;
}

/** Works an expression out by the usual precedence; undefined where it is none. */
export function evaluate(
  tokens: readonly Token[],
): { value: number; operands: number[]; operators: string } | undefined {
  let position = 0;
  let valid = true;
  const operands: number[] = [];
  let operators = '';

  const sum = (): number => {
    let value = product();
    for (;;) {
      const token = tokens[position];
      if (token?.kind !== 'operator' || (token.value !== '+' && token.value !== '-')) return value;
      position++;
      operators += token.value;
      value = token.value === '+' ? value + product() : value - product();
    }
  };
  const product = (): number => {
    let value = power();
    for (;;) {
      const token = tokens[position];
      // `(3)(4)` and `2(4)` multiply; "48 grains (1959 penny)" does not.
      if (token?.kind === 'open') {
        if (!touches(tokens[position - 1], token)) valid = false;
        operators += '*';
        value *= power();
        continue;
      }
      if (token?.kind !== 'operator' || (token.value !== '*' && token.value !== '/')) return value;
      position++;
      operators += token.value;
      value = token.value === '*' ? value * power() : value / power();
    }
  };
  const power = (): number => {
    const base = atom();
    const token = tokens[position];
    if (token?.kind !== 'operator' || token.value !== '^') return base;
    position++;
    operators += '^';
    return base ** power();
  };
  const atom = (): number => {
    const token = tokens[position];
    if (token === undefined) {
      valid = false;
      return 0;
    }
    position++;
    if (token.kind === 'number') {
      operands.push(token.value);
      return token.percent ? token.value / 100 : token.value;
    }
    if (token.kind === 'operator' && token.value === '-') return -atom();
    if (token.kind === 'open') {
      const value = sum();
      if (tokens[position]?.kind !== 'close') valid = false;
      position++;
      return value;
    }
    valid = false;
    return 0;
  };

  const value = sum();
  if (!valid || position !== tokens.length || !Number.isFinite(value)) return undefined;
  return { value, operands, operators };
}
