import { SwarmdError } from '../config/errors.ts';
import { didYouMean } from '../config/suggest.ts';

/** The kinds of memory; codes, glyphs and labels are what users, prompts and scripts know. */
export const entryTypes = [
  { code: 'd', name: 'decision', glyph: '[D]', label: 'DECISION' },
  { code: 'q', name: 'question', glyph: '[Q]', label: 'QUESTION' },
  { code: 'a', name: 'action', glyph: '[A]', label: 'ACTION' },
  { code: 'f', name: 'fact', glyph: '[F]', label: 'FACT' },
  { code: 'n', name: 'note', glyph: '[N]', label: 'NOTE' },
  { code: 'c', name: 'conversation', glyph: '[C]', label: 'CONVERSATION' },
  { code: 'T', name: 'todo', glyph: '[T]', label: 'TODO' },
  { code: 'G', name: 'goal', glyph: '[G]', label: 'GOAL' },
  { code: 'M', name: 'attempt', glyph: '[M]', label: 'ATTEMPT' },
  { code: 'R', name: 'result', glyph: '[R]', label: 'RESULT' },
  { code: 'L', name: 'lesson', glyph: '[L]', label: 'LESSON' },
  { code: 'P', name: 'phase', glyph: '[P]', label: 'PHASE' },
] as const;

/** The other closed sets of an entry's fields. */
export const scopes = ['shared', 'chat', 'agent', 'team'] as const;
export const visibilities = ['public', 'internal', 'private'] as const;
export const entryStatuses = ['active', 'superseded', 'deprecated', 'duplicate'] as const;
/** What a todo or goal may be; kept in `choice`, as it always was. */
export const todoStates = ['OPEN', 'IN_PROGRESS', 'DONE', 'BLOCKED'] as const;

export type EntryTypeCode = (typeof entryTypes)[number]['code'];

const codes = new Map<string, EntryTypeCode>(
  entryTypes.flatMap(({ code, name }) => [
    [code.toLowerCase(), code] as const,
    [name, code] as const,
    [`${name}s`, code] as const,
  ]),
);

/**
 * The code of a type given as letter or word, in any case: no letter stands for two types. Throws
 * INPUT_INVALID with the nearest word for anything else.
 */
export function entryTypeCode(word: string): EntryTypeCode {
  const code = codes.get(word.toLowerCase());
  if (code !== undefined) return code;
  const names = entryTypes.map(({ name }) => name);
  throw new SwarmdError('INPUT_INVALID', `unknown entry type "${word}"${didYouMean(word, names)}`, {
    where: 't',
    allowed: entryTypes.map((type) => `${type.code} (${type.name})`).join(', '),
  });
}

/** `[D]`; a letter unknown to this version is shown as it is. */
export function glyphOf(code: string): string {
  return entryTypes.find((type) => type.code === code)?.glyph ?? `[${code}]`;
}

/** H, M or L, also as a word. */
export function importanceOf(value: string): 'H' | 'M' | 'L' {
  const letter = { high: 'H', h: 'H', medium: 'M', m: 'M', low: 'L', l: 'L' }[value.toLowerCase()];
  if (letter !== undefined) return letter as 'H' | 'M' | 'L';
  throw new SwarmdError('INPUT_INVALID', `"${value}" is no importance`, {
    where: 'importance',
    allowed: 'H, M or L',
  });
}
