/** Budget days: where they begin and end, in zones whose clocks change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { dayOf, dayStart, nextDayStart, nextMonthStart } from '../../memory/days.ts';
import { midnights } from '../../scripts/bench/budget/midnights.ts';

for (const { timeZone, at, before, after } of midnights)
  test(`${timeZone}: ${before} ends and ${after} begins at ${new Date(at).toISOString()}`, () => {
    assert.equal(dayOf(at - 1, timeZone), before);
    assert.equal(dayOf(at, timeZone), after);
    assert.equal(nextDayStart(at - 1, timeZone), at);
    assert.ok(nextDayStart(at, timeZone) > at);
    assert.equal(dayStart(after, timeZone), at);
    const monthEnds = before.slice(0, 7) !== after.slice(0, 7);
    assert.equal(nextMonthStart(at - 1, timeZone) === at, monthEnds);
  });

const zones = fc.constantFrom(
  ...midnights.map(({ timeZone }) => timeZone),
  'Asia/Beirut',
  'Africa/Cairo',
  'Pacific/Chatham',
  'Asia/Kolkata',
  'America/Havana',
);
// 2000 to 2040.
const instants = fc.integer({ min: 946_684_800_000, max: 2_208_988_800_000 });

test('every instant lies in exactly one day, days follow each other without a gap, and months are made of whole days', () => {
  fc.assert(
    fc.property(zones, instants, (timeZone, at) => {
      const day = dayOf(at, timeZone);
      const start = dayStart(day, timeZone);
      const end = nextDayStart(at, timeZone);
      assert.ok(start <= at && at < end);
      assert.equal(dayOf(start, timeZone), day);
      assert.equal(dayOf(end - 1, timeZone), day);
      assert.notEqual(dayOf(start - 1, timeZone), day);
      const hours = (end - start) / 3_600_000;
      assert.ok(hours >= 22.5 && hours <= 25.5, `${day} in ${timeZone} has ${hours} h`);
      const next = dayOf(end, timeZone);
      assert.equal(dayStart(next, timeZone), end);
      const month = nextMonthStart(at, timeZone);
      assert.equal(dayOf(month, timeZone).slice(7), '-01');
      assert.equal(dayOf(month - 1, timeZone).slice(0, 7), day.slice(0, 7));
    }),
    { numRuns: 1_000 },
  );
});
