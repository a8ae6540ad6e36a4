import { evaluate, isScale, type Token, tokenize, touches } from './expression.ts';

/**
 * Finds the arithmetic that a text states (`3 * 4 + 2 = 14`, `20% of 50 = 10`, `$5 x 3 = $15`, chains of `=`)
 * and works it out. Only what can be read without guessing is returned: anything with a variable in it, or a
 * bracket that does not close, is left alone.
 */
export interface StatedEquation {
  /** As it stands in the text, at most one line. */
  source: string;
  /** What the left side comes to. */
  left: number;
  /** What the right side is said to be. */
  right: number;
  holds: boolean;
  /** The numbers that stand on the left side. */
  operands: readonly number[];
  operators: string;
  /** Where the right side's number starts in the text. */
  index: number;
  /** The right side is a single number: a result, not another expression. */
  result: boolean;
}

/** Markup that stands between the numbers of an equation: GSM8K's `<<3*4=12>>`, LaTeX, bold. */
function withoutMarkup(text: string): string {
  return (
    text
      .replace(/<<[^<>\n]*>?>?/g, (match) => ' '.repeat(match.length))
      .replace(/\*\*(?=[^*\n]{1,200}\*\*)|(?<=[^*\n])\*\*(?=[\s.,;:)]|$)/gm, '  ')
      .replace(/\\(?:text|mathrm|mbox)\{([^{}\n]*)\}/g, (match) => ' '.repeat(match.length))
      .replace(/\\[()[\],!]/g, '  ')
      // A remark in brackets ("18 (for the females)") and a unit behind a slash ("$15/car wash", "60 ml/km").
      .replace(/\([^()\d\n]{2,60}\)/g, (match) => ' '.repeat(match.length))
      .replace(/(?<=\d|\p{L})\/(?:\p{L}|\s(?!\d)){2,20}/gu, (match) => ' '.repeat(match.length))
  );
}

/** Every equation stated in the text, in order. Linear in its length; at most 500 are returned. */
export function statedEquations(text: string): StatedEquation[] {
  const found: StatedEquation[] = [];
  const clean = withoutMarkup(text);
  const original = text.split('\n');
  let offset = 0;
  for (const [index, line] of clean.split('\n').entries()) {
    // A line longer than this is data, not a derivation.
    if (line.includes('=') || line.includes('≈') || line.includes('\\approx')) {
      if (line.length <= 4000) equationsOfLine(line, original[index] ?? '', offset, found);
    }
    if (found.length >= 500) break;
    offset += line.length + 1;
  }
  return found;
}

/** The equations inside calculator annotations (`<<3*4=12>>`): they repeat the ones around them, or contradict them. */
export function annotatedEquations(text: string): StatedEquation[] {
  const found: StatedEquation[] = [];
  for (const match of text.matchAll(/<<([^<>\n]{3,200})>>/g))
    equationsOfLine(match[1] ?? '', '', match.index + 2, found);
  return found;
}

/** `original`: the line with its remarks, which say whether something was rounded. */
function equationsOfLine(line: string, original: string, offset: number, found: StatedEquation[]): void {
  const tokens = tokenize(line);
  for (let i = 0; i < tokens.length; i++) {
    const sign = tokens[i];
    if (sign === undefined || (sign.kind !== 'equals' && sign.kind !== 'about')) continue;
    const left = expressionBefore(tokens, i);
    const right = expressionAfter(tokens, i);
    if (left === undefined || right === undefined) continue;
    const l = evaluate(left);
    const r = evaluate(right);
    // A lone number on the left is a definition or a change of unit, not a calculation.
    if (l === undefined || r === undefined || (l.operators === '' && !hasPercent(left))) continue;
    const near =
      /\b(?:round|approx|about|nearest|roughly|around|≈|ceil|floor|whole)/i.test(original) ||
      sign.kind === 'about';
    const first = right[0];
    const last = right.at(-1);
    const single = right.length === 1 && first?.kind === 'number';
    found.push({
      source: line.slice(left[0]?.at ?? 0, last?.end ?? line.length).trim(),
      left: l.value,
      right: r.value,
      holds: agrees(l.value, r.value, single && first.kind === 'number' ? first.decimals : 2, near, right),
      operands: l.operands,
      operators: l.operators,
      index: offset + (first?.at ?? 0),
      result: single,
    });
  }
}

/** Walks back from `=` over what can be an expression; unit words after a number are stepped over. */
function expressionBefore(tokens: readonly Token[], sign: number): Token[] | undefined {
  const taken: Token[] = [];
  let depth = 0;
  for (let i = sign - 1; i >= 0; i--) {
    const token = tokens[i];
    if (token === undefined) break;
    if (token.kind === 'word') {
      if (isScale(token.value)) return undefined;
      // "So 4 pens cost 4 * 5": what follows these words is a number, so they are no unit of the one before.
      const following = taken.at(-1)?.kind;
      if (following === 'number' || following === 'open' || !isUnit(tokens, i)) break;
      continue;
    }
    if (token.kind === 'close') depth++;
    else if (token.kind === 'open') {
      if (depth === 0) break;
      depth--;
    } else if (token.kind === 'equals' || token.kind === 'about' || token.kind === 'stop') {
      // `f:2 - 24`, `2:00 - 3`: part of something else.
      const following = taken.at(-1);
      if (token.kind === 'stop' && following !== undefined && touches(token, following)) return undefined;
      break;
    }
    taken.push(token);
  }
  taken.reverse();
  // "- 48 mpg * 2 = 96" in a list: the dash stands apart from the number it would negate.
  if (taken[0]?.kind === 'operator' && taken[0].value === '-' && !touches(taken[0], taken[1] ?? taken[0]))
    taken.shift();
  // What precedes must be the start of a sentence or words: an operator there means half an expression was left behind.
  while (taken[0]?.kind === 'operator' && taken[0].value !== '-') return undefined;
  return depth === 0 && taken.length > 0 ? taken : undefined;
}

function expressionAfter(tokens: readonly Token[], sign: number): Token[] | undefined {
  const taken: Token[] = [];
  let depth = 0;
  for (let i = sign + 1; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined) break;
    if (token.kind === 'word') {
      if (isScale(token.value)) return undefined;
      const next = tokens[i + 1];
      // `= 0.027 mm^3` is a unit's power, `= 4 pens + 3 pens` an expression.
      if (isUnit(tokens, i) && next?.kind === 'operator' && next.value !== '^' && taken.length > 0) continue;
      // `= 5x`, `= S`, `= 2 * S`: a variable, nothing that can be worked out.
      if (taken.length === 0 || touches(tokens[i - 1], token)) return undefined;
      const before = taken.at(-1);
      if (before?.kind === 'operator' && (before.value !== '-' || token.value.length === 1)) return undefined;
      break;
    }
    if (token.kind === 'open') depth++;
    else if (token.kind === 'close') {
      if (depth === 0) break;
      depth--;
    } else if (token.kind === 'operator' && token.value === '^' && !touches(tokens[i - 1], token)) break;
    else if (token.kind === 'equals' || token.kind === 'about' || token.kind === 'stop') {
      const before = tokens[i - 1];
      // `= 2:00`, but not the full stop or comma that ends a sentence.
      if (token.value === ':' && tokens[i + 1]?.kind === 'number' && touches(before, token)) return undefined;
      break;
    }
    taken.push(token);
  }
  // A dash or a slash after the result belongs to the sentence ("= 5 - so", "= 12 / day").
  while (taken.at(-1)?.kind === 'operator') taken.pop();
  return depth === 0 && taken.length > 0 ? taken : undefined;
}

/** A word that names what a number counts: it follows a number or a closing bracket, and does not touch it. */
function isUnit(tokens: readonly Token[], index: number): boolean {
  let before = index - 1;
  // At most five words: "4 car washes a month".
  while (before >= 0 && index - before < 5 && tokens[before]?.kind === 'word') before--;
  const head = tokens[before];
  const word = tokens[index];
  if (head === undefined || word === undefined) return false;
  if (head.kind !== 'number' && head.kind !== 'close') return false;
  const first = tokens[before + 1];
  return !(first !== undefined && touches(head, first) && first.kind === 'word' && first.value.length === 1);
}

function hasPercent(tokens: readonly Token[]): boolean {
  return (
    tokens.some((token) => token.kind === 'number' && token.percent) &&
    tokens.some((t) => t.kind === 'operator')
  );
}

/**
 * Equal within the rounding of the stated result. A percent sign may stand for the number or its hundredth
 * ("0.25 * 100 = 25%"), so both readings are allowed.
 */
function agrees(
  left: number,
  right: number,
  decimals: number,
  near: boolean,
  tokens: readonly Token[],
): boolean {
  const step = 10 ** -decimals;
  // A whole number is exact unless the text speaks of rounding; decimals may be rounded or cut off. Where the
  // right side is an expression itself (6.01 * 10^17) its own rounding counts in proportion.
  const single = tokens.length === 1;
  let slack = decimals === 0 ? 1e-6 : step;
  if (!single) slack = Math.max(step, Math.abs(right) * 0.005);
  if (near) slack = Math.max(step, Math.abs(left) * 0.02, 1);
  const within = (value: number) => Math.abs(value - right) <= slack + Math.abs(right) * 1e-9;
  if (within(left)) return true;
  const percent = tokens.some((token) => token.kind === 'number' && token.percent);
  return percent && (within(left / 100) || within(left * 100));
}
