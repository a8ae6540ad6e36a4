import { SwarmdError } from '../config/errors.ts';

const unitMs: Record<string, number> = {
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  // `m` has always meant months here; minutes are `min`.
  m: 30 * 86_400_000,
  y: 365 * 86_400_000,
};

/** `30min`, `24h`, `7d`, `2w`, `1m` (a month of 30 days) in milliseconds. Throws INPUT_INVALID. */
export function durationMs(word: string, where: string): number {
  const [, count, unit] = /^(\d+(?:\.\d+)?)\s*(s|min|h|d|w|m|y)$/.exec(word.trim().toLowerCase()) ?? [];
  const size = unit === undefined ? undefined : unitMs[unit];
  if (count === undefined || size === undefined) {
    throw new SwarmdError('INPUT_INVALID', `"${word}" is not a length of time`, {
      where,
      allowed: 'a number with s, min, h, d, w or m (months), such as 30min or 7d',
    });
  }
  return Number(count) * size;
}

/**
 * A point in time: `2026-11-21`, `2026-11-21T10:00`, with or without `Z` or an offset (UTC where none is
 * stated), `now`, `today`, `yesterday`, or an age such as `2h`. `end`: a bare date means its last millisecond.
 */
export function instantMs(word: string, where: string, now: number, end = false): number {
  const text = word.trim();
  const dayMs = 86_400_000;
  const today = Math.floor(now / dayMs) * dayMs;
  if (text === 'now') return now;
  if (text === 'today') return end ? today + dayMs - 1 : today;
  if (text === 'yesterday') return end ? today - 1 : today - dayMs;
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) {
    const start = Date.parse(`${text}T00:00:00Z`);
    // Date.parse takes 2026-02-30 for 2 March.
    if (!Number.isNaN(start) && new Date(start).toISOString().startsWith(text)) {
      return end ? start + dayMs - 1 : start;
    }
  } else if (/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text)) {
    const iso = text.replace(' ', 'T');
    const instant = Date.parse(/(Z|[+-]\d{2}:?\d{2})$/i.test(iso) ? iso : `${iso}Z`);
    if (!Number.isNaN(instant)) return instant;
  } else if (/^\d+(\.\d+)?\s*[a-z]+$/i.test(text)) {
    return now - durationMs(text, where);
  }
  throw new SwarmdError('INPUT_INVALID', `"${word}" is not a date`, {
    where,
    allowed: 'YYYY-MM-DD, YYYY-MM-DDTHH:MM:SS (UTC), today, yesterday, or an age such as 2h',
  });
}

/** Throws INPUT_INVALID unless the word begins with a day that the calendar has. */
export function assertDay(word: string, where: string): void {
  const [day] = /^\d{4}-\d{2}-\d{2}/.exec(word) ?? [];
  if (day === undefined) {
    throw new SwarmdError('INPUT_INVALID', `"${word}" is not a date`, { where, allowed: 'YYYY-MM-DD' });
  }
  instantMs(day, where, 0);
}

/** `5s ago`, `3m ago`, `2h ago`, `4d ago`; a date from 30 days on. */
export function ageWords(timestamp: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - timestamp) / 1000));
  if (seconds < 60) return `${seconds}s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h ago`;
  if (seconds < 30 * 86_400) return `${Math.floor(seconds / 86_400)}d ago`;
  return isoDate(timestamp);
}

export function isoDate(timestamp: number): string {
  return isoTime(timestamp).slice(0, 10);
}

/** ISO 8601 with milliseconds; a number outside what a date can be is shown as it is. */
export function isoTime(timestamp: number): string {
  const date = new Date(timestamp);
  return Number.isNaN(date.getTime()) ? String(timestamp) : date.toISOString();
}
