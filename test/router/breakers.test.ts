import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BreakerRecord, createBreakers } from '../../router/breakers.ts';
import type { AttemptError } from '../../router/types/assessment.ts';
import type { Clock } from '../../router/types/outside.ts';
import { aModel } from './support.ts';

const model = aModel('phi3-mini', 'local_fast');
const down: AttemptError = { class: 'retry_elsewhere', message: 'connection refused', retryable: true };

function breakersAt(saved: Record<string, BreakerRecord> = {}) {
  let now = 1_000_000;
  const clock: Clock = { now: () => now, sleep: () => Promise.resolve() };
  const kept: { all: Readonly<Record<string, BreakerRecord>> } = { all: saved };
  const breakers = createBreakers({ clock, saved, save: (all) => (kept.all = structuredClone(all)) });
  return { breakers, kept, pass: (ms: number) => (now += ms) };
}

test('a breaker opens at the third failure in a row, not before, and says until when and why', () => {
  const { breakers } = breakersAt();
  breakers.failed(model, down);
  breakers.failed(model, down);
  assert.equal(breakers.state(model).state, 'closed');
  breakers.failed(model, down);
  assert.deepEqual(breakers.state(model), {
    state: 'open',
    retryAt: 1_005_000,
    reason: 'connection refused',
  });
});

test('a success in between starts the count anew', () => {
  const { breakers } = breakersAt();
  for (let n = 0; n < 5; n += 1) {
    breakers.failed(model, down);
    breakers.failed(model, down);
    breakers.succeeded(model);
  }
  assert.equal(breakers.state(model).state, 'closed');
});

test('after the pause one probe is let through and no second one beside it', () => {
  const { breakers, pass } = breakersAt();
  for (let n = 0; n < 3; n += 1) breakers.failed(model, down);
  pass(5_000);
  assert.equal(breakers.state(model).state, 'half_open');
  breakers.probe(model);
  assert.equal(breakers.state(model).state, 'open');
  breakers.succeeded(model);
  assert.equal(breakers.state(model).state, 'closed');
});

test('a probe that fails opens it again for twice as long, up to five minutes', () => {
  const { breakers, pass } = breakersAt();
  for (let n = 0; n < 3; n += 1) breakers.failed(model, down);
  for (const pause of [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
    pass(pause - 1);
    assert.equal(breakers.state(model).state, 'open');
    pass(1);
    assert.equal(breakers.state(model).state, 'half_open');
    breakers.probe(model);
    breakers.failed(model, down);
  }
});

test('a spend cap opens it at once, for an hour', () => {
  const { breakers, pass } = breakersAt();
  breakers.failed(model, { class: 'spend_cap', message: 'credit exhausted', retryable: false });
  pass(3_599_999);
  assert.equal(breakers.state(model).state, 'open');
  pass(1);
  assert.equal(breakers.state(model).state, 'half_open');
});

for (const errorClass of ['bad_request', 'refused', 'cancelled', 'budget', 'no_slot', 'deadline'] as const) {
  test(`an error of class ${errorClass} says nothing about the model's health`, () => {
    const { breakers } = breakersAt();
    for (let n = 0; n < 10; n += 1)
      breakers.failed(model, { class: errorClass, message: 'x', retryable: false });
    assert.equal(breakers.state(model).state, 'closed');
  });
}

test('an open breaker survives a restart', () => {
  const first = breakersAt();
  for (let n = 0; n < 3; n += 1) first.breakers.failed(model, down);
  const second = breakersAt(first.kept.all);
  assert.equal(second.breakers.state(model).state, 'open');
});

test('a probe whose end was never reported blocks for one pause at most', () => {
  const { breakers, pass } = breakersAt();
  for (let n = 0; n < 3; n += 1) breakers.failed(model, down);
  pass(5_000);
  breakers.probe(model);
  pass(5_000);
  assert.equal(breakers.state(model).state, 'half_open');
});
