import { SwarmdError } from '../../config/errors.ts';
import { asked } from './input-options.ts';

/** One action of a file, and where it stands. */
export interface NumberedInput {
  /** 1 for the first; of an argument its place. */
  line: number;
  input: unknown;
}

export type LineFormat = 'lines' | 'jsonl';

/**
 * Reads actions from text: one objective a line, or JSON lines (objects with the fields of an action, or
 * texts). Without a format the first line that is not empty decides. Empty lines are skipped, and in plain
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
  const problems: string[] = [];
  const inputs = lines.map(({ content, line }) => {
    try {
      return { line, input: withFields(JSON.parse(content), fields) };
    } catch (error) {
      problems.push(`line ${line}: ${(error as Error).message}`);
      return { line, input: undefined };
    }
  });
  if (problems.length > 0)
    throw new SwarmdError('INPUT_INVALID', problems.slice(0, 20).join('\n'), {
      allowed: 'one JSON value a line; nothing was submitted',
    });
  return inputs;
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
