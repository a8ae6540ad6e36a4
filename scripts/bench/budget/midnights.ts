/**
 * Ends of budget days for the proof, worked by hand: days of 23, 24, 24.5 and 25 hours, ends of months, zones whose
 * midnight is left out where clocks change. None comes from the code that is proved.
 */

export interface Midnight {
  timeZone: string;
  /** The first millisecond of `after`. */
  at: number;
  before: string;
  after: string;
}

/** How long before the end of its day a schedule begins, in milliseconds: far longer than it takes. */
export const beforeMidnightMs = 1_800_000;

const rows: readonly (readonly [timeZone: string, at: string, before: string, after: string])[] = [
  ['UTC', '2026-11-22T00:00:00Z', '2026-11-21', '2026-11-22'],
  // The month ends.
  ['UTC', '2026-12-01T00:00:00Z', '2026-11-30', '2026-12-01'],
  // +5:45, and the month ends.
  ['Asia/Kathmandu', '2026-10-31T18:15:00Z', '2026-10-31', '2026-11-01'],
  // The day before had 25 hours: summer time ended.
  ['Europe/Berlin', '2026-10-25T23:00:00Z', '2026-10-25', '2026-10-26'],
  // The day after has 25 hours, and the month ends.
  ['America/New_York', '2026-11-01T04:00:00Z', '2026-10-31', '2026-11-01'],
  // The day before had 23 hours.
  ['Europe/Berlin', '2027-03-28T22:00:00Z', '2027-03-28', '2027-03-29'],
  // The day before had 24 and a half hours: this clock changes by 30 minutes.
  ['Australia/Lord_Howe', '2027-04-04T13:30:00Z', '2027-04-04', '2027-04-05'],
  // There is no midnight: clocks go from 24:00 to 01:00.
  ['America/Santiago', '2027-09-05T04:00:00Z', '2027-09-04', '2027-09-05'],
  // The year ends, 14 hours before it does in UTC.
  ['Pacific/Kiritimati', '2026-12-31T10:00:00Z', '2026-12-31', '2027-01-01'],
];

export const midnights: readonly Midnight[] = rows.map(([timeZone, at, before, after]) => ({
  timeZone,
  at: Date.parse(at),
  before,
  after,
}));
