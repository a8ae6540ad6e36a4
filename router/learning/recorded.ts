import { type Fault, SwarmdError } from '../../config/errors.ts';
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
  return linesOf(text, file, (value) => {
    const weak = side(value.weak, 'weak');
    if (weak === undefined)
      throw new LineFault('weak', 'missing', 'an object with `correct` (true or false)');
    return {
      id: idOf(value),
      prompt: textOf(value.prompt, 'prompt'),
      group: [value.domain, value.type, value.source].find((part) => typeof part === 'string') as
        | string
        | undefined,
      type: optionalText(value.type, 'type'),
      weak,
      strong: side(value.strong, 'strong'),
    };
  });
}

/** Reads `{id, prompt, response?, type?, source?}` a line. */
export function readScoreLines(text: string, file: string): ScoreLine[] {
  return linesOf(text, file, (value) => ({
    id: idOf(value),
    prompt: textOf(value.prompt, 'prompt'),
    response: optionalText(value.response, 'response'),
    type: optionalText(value.type, 'type'),
    source: optionalText(value.source, 'source'),
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

/** What is wrong with one line: the first thing that is. */
class LineFault extends Error {
  readonly field: string;
  readonly allowed: string;

  constructor(field: string, what: string, allowed: string) {
    super(what);
    this.field = field;
    this.allowed = allowed;
  }
}

/** Reads every line, so that all that are wrong can be named at once. */
function linesOf<Line>(text: string, file: string, read: (value: Record<string, unknown>) => Line): Line[] {
  const result: Line[] = [];
  const faults: Fault[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    try {
      result.push(read(objectOf(line)));
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      const { field, message, allowed } = error;
      faults.push({ field, message, line: index + 1, allowed });
    }
  }
  if (faults.length > 0) throw refused(file, faults);
  return result;
}

function objectOf(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new LineFault('', 'not JSON', 'one JSON object a line');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new LineFault('', 'not an object', 'one JSON object a line');
  return value as Record<string, unknown>;
}

const shownFaults = 20;

function refused(file: string, faults: readonly Fault[]): SwarmdError {
  const placeOf = ({ field, line }: Fault) => `${file}:${line}${field === '' ? '' : `.${field}`}`;
  const said = faults.slice(0, shownFaults).map((fault) => `${placeOf(fault)}: ${fault.message}`);
  if (faults.length > shownFaults) said.push(`and ${faults.length - shownFaults} more (--json shows all)`);
  const [first] = faults;
  const alone = first !== undefined && faults.length === 1;
  const allowed = new Set(faults.map((fault) => fault.allowed));
  return new SwarmdError('INPUT_INVALID', said.join('\n'), {
    where: alone ? placeOf(first) : file,
    ...(allowed.size === 1 && first?.allowed !== undefined ? { allowed: first.allowed } : {}),
    faults,
  });
}

function idOf(value: Record<string, unknown>): string {
  if (typeof value.id === 'string') return value.id;
  if (typeof value.id === 'number') return String(value.id);
  throw new LineFault('id', 'missing', 'a string');
}

function textOf(value: unknown, field: string): string {
  if (typeof value === 'string') return value;
  throw new LineFault(field, value === undefined ? 'missing' : 'not a string', 'a string');
}

function optionalText(value: unknown, field: string): string | undefined {
  return value === undefined || value === null ? undefined : textOf(value, field);
}

function side(value: unknown, field: string): Side | undefined {
  if (value === undefined || value === null) return undefined;
  const { correct, response, critique } = value as Record<string, unknown>;
  if (typeof correct !== 'boolean')
    throw new LineFault(`${field}.correct`, 'missing or not true/false', 'true or false');
  if (critique !== undefined && !(typeof critique === 'number' && critique >= 0 && critique <= 1))
    throw new LineFault(`${field}.critique`, 'not a score', 'a number of 0 to 1');
  return { correct, response: optionalText(response, `${field}.response`), critique };
}
