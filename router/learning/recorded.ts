import { SwarmdError } from '../../config/errors.ts';
import { didYouMean } from '../../config/suggest.ts';

/** One line of a file of recorded outcomes: a prompt, and whether two models answered it rightly. */
export interface RecordedLine {
  id: string;
  prompt: string;
  /** Names a kind of task (`domain`, `type` or `source`): used for learning only, never needed for a score. */
  group: string | undefined;
  /** The action type, where the line names one. */
  type: string | undefined;
  weak: Side;
  strong: Side | undefined;
}

interface Side {
  correct: boolean;
  response: string | undefined;
  /** The score a critique gave the response, 0..1. */
  critique: number | undefined;
}

/** One line of a file to score. */
export interface ScoreLine {
  id: string;
  prompt: string;
  response: string | undefined;
  type: string | undefined;
  source: string | undefined;
}

/** Reads `{id, prompt, weak: {correct, response?}, strong?: {correct, response?}, domain?}` a line. */
export function readRecorded(text: string, file: string): RecordedLine[] {
  return linesOf(text, file, (value, where) => {
    const weak = side(value.weak, `${where}.weak`);
    if (weak === undefined)
      throw wrong(`${where}.weak`, 'missing', 'an object with `correct` (true or false)');
    return {
      id: idOf(value, where),
      prompt: textOf(value.prompt, `${where}.prompt`),
      group: [value.domain, value.type, value.source].find((part) => typeof part === 'string') as
        | string
        | undefined,
      type: optionalText(value.type, `${where}.type`),
      weak,
      strong: side(value.strong, `${where}.strong`),
    };
  });
}

/** Reads `{id, prompt, response?, type?, source?}` a line. */
export function readScoreLines(text: string, file: string): ScoreLine[] {
  return linesOf(text, file, (value, where) => ({
    id: idOf(value, where),
    prompt: textOf(value.prompt, `${where}.prompt`),
    response: optionalText(value.response, `${where}.response`),
    type: optionalText(value.type, `${where}.type`),
    source: optionalText(value.source, `${where}.source`),
  }));
}

/** All that lines of recorded outcomes and lines to score have: a file of the one may be given as the other. */
const lineFields = ['id', 'prompt', 'response', 'type', 'source', 'domain', 'weak', 'strong', 'responses'];
const sideFields = ['correct', 'response', 'critique', 'model'];

/**
 * One sentence a field that nothing reads, and one a type that is none of `types`, for a person: `respose` is a
 * slip, and the answer would be missing; what is learned of the type `summarise` would never be asked for.
 */
export function unknownFields(text: string, types: readonly string[]): string[] {
  const counts = new Map<string, number>();
  // Where the count will stand: no sign that a name in quotation marks may have.
  const lines = '\u0000';
  const count = (said: string) => counts.set(said, (counts.get(said) ?? 0) + 1);
  const look = (value: unknown, known: readonly string[], before: string) => {
    if (typeof value !== 'object' || value === null) return;
    for (const name of Object.keys(value))
      if (!known.includes(name))
        count(`the field ${JSON.stringify(before + name)}${didYouMean(name, known)} in ${lines} is not read`);
  };
  for (const value of linesOf(text, '', (line) => line)) {
    look(value, lineFields, '');
    for (const part of ['weak', 'strong']) look(value[part], sideFields, `${part}.`);
    const { type } = value;
    if (typeof type === 'string' && !types.includes(type))
      count(`there is no action type ${JSON.stringify(type)}${didYouMean(type, types)}, as in ${lines}`);
  }
  return [...counts].map(([said, count]) =>
    said.replace(lines, `${count} ${count === 1 ? 'line' : 'lines'}`),
  );
}

function linesOf<Line>(
  text: string,
  file: string,
  read: (value: Record<string, unknown>, where: string) => Line,
): Line[] {
  const result: Line[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const where = `${file}:${index + 1}`;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw wrong(where, 'not JSON', 'one JSON object a line');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw wrong(where, 'not an object', 'one JSON object a line');
    result.push(read(value as Record<string, unknown>, where));
  }
  return result;
}

function idOf(value: Record<string, unknown>, where: string): string {
  if (typeof value.id === 'string') return value.id;
  if (typeof value.id === 'number') return String(value.id);
  throw wrong(`${where}.id`, 'missing', 'a string');
}

function textOf(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw wrong(where, value === undefined ? 'missing' : 'not a string', 'a string');
}

function optionalText(value: unknown, where: string): string | undefined {
  return value === undefined || value === null ? undefined : textOf(value, where);
}

function side(value: unknown, where: string): Side | undefined {
  if (value === undefined || value === null) return undefined;
  const { correct, response, critique } = value as Record<string, unknown>;
  if (typeof correct !== 'boolean')
    throw wrong(`${where}.correct`, 'missing or not true/false', 'true or false');
  if (critique !== undefined && !(typeof critique === 'number' && critique >= 0 && critique <= 1))
    throw wrong(`${where}.critique`, 'not a score', 'a number of 0 to 1');
  return { correct, response: optionalText(response, `${where}.response`), critique };
}

function wrong(where: string, what: string, allowed: string): SwarmdError {
  return new SwarmdError('INPUT_INVALID', `${where}: ${what}`, { where, allowed });
}
