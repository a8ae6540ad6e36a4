/**
 * Budget days. A day is named `2026-11-21` and lasts from one local midnight to the next, so it has 23 or 25
 * hours where clocks change.
 */

interface Window {
  day: string;
  /** First millisecond of the day, and of the next one. */
  start: number;
  end: number;
}

const windows = new Map<string, Window>();
const formats = new Map<string, Intl.DateTimeFormat>();

/** The day in which an instant lies. */
export function dayOf(at: number, timeZone: string): string {
  // No Intl for UTC: loading it costs a short-lived command several milliseconds.
  if (timeZone === 'UTC') return new Date(at).toISOString().slice(0, 10);
  return windowAt(at, timeZone).day;
}

/** When the day after the one in which `at` lies begins. */
export function nextDayStart(at: number, timeZone: string): number {
  return timeZone === 'UTC' ? (Math.floor(at / 86_400_000) + 1) * 86_400_000 : windowAt(at, timeZone).end;
}

/** When a day begins. */
export function dayStart(day: string, timeZone: string): number {
  const utcMidnight = Date.parse(`${day}T00:00:00Z`);
  if (timeZone === 'UTC') return utcMidnight;
  // The first instant whose local date is not before the day. Offsets from UTC lie within -12 h … +14 h.
  let before = utcMidnight - 15 * 3_600_000;
  let after = utcMidnight + 15 * 3_600_000;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localDate(middle, timeZone) >= day) after = middle;
    else before = middle;
  }
  return after;
}

/** The first day of the following month, for a limit by the month. */
export function nextMonthStart(at: number, timeZone: string): number {
  const [year, month] = dayOf(at, timeZone).split('-').map(Number);
  const next = new Date(Date.UTC(year ?? 1970, month ?? 1, 1));
  return dayStart(next.toISOString().slice(0, 10), timeZone);
}

function windowAt(at: number, timeZone: string): Window {
  const known = windows.get(timeZone);
  if (known !== undefined && at >= known.start && at < known.end) return known;
  const day = localDate(at, timeZone);
  const following = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
  const window = { day, start: dayStart(day, timeZone), end: dayStart(following, timeZone) };
  windows.set(timeZone, window);
  return window;
}

function localDate(at: number, timeZone: string): string {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    formats.set(timeZone, format);
  }
  return format.format(at);
}
