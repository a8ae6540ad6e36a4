/**
 * A text that matches a simple regular expression: literals, classes, escapes, groups, alternation (the first
 * branch), and quantifiers. Undefined when the pattern has more than that, or the result does not match.
 */
export function matching(pattern: string, seed: number): string | undefined {
  const source = pattern.replace(/^\^/, '').replace(/\$$/, '');
  const state = { source, at: 0, seed };
  const made = branches(state);
  if (made === undefined || state.at < source.length) return undefined;
  try {
    return new RegExp(pattern, 'u').test(made) ? made : undefined;
  } catch {
    return undefined;
  }
}

interface State {
  source: string;
  at: number;
  seed: number;
}

function branches(state: State): string | undefined {
  const first = sequence(state);
  while (state.source[state.at] === '|') {
    state.at++;
    if (sequence(state) === undefined) return undefined;
  }
  return first;
}

function sequence(state: State): string | undefined {
  let text = '';
  while (state.at < state.source.length && state.source[state.at] !== '|' && state.source[state.at] !== ')') {
    const start = state.at;
    const one = atom(state);
    if (one === undefined) return undefined;
    const end = state.at;
    const times = quantifier(state);
    const after = state.at;
    for (let time = 0; time < times; time++) {
      state.at = start;
      state.seed += 1;
      text += atom(state) ?? '';
    }
    state.at = Math.max(end, after);
  }
  return text;
}

function quantifier(state: State): number {
  const match = state.source.slice(state.at).match(/^(?:\{(\d+)(?:,\d*)?\}|([*+?]))\??/);
  if (match === null) return 1;
  state.at += match[0].length;
  if (match[1] !== undefined) return Number(match[1]);
  return match[2] === '+' ? 3 : match[2] === '*' ? 2 : 1;
}

function atom(state: State): string | undefined {
  const character = state.source[state.at];
  if (character === undefined) return undefined;
  state.at++;
  if (character === '(') {
    if (state.source.startsWith('?:', state.at)) state.at += 2;
    else if (state.source[state.at] === '?') return undefined;
    const inner = branches(state);
    if (state.source[state.at] !== ')') return undefined;
    state.at++;
    return inner;
  }
  if (character === '[') return fromClass(state);
  if (character === '.') return 'a';
  if (character === '\\') {
    const escaped = state.source[state.at] ?? '';
    state.at++;
    if (escaped === 'd') return digit(state.seed);
    if (escaped === 'w') return 'a';
    if (escaped === 's') return ' ';
    return /[a-zA-Z]/.test(escaped) ? undefined : escaped;
  }
  return /[*+?{}^$]/.test(character) ? undefined : character;
}

function fromClass(state: State): string | undefined {
  const end = state.source.indexOf(']', state.at + 1);
  if (end < 0) return undefined;
  const body = state.source.slice(state.at, end);
  state.at = end + 1;
  if (body.startsWith('^')) return undefined;
  if (body.startsWith('\\d') || body.startsWith('0-9')) return digit(state.seed);
  if (body.startsWith('\\w')) return 'a';
  return body[0];
}

function digit(seed: number): string {
  return String((Math.abs(seed) % 9) + 1);
}
