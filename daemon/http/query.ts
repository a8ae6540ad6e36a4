import type { z } from 'zod';
import { SwarmdError } from '../../config/errors.ts';
import { messageOf, valueAt } from '../../config/problems.ts';
import { didYouMean } from '../../config/suggest.ts';
import { type CallSumColumn, callSumColumns } from '../../memory/types/calls.ts';
import type { InputError } from '../action-input.ts';
import { InputRefused } from './errors.ts';

/** A schema that says itself what would be right is not talked over. */
const zodsOwnWords = /^(Invalid|Too) /;

/** Validates a query string or a small body; unknown fields are refused with a suggestion. */
export function parseFields<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  given: unknown,
): z.output<z.ZodObject<Shape>> {
  const parsed = schema.safeParse(given ?? {});
  if (parsed.success) return parsed.data;
  const known = Object.keys(schema.shape);
  const errors: InputError[] = parsed.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        field: key,
        message: `unknown field "${key}"${didYouMean(key, known)}; allowed: ${known.join(', ')}`,
        allowed: known.join(', '),
      }));
    const field = issue.path.map(String).join('.');
    const message = zodsOwnWords.test(issue.message)
      ? messageOf(issue, valueAt(given, issue.path))
      : issue.message;
    return [{ field, message: `${field || 'body'}: ${message}`, allowed: message }];
  });
  throw new InputRefused(errors);
}

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `24h`, `7d`, `2026-11-21` or a full ISO time, as milliseconds; undefined when it is none of them. */
export function parseTime(text: string, now: number): number | undefined {
  const ago = /^(\d{1,6})([mhdw])$/.exec(text);
  if (ago !== null) return now - Number(ago[1]) * unitMs[ago[2] as keyof typeof unitMs];
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** What `parseTime` takes, in the words of an error message. */
export const timeForms = '30m, 24h, 7d, 2w, 2026-11-21 or 2026-11-21T08:00:00Z';

/** Milliseconds since 1970 of what `parseTime` takes; anything else is refused. */
export function sinceTime(text: string, now: number): number {
  const at = parseTime(text, now);
  if (at !== undefined) return at;
  throw new SwarmdError('INPUT_INVALID', `${JSON.stringify(text)} is not a time`, { allowed: timeForms });
}

/** The columns of `?by=` and `--by`. */
export function parseColumns(text: string): CallSumColumn[] {
  return text.split(',').map((word) => {
    const column = callSumColumns.find((one) => one === word.trim());
    if (column !== undefined) return column;
    throw new SwarmdError('INPUT_INVALID', `by: ${JSON.stringify(word)}`, {
      where: 'by',
      allowed: callSumColumns.join(', '),
    });
  });
}
