import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DecideInput, decide } from '../../router/decide.ts';
import type { Assessment, AttemptError } from '../../router/types/assessment.ts';
import { candidate, config, generation, request } from './quality-fixtures.ts';

const answered = {
  kind: 'answered',
  candidate: candidate('small'),
  callId: 'c1',
  generation: generation('x'),
  cost: 0,
  latencyMs: 1,
} as const;

function judged(quality: number): Assessment {
  const verdict = quality >= 0.7 ? 'pass' : 'fail';
  return { quality, verdict, checks: [], critique: undefined, reason: 'length 0.10: too short' };
}

function after(error: AttemptError['class'], more: Partial<DecideInput> = {}) {
  const failure = { class: error, message: 'm', retryable: false };
  const attempt = {
    kind: 'failed',
    candidate: candidate('small'),
    callId: 'c1',
    error: failure,
    cost: 0,
  } as const;
  return decide({ ...rejected, attempt, assessment: undefined, ...more });
}

const rejected: DecideInput = {
  attempt: answered,
  assessment: judged(0.4),
  candidatesLeft: 1,
  escalationsMade: 0,
  config: config(),
  request: request('x', { deadlineAt: 10_000 }),
  now: 0,
};

test('an answer at or above the threshold is accepted', () => {
  assert.deepEqual(decide({ ...rejected, assessment: judged(0.7) }), { kind: 'accept' });
});

test('a poor answer escalates while candidates, attempts, time and money allow, else gives up and says which ran out', () => {
  const first = decide(rejected);
  assert.equal(first.kind, 'escalate');
  assert.match(first.kind === 'escalate' ? first.reason : '', /quality 0\.40 below 0\.7 \(length/);
  const refusal = {
    limit: 'day',
    setBy: 'cost_control.daily_budget',
    limitNano: 1,
    usedNano: 1,
    neededNano: 1,
    resetsAt: undefined,
  };
  const cases: [Partial<DecideInput>, RegExp][] = [
    [{ candidatesLeft: 0 }, /no candidate left/],
    [{ escalationsMade: 2 }, /max_fallback_attempts \(2\)/],
    [{ now: 9_950 }, /deadline/],
    [{ nextRefusal: refusal }, /cost_control\.daily_budget/],
  ];
  for (const [change, reason] of cases) {
    const decision = decide({ ...rejected, ...change });
    assert.equal(decision.kind, 'give_up');
    assert.match(decision.kind === 'give_up' ? decision.reason : '', reason);
  }
});

test('an error falls back to the next candidate and does not count as an escalation', () => {
  for (const error of [
    'retry_here',
    'rate_limited',
    'retry_elsewhere',
    'spend_cap',
    'refused',
    'budget',
    'no_slot',
  ] as const) {
    assert.equal(after(error, { escalationsMade: 2 }).kind, 'fall_back', error);
    assert.equal(after(error, { candidatesLeft: 0 }).kind, 'give_up', error);
  }
});

test('a wrong request and a cancelled one end at once', () => {
  assert.equal(after('bad_request').kind, 'give_up');
  assert.equal(after('cancelled').kind, 'give_up');
});
