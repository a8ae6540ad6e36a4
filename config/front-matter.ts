import { parse } from 'yaml';
import { SwarmdError } from './errors.ts';

/** A Markdown document with YAML front matter, split; throws CONFIG_INVALID naming the file when there is none. */
export function parseFrontMatter(
  text: string,
  where: string,
): { fields: Record<string, unknown>; body: string } {
  const match = /^---\r?\n([\s\S]*?)\r?\n---\r?\n?([\s\S]*)$/.exec(text);
  if (match === null) {
    throw new SwarmdError(
      'CONFIG_INVALID',
      `${where} does not begin with YAML front matter between two lines of ---`,
      { where },
    );
  }
  let fields: unknown;
  try {
    fields = parse(match[1] ?? '');
  } catch (error) {
    throw new SwarmdError(
      'CONFIG_INVALID',
      `the front matter of ${where} is no YAML: ${(error as Error).message}`,
      { where },
    );
  }
  if (fields === null || typeof fields !== 'object' || Array.isArray(fields)) {
    throw new SwarmdError('CONFIG_INVALID', `the front matter of ${where} is no mapping of names to values`, {
      where,
    });
  }
  return { fields: fields as Record<string, unknown>, body: (match[2] ?? '').trim() };
}
