/**
 * Arithmetic that a prompt asks for, worked out truly: expressions with + - * / ^ % and brackets, the same in
 * words (times, plus, divided by, percent of, squared, square root of), sums and averages of listed numbers,
 * and whether a number is prime, even or odd. Undefined when the prompt asks nothing of the kind; word
 * problems are beyond the rules.
 */
export interface Worked {
  /** As it stands on the left of the equation. */
  expression: string;
  value: number;
}

export function workOut(prompt: string): Worked | undefined {
  const text = prompt.slice(0, 600).toLowerCase();
  if (!/\d/.test(text)) return undefined;
  return listed(text) ?? spoken(text) ?? written(text);
}

export function formatNumber(value: number): string {
  return String(Number.isInteger(value) ? value : Number(value.toFixed(6)));
}

/** True or false where the prompt asks whether a number is prime, even, odd, or greater than another. */
export function truthOf(prompt: string): boolean | undefined {
  const text = prompt.toLowerCase();
  const kind = text.match(/\bis\s+(?:the number\s+)?(\d{1,9})\s+(?:an?\s+)?(prime|even|odd)/);
  if (kind !== null) {
    const number = Number(kind[1]);
    if (kind[2] === 'even') return number % 2 === 0;
    if (kind[2] === 'odd') return number % 2 === 1;
    return isPrime(number);
  }
  const order = text.match(
    /\bis\s+(-?[\d.]+)\s+(greater|larger|bigger|more|less|smaller)\s+than\s+(-?[\d.]+)/,
  );
  if (order === null) return undefined;
  const [left, right] = [Number(order[1]), Number(order[3])];
  return order[2] === 'less' || order[2] === 'smaller' ? left < right : left > right;
}

function isPrime(number: number): boolean {
  if (number < 2) return false;
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}

function listed(text: string): Worked | undefined {
  const match = text.match(
    /\b(sum|total|average|mean|maximum|largest|minimum|smallest)\s+(?:of|number in|among|in)[^\d-]*((?:-?\d+(?:\.\d+)?(?:\s*,\s*(?:and\s+)?|\s+and\s+)?){2,})/,
  );
  if (match === null) return undefined;
  const numbers = (match[2] ?? '').match(/-?\d+(?:\.\d+)?/g)?.map(Number) ?? [];
  if (numbers.length < 2) return undefined;
  const sum = numbers.reduce((total, number) => total + number, 0);
  switch (match[1]) {
    case 'average':
    case 'mean':
      return { expression: `(${numbers.join(' + ')}) / ${numbers.length}`, value: sum / numbers.length };
    case 'maximum':
    case 'largest':
      return { expression: `max(${numbers.join(', ')})`, value: Math.max(...numbers) };
    case 'minimum':
    case 'smallest':
      return { expression: `min(${numbers.join(', ')})`, value: Math.min(...numbers) };
    default:
      return { expression: numbers.join(' + '), value: sum };
  }
}

function spoken(text: string): Worked | undefined {
  const number = '(-?\\d[\\d,]*(?:\\.\\d+)?)';
  const read = (raw: string | undefined): number => Number((raw ?? '').replaceAll(',', ''));
  const share = text.match(new RegExp(`${number}\\s*(?:%|percent)\\s+of\\s+\\$?${number}`));
  if (share !== null) {
    const [percent, whole] = [read(share[1]), read(share[2])];
    return { expression: `${percent} / 100 * ${whole}`, value: (percent * whole) / 100 };
  }
  const root = text.match(new RegExp(`square root of ${number}`));
  if (root !== null) return { expression: `sqrt(${read(root[1])})`, value: Math.sqrt(read(root[1])) };
  const power = text.match(new RegExp(`${number}\\s+(squared|cubed)`));
  if (power !== null) {
    const exponent = power[2] === 'squared' ? 2 : 3;
    return { expression: `${read(power[1])} ^ ${exponent}`, value: read(power[1]) ** exponent };
  }
  const verb = text.match(
    new RegExp(
      `${number}\\s+(times|plus|minus|multiplied by|divided by|added to|over|mod(?:ulo)?)\\s+${number}`,
    ),
  );
  if (verb === null) return undefined;
  const [left, right] = [read(verb[1]), read(verb[3])];
  switch (verb[2]) {
    case 'plus':
    case 'added to':
      return { expression: `${left} + ${right}`, value: left + right };
    case 'minus':
      return { expression: `${left} - ${right}`, value: left - right };
    case 'times':
    case 'multiplied by':
      return { expression: `${left} * ${right}`, value: left * right };
    case 'mod':
    case 'modulo':
      return { expression: `${left} % ${right}`, value: left % right };
    default:
      return right === 0 ? undefined : { expression: `${left} / ${right}`, value: left / right };
  }
}

function written(text: string): Worked | undefined {
  const tidy = text
    .replaceAll('×', '*')
    .replaceAll('÷', '/')
    .replaceAll('−', '-')
    .replace(/(\d),(?=\d{3}\b)/g, '$1');
  const candidates =
    tidy.match(/[-(]*\d+(?:\.\d+)?[)]*(?:\s*(?:\*\*|[-+*/^%x])\s*[-(]*\d+(?:\.\d+)?[)]*)+/g) ?? [];
  for (const candidate of candidates) {
    // A date (2026-11-21), a range (3-5 things) or a version is no sum: written without spaces it needs "=", "?" or a verb of reckoning.
    const spaced = /\s/.test(candidate.trim()) || /[*/^+]/.test(candidate);
    if (!spaced && !/calculate|compute|what is|evaluate|=/.test(tidy)) continue;
    if (/^\d{4}-\d{2}-\d{2}/.test(candidate)) continue;
    const expression = candidate.replaceAll('x', '*').replaceAll('**', '^').trim();
    const value = evaluate(expression);
    if (value !== undefined && Number.isFinite(value)) return { expression, value };
  }
  return undefined;
}

/** Evaluates an expression of numbers, + - * / % ^ and brackets; undefined when it is none. */
export function evaluate(expression: string): number | undefined {
  const pieces = expression.match(/\d+(?:\.\d+)?|[-+*/%^()]/g) ?? [];
  let at = 0;
  const sum = (): number => {
    let value = product();
    while (pieces[at] === '+' || pieces[at] === '-')
      value = pieces[at++] === '+' ? value + product() : value - product();
    return value;
  };
  const product = (): number => {
    let value = power();
    for (;;) {
      const operator = pieces[at];
      if (operator !== '*' && operator !== '/' && operator !== '%') return value;
      at++;
      const right = power();
      value = operator === '*' ? value * right : operator === '/' ? value / right : value % right;
    }
  };
  const power = (): number => {
    const base = signed();
    if (pieces[at] !== '^') return base;
    at++;
    return base ** power();
  };
  const signed = (): number => {
    if (pieces[at] === '-') {
      at++;
      return -signed();
    }
    if (pieces[at] === '(') {
      at++;
      const value = sum();
      if (pieces[at] !== ')') return Number.NaN;
      at++;
      return value;
    }
    const number = Number(pieces[at] ?? Number.NaN);
    at++;
    return number;
  };
  const value = sum();
  return at === pieces.length && !Number.isNaN(value) ? value : undefined;
}
