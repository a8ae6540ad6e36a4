import { numbersIn } from '../checks/numbers.ts';

/** Named numbers about a task, each cheap to count and with a reason to speak of its difficulty. */
export type Signals = Readonly<Record<string, number>>;

const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

/** What a prompt looks like: size, numbers, the words that ask for several steps, and the form of its choices. */
export function promptSignals(prompt: string): Signals {
  const text = prompt.slice(0, 20_000);
  const numbers = numbersIn(text);
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return {
    length: Math.log1p(text.length),
    words: Math.log1p(words.length),
    word_length: text.length / Math.max(1, text.split(/\s+/).length),
    long_words: words.filter((word) => word.length > 9).length / Math.max(1, words.length),
    distinct_words: new Set(words).size / Math.max(1, words.length),
    lines: Math.log1p(text.split('\n').length),
    sentences: Math.log1p(count(text, /[.!?](?:\s|$)/g)),
    commas: Math.log1p(count(text, /,/g)),
    questions: count(text, /\?/g),
    capitals: Math.log1p(count(text, /\b[A-Z][a-z]+/g)),
    quotes: /["\u201c]/.test(text) ? 1 : 0,
    numbers: Math.log1p(numbers.length),
    distinct_numbers: Math.log1p(new Set(numbers.map((number) => number.value)).size),
    number_words: Math.log1p(numbers.filter((number) => !number.digits).length),
    largest_number: Math.log10(1 + numbers.reduce((most, number) => Math.max(most, number.value), 0)),
    digits: Math.log1p(count(text, /\d/g)),
    decimals: /\d\.\d/.test(text) ? 1 : 0,
    years: /\b(?:1\d{3}|20\d\d)\b/.test(text) ? 1 : 0,
    percent: count(text, /%|percent/gi),
    fractions: count(text, /\d\/\d|\b(?:half|third|quarter|fourth)\b/gi),
    symbols: Math.log1p(count(text, /[=^+*/<>|\\]/g)),
    times: count(text, /\b(?:times|twice|double|triple)\b/gi),
    comparisons: count(text, /\b(?:more|less|fewer|than)\b/gi),
    each: count(text, /\b(?:each|every|per)\b/gi),
    conditions: count(text, /\bif\b/gi),
    durations: count(text, /\b(?:hour|minute|day|week|month|year)s?\b/gi),
    money: count(text, /\$|\bcents?\b|\bdollars?\b/gi),
    ages: count(text, /\b(?:ago|old|age|older|younger)\b/gi),
    averages: /\baverage|\bmean\b/i.test(text) ? 1 : 0,
    remainders: count(text, /\b(?:remain\w*|left|rest)\b/gi),
    negations: count(text, /\b(?:not|except|without|never|least)\b|n't/gi),
    sequence: count(text, /\b(?:after|before|then|first|second|third|last|next|until|but)\b/gi),
    ...choiceSignals(text),
  };
}

/** The form of a question with lettered choices; zeros where there are none. */
function choiceSignals(text: string): Signals {
  const options = [...text.matchAll(/^[A-Z][.)]\s*(.*)$/gm)].map((match) => match[1] ?? '');
  const stem = text.split(/^A[.)]/m)[0] ?? text;
  const lengths = options.map((option) => option.length);
  const sets = options.map((option) => new Set(option.toLowerCase().match(/[a-z0-9]+/g) ?? []));
  let overlap = 0;
  let pairs = 0;
  for (const [i, one] of sets.entries()) {
    for (const other of sets.slice(0, i)) {
      const shared = [...one].filter((word) => other.has(word)).length;
      overlap += shared / (1 + Math.min(one.size, other.size));
      pairs++;
    }
  }
  const asked = new Set(stem.toLowerCase().match(/[a-z]{4,}/g) ?? []);
  const repeated = sets.reduce((sum, set) => sum + [...set].filter((word) => asked.has(word)).length, 0);
  const longest = lengths.length === 0 ? 0 : Math.max(...lengths);
  const shortest = lengths.length === 0 ? 0 : Math.min(...lengths);
  return {
    options: options.length,
    option_length: Math.log1p(lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, options.length)),
    longest_option: Math.log1p(longest),
    option_spread: Math.log1p(longest - shortest),
    numeric_options: options.filter((option) => /^[-$]?[\d.,]+/.test(option)).length,
    stem_length: Math.log1p(stem.length),
    stem_asks: stem.includes('?') ? 1 : 0,
    stem_negated: /\b(?:NOT|EXCEPT|LEAST|not|except)\b/.test(stem) ? 1 : 0,
    blank: /_{2,}/.test(text) ? 1 : 0,
    statements: /\b(?:I|II|III) (?:only|and)\b|\bI+\.|Statement [12]/.test(text) ? 1 : 0,
    none_or_all: /\b(?:none|all|both|neither) of/i.test(text) ? 1 : 0,
    option_overlap: pairs === 0 ? 0 : overlap / pairs,
    stem_overlap: Math.log1p(repeated),
  };
}
