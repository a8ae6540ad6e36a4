import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Pacer } from '../../router/pacing.ts';

test('without headers every call may go', () => {
  assert.equal(new Pacer().waitMs(1_000_000, 0), 0);
});

test('a call waits until the allowance has grown by what it lacks, and no longer than until it is full', () => {
  const pacer = new Pacer();
  // 1,000 of 11,000 tokens left, full in 10 s: grows by one a millisecond.
  pacer.observe({ tokens: { remaining: 1_000, limit: 11_000, fullAt: 10_000 } }, 0);
  assert.equal(pacer.waitMs(1_000, 0), 0);
  assert.equal(pacer.waitMs(3_000, 0), 2_000);
  assert.equal(pacer.waitMs(3_000, 1_500), 500);
  assert.equal(pacer.waitMs(3_000, 2_000), 0);
  // More than it ever holds: when it is full the provider may judge it.
  assert.equal(pacer.waitMs(50_000, 0), 10_000);
  assert.equal(pacer.waitMs(50_000, 10_000), 0);
});

test('calls of ours count until the next headers come', () => {
  const pacer = new Pacer();
  pacer.observe({ requests: { remaining: 2, limit: 60, fullAt: 58_000 } }, 0);
  pacer.sent(10);
  pacer.sent(10);
  assert.equal(pacer.waitMs(10, 0), 1_000);
  pacer.observe({ requests: { remaining: 5, limit: 60, fullAt: 56_000 } }, 1_000);
  assert.equal(pacer.waitMs(10, 1_000), 0);
});

test('after a 429 nothing is sent before its time', () => {
  const pacer = new Pacer();
  pacer.limited(7_000, 1_000);
  assert.equal(pacer.waitMs(1, 2_000), 6_000);
  assert.equal(pacer.waitMs(1, 8_000), 0);
});

test('whatever the headers say, a wait ends by the time the allowance is full', () => {
  fc.assert(
    fc.property(
      fc.record({
        remaining: fc.nat(1_000),
        limit: fc.nat(1_000),
        fullAt: fc.integer({ min: -100, max: 1_000 }),
      }),
      fc.nat(5_000),
      fc.nat(20),
      fc.nat(1_000),
      (allowance, tokens, calls, now) => {
        const pacer = new Pacer();
        pacer.observe({ tokens: allowance }, 0);
        for (let call = 0; call < calls; call += 1) pacer.sent(tokens);
        const wait = pacer.waitMs(tokens, now);
        assert.ok(wait >= 0 && now + wait <= Math.max(now, allowance.fullAt), `${wait}`);
        assert.equal(pacer.waitMs(tokens, now + wait), 0);
      },
    ),
  );
});
