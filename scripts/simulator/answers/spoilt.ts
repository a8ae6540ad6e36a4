import { hash32, pick } from '../hash.ts';
import { pieceTokens } from '../tokens.ts';
import type { FailureKind, Reply } from '../types.ts';
import { type AnswerContext, wantsJson } from './acceptable.ts';
import { splitSource, words } from './reading.ts';

const refusals = [
  "I'm sorry, but I can't help with that.",
  "I'm sorry, but as an AI language model I am not able to assist with this request.",
  'I cannot fulfil this request.',
  "Unfortunately, I can't provide an answer to this.",
] as const;

const offTopic = [
  'The history of sailing ships reaches back several thousand years. Early vessels were built of reeds and hides; later ones of oak and pine, with square sails that caught the wind from behind. Harbours grew where rivers met the sea, and with them trade in salt, wool and grain.',
  'Sourdough needs patience. Flour and water are left to stand until wild yeast takes hold, then fed every day. After a week the starter rises within hours, and the first loaf can be baked in a hot, covered pot.',
  'Most migratory birds navigate by the sun, the stars and the magnetic field of the earth. Young birds of many species make their first journey alone, at night, over distances of thousands of kilometres.',
] as const;

/** How an unacceptable answer to this prompt fails: only in ways that a real model can fail in here. */
export function failureOf(context: AnswerContext, wellMade: string): FailureKind {
  const { ask, prompt, seed } = context;
  const choose = (kinds: readonly [FailureKind, ...FailureKind[]]): FailureKind =>
    pick(kinds, `${ask.profile.name}\u0001${prompt}`, seed);
  if (ask.schema !== undefined || ask.json || wantsJson(splitSource(prompt).instruction)) {
    if (ask.constrained) return choose(['truncated', 'wrong_values', 'refusal']);
    return choose(['invalid_json', 'schema_violation', 'truncated', 'invalid_json', 'wrong_values']);
  }
  if (/\d/.test(wellMade) && words(wellMade) < 30 && /\d/.test(prompt))
    return choose(['wrong_numbers', 'wrong_numbers', 'refusal', 'off_topic']);
  if (words(wellMade) < 6) return choose(['off_topic', 'refusal', 'echo']);
  return choose([
    'too_short',
    'truncated',
    'refusal',
    'repetition',
    'echo',
    'off_topic',
    'too_short',
    'truncated',
  ]);
}

/** Turns a well-made answer into one that fails in the given way. */
export function spoil(kind: FailureKind, wellMade: string, context: AnswerContext): Reply {
  const { prompt, seed, ask } = context;
  const reply = (text: string, finish: Reply['finish'] = 'stop'): Reply => ({
    text,
    reasoning: '',
    toolCalls: [],
    finish,
  });
  switch (kind) {
    case 'refusal':
      return reply(
        pick(refusals, prompt, seed),
        ask.constrained && ask.protocol === 'anthropic' ? 'refusal' : 'stop',
      );
    case 'too_short':
      return reply(pick(['Sure.', 'It depends.', 'See above.', 'Okay, here it is:'], prompt, seed));
    case 'truncated':
      return reply(firstPart(wellMade), 'length');
    case 'repetition':
      return reply(repeated(wellMade));
    case 'echo':
      return reply(prompt.length > 600 ? prompt.slice(0, 600) : prompt);
    case 'invalid_json':
      return reply(brokenJson(wellMade, hash32(prompt, seed)));
    case 'schema_violation':
      return reply(violating(wellMade));
    case 'wrong_values':
      return reply(emptied(wellMade));
    case 'wrong_numbers':
      return reply(
        wellMade.replace(/\d+(?:\.\d+)?(?=\D*$)/, (number) =>
          String(Number(number) + 1 + (hash32(prompt, seed) % 9)),
        ),
      );
    case 'context_lost':
      return reply("I don't see the beginning of what you are referring to; could you repeat it?");
    default:
      return reply(pick(offTopic, prompt, seed));
  }
}

function firstPart(text: string): string {
  const pieces = pieceTokens(text);
  return pieces
    .slice(0, Math.max(1, Math.floor(pieces.length * 0.55)))
    .join('')
    .trimEnd();
}

function repeated(text: string): string {
  const start = text.split(/(?<=[.!?])\s/)[0] ?? text;
  return Array.from({ length: 14 }, () => start).join(' ');
}

function brokenJson(text: string, choice: number): string {
  switch (choice % 3) {
    case 0:
      return text.slice(0, Math.max(2, text.length - 1 - (choice % 5)));
    case 1:
      return `Sure! Here is the JSON you asked for:\n${text.replace(/"/, "'").replace(/":/, ':')}`;
    default:
      return text.replace(/([}\]])$/, ',,$1').replace(/":/, '" ');
  }
}

/** Valid JSON that breaks its schema: the members are renamed, or a bare list or string stands for the object. */
function violating(text: string): string {
  const value: unknown = parse(text);
  if (typeof value !== 'object' || value === null) return JSON.stringify({ value });
  if (Array.isArray(value)) return JSON.stringify({ items: 'none' });
  return JSON.stringify(
    Object.fromEntries(Object.entries(value).map(([name], index) => [`${name}_${index}`, null])),
  );
}

/** Valid against its schema as far as types go, and worthless: every text is empty, every number zero or the least. */
function emptied(text: string): string {
  const value: unknown = parse(text);
  const empty = (entry: unknown, name: string): unknown => {
    if (typeof entry === 'string')
      return /^(?:action|type|kind|status|label|category|sentiment|priority)$/i.test(name) ? entry : 'n/a';
    if (Array.isArray(entry)) return entry.slice(0, 1).map((item) => empty(item, name));
    if (typeof entry === 'object' && entry !== null)
      return Object.fromEntries(Object.entries(entry).map(([key, item]) => [key, empty(item, key)]));
    return entry;
  };
  return JSON.stringify(empty(value, ''));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
