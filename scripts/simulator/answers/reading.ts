import type { SimMessage } from '../types.ts';

/** The last thing the user said: what an answer is an answer to. */
export function lastUserText(messages: readonly SimMessage[]): string {
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index];
    if (message?.role === 'user') return message.content;
  }
  return messages.at(-1)?.content ?? '';
}

/** Upper and lower case, and white space, make no difference to what a prompt asks. */
export function normalize(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}

const stopWords = new Set(
  `a about above after again all also am an and any are as at be because been before being below between both but
by can could did do does doing done down during each either else etc few first for from further get give given had
has have having he her here hers him his how i if in into is it its itself just let list make many may me might more
most much must my need no nor not now of off on once one only or other our out over own please put same say she
should show so some such tell than that the their them then there these they this those through to too two under
until up use used using very was we were what when where which while who whom whose why will with within without
would write you your yours answer reply respond return question task following text sentence sentences word words
explain describe summarize summarise classify translate name briefly exactly order step steps example provide create
return json format`.split(/\s+/),
);

/** The prompt's own content words, in the order in which they come, each once. */
export function terms(text: string, limit = 12): string[] {
  const found = new Set<string>();
  for (const match of text.slice(0, 4_000).matchAll(/[\p{L}][\p{L}\p{N}'_-]{2,}/gu)) {
    const word = match[0].replace(/'s$/, '');
    if (!stopWords.has(word.toLowerCase())) found.add(word);
    if (found.size >= limit) break;
  }
  return [...found];
}

export function sentences(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+|\n+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence.length > 0);
}

export function words(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

export interface Split {
  instruction: string;
  /** The text that the instruction is about; empty when the prompt has none. */
  source: string;
}

const asking =
  /^\s*(?:summari|shorten|condense|translat|extract|classif|categor|rewrite|rephrase|fix|explain|review|describe|list|find|label|objective|question|task|text|input|tl;?dr)/i;

/** Tells the instruction from the material it is about: fenced, quoted, tagged, after a colon or a blank line. */
export function splitSource(prompt: string): Split {
  const fenced = prompt.match(/"""([\s\S]+?)"""|```[\w-]*\n?([\s\S]+?)```|<(\w+)>([\s\S]+?)<\/\3>/);
  if (fenced !== null && fenced.index !== undefined) {
    const source = (fenced[1] ?? fenced[2] ?? fenced[4] ?? '').trim();
    const rest = prompt.slice(0, fenced.index) + prompt.slice(fenced.index + fenced[0].length);
    if (source.length > 15) return { instruction: rest.trim(), source };
  }
  const colon = prompt.match(/:\s*\n+|:\s+(?=["“'A-Z0-9])/);
  if (colon !== null && colon.index !== undefined) {
    const source = prompt.slice(colon.index + colon[0].length).trim();
    const before = prompt.slice(0, colon.index);
    // "City: Oslo, population: 700,000" is material throughout; "Summarize: …" is not.
    const label = words(before) <= 2 && !asking.test(before);
    if (source.length > 15 && !label) return { instruction: before, source: unquote(source) };
  }
  const blank = prompt.search(/\n\s*\n/);
  if (blank > 0 && prompt.length - blank > 60) {
    return { instruction: prompt.slice(0, blank), source: prompt.slice(blank).trim() };
  }
  const quoted = prompt.match(/["“]([^"”]{12,})["”]/);
  if (quoted?.[1] !== undefined) return { instruction: prompt.replace(quoted[0], ''), source: quoted[1] };
  return { instruction: prompt, source: '' };
}

function unquote(text: string): string {
  return text.replace(/^["“'](.*)["”']\.?$/s, '$1');
}

/** The things a prompt asks for, one by one: numbered items, bullet points, questions, else clauses joined by "and". */
export function parts(instruction: string): string[] {
  const numbered = [
    ...instruction.matchAll(/(?:^|\s)(?:\(?\d{1,2}[.)]|[-*•])\s+([^\n]+?)(?=\s+\(?\d{1,2}[.)]\s|\n|$)/g),
  ]
    .map((match) => (match[1] ?? '').trim())
    .filter((part) => part.length > 3);
  if (numbered.length >= 2) return numbered.slice(0, 8);
  const questions = instruction.match(/[^.?!\n]+\?/g)?.map((question) => question.trim()) ?? [];
  if (questions.length >= 2) return questions.slice(0, 6);
  const clauses = instruction
    .split(
      /[;,]?\s+(?:and then|then|and also|and)\s+(?=(?:write|explain|list|describe|give|add|compare|name|propose|suggest|state|show|say|include|recommend|estimate|outline|discuss|design|identify)\b)|;\s+/i,
    )
    .map((part) => part.trim())
    .filter((part) => part.length > 3);
  return clauses.length >= 2 ? clauses.slice(0, 6) : [instruction.trim()];
}

const numberWords = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** How many items, sentences or words a prompt asks for: "three reasons", "in 2 sentences", "50 words". */
export function wantedCount(instruction: string, unitPattern: RegExp): number | undefined {
  const pattern = new RegExp(
    `\\b(\\d{1,4}|${numberWords.join('|')})\\b(?:[\\s-]+[\\w'-]+){0,3}?[\\s-]+(?:${unitPattern.source})`,
    'i',
  );
  const word = instruction.match(pattern)?.[1]?.toLowerCase();
  if (word === undefined) return undefined;
  const position = numberWords.indexOf(word);
  return position >= 0 ? position : Number(word);
}
