import { type Fault, SwarmdError } from '../../config/errors.ts';
import { safeText } from '../terminal/safe-text.ts';
import { asked } from './input-options.ts';

/** One action of a file, and where it stands. */
export interface NumberedInput {
  /** 1 for the first; of an argument its place. */
  line: number;
  input: unknown;
  /** Why the line could not be read; `input` is undefined then. */
  fault?: string;
}

export type LineFormat = 'lines' | 'jsonl';

/**
 * Reads actions from text: one objective a line, or JSON lines (objects with the fields of an action, or
 * texts); a line that cannot be read keeps its place with its fault. Without a format the first line that is not empty decides. Empty lines are skipped, and in plain
 * lines also those that start with `#`. `fields` fill in what a line does not say itself.
 */
export function readLines(
  text: string,
  format: LineFormat | undefined,
  fields: Record<string, unknown>,
): NumberedInput[] {
  const lines = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((content, i) => ({ content: content.trim(), line: i + 1 }))
    .filter(({ content }) => content !== '');
  const json = (format ?? guess(lines[0]?.content)) === 'jsonl';
  if (!json)
    return lines
      .filter(({ content }) => !content.startsWith('#'))
      .map(({ content, line }) => ({ line, input: asked(content, fields) }));
  return lines.map(({ content, line }) => {
    try {
      return { line, input: withFields(JSON.parse(content), fields) };
    } catch (error) {
      return { line, input: undefined, fault: `not JSON: ${(error as Error).message}` };
    }
  });
}

const shownFaults = 20;

/** What is wrong with the lines of one submission, all of it, in the order of the lines. */
export function refusedLines(faults: readonly Fault[], nothingSubmitted: boolean): SwarmdError {
  const sorted = faults.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const lines = sorted
    .slice(0, shownFaults)
    .map((one) => `line ${one.line ?? '?'}: ${safeText(one.message)}`);
  if (sorted.length > shownFaults) lines.push(`and ${sorted.length - shownFaults} more (--json shows all)`);
  if (nothingSubmitted) lines.push('nothing was submitted');
  return new SwarmdError('INPUT_INVALID', lines.join('\n'), { faults: sorted });
}

function guess(first: string | undefined): LineFormat {
  return first !== undefined && /^[{"]/.test(first) ? 'jsonl' : 'lines';
}

function withFields(value: unknown, fields: Record<string, unknown>): unknown {
  if (typeof value === 'string') return asked(value, fields);
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? { ...fields, ...value }
    : value;
}
