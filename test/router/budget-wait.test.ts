/** When a request that lacks only money may be tried again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitAfterFailures, waitBeforeAsking } from '../../router/budget-wait.ts';
import type { AttemptError } from '../../router/types/assessment.ts';
import type { BudgetRefusal } from '../../router/types/outside.ts';
import type { ExcludedCandidate, RoutePlan } from '../../router/types.ts';
import { aContext, aModel, noon } from './support.ts';

const tomorrow = noon + 43_200_000;
const own = aModel('phi3-mini', 'local_fast');
const paid = aModel('gpt-4o', 'api_fallback');

function refusal(overrides: Partial<BudgetRefusal> = {}): BudgetRefusal {
  return {
    limit: 'day',
    setBy: 'cost_control.daily_budget',
    limitNano: 100,
    usedNano: 100,
    neededNano: 10,
    resetsAt: tomorrow,
    ...overrides,
  };
}

const pause = refusal({ limit: 'pause', limitNano: 0, resetsAt: undefined });
const outOfBudget = (why: BudgetRefusal): ExcludedCandidate => ({
  model: paid,
  rule: 'budget',
  reason: 'no money',
  refusal: why,
});
const resting = (retryAt: number): ExcludedCandidate => ({
  model: own,
  rule: 'breaker',
  reason: 'rests',
  retryAt,
});

function plan(...excluded: ExcludedCandidate[]): RoutePlan {
  return { policy: 'tiers', candidates: [], excluded, reason: '' };
}

for (const [what, excluded, expected] of [
  ['a used-up day alone: its end', [outOfBudget(refusal())], { waitsFor: 'budget', retryAt: tomorrow }],
  [
    'a used-up day and a resting model: the sooner of both',
    [outOfBudget(refusal()), resting(noon + 60_000)],
    { waitsFor: 'budget', retryAt: noon + 60_000 },
  ],
  [
    'a model that rests longer than the day lasts: the day',
    [outOfBudget(refusal()), resting(tomorrow + 1)],
    { waitsFor: 'budget', retryAt: tomorrow },
  ],
  ['a pause: no time', [outOfBudget(pause)], { waitsFor: 'budget_paused', retryAt: undefined }],
  [
    'a pause and a resting model: the model',
    [outOfBudget(pause), resting(noon + 5_000)],
    { waitsFor: 'budget_paused', retryAt: noon + 5_000 },
  ],
  ['a resting model alone is no matter of money', [resting(noon + 5_000)], undefined],
  ['a call dearer than the whole limit', [outOfBudget(refusal({ resetsAt: undefined }))], undefined],
] as const)
  test(`nothing was asked; ${what}`, () => {
    assert.deepEqual(waitBeforeAsking(plan(...excluded), noon), expected);
  });

function journey(
  failures: { by: typeof own; error: AttemptError }[],
  from: RoutePlan,
): Parameters<typeof waitAfterFailures>[0] {
  const { breakers } = aContext();
  return {
    failures: failures.map(({ by, error }) => ({
      kind: 'failed' as const,
      candidate: { model: by, reason: '' },
      callId: undefined,
      error,
      cost: 0,
    })),
    plan: from,
    parts: { breakers },
  };
}

const down: AttemptError = { class: 'retry_elsewhere', message: 'no connection', retryable: true };

test('an own model that failed is asked again after a pause, long before the day ends', () => {
  const wait = waitAfterFailures(journey([{ by: own, error: down }], plan(outOfBudget(refusal()))), noon);
  assert.deepEqual(wait, { waitsFor: 'budget', retryAt: noon + 5_000 });
});

test('an own model that will never answer this leaves the day to wait for', () => {
  const gone = { ...down, retryable: false };
  const wait = waitAfterFailures(journey([{ by: own, error: gone }], plan(outOfBudget(refusal()))), noon);
  assert.deepEqual(wait, { waitsFor: 'budget', retryAt: tomorrow });
});

test('a request that no model would take does not wait for money', () => {
  const wrong: AttemptError = { class: 'bad_request', message: '400', retryable: false };
  const wait = waitAfterFailures(journey([{ by: own, error: wrong }], plan(outOfBudget(refusal()))), noon);
  assert.equal(wait, undefined);
});

test('a paid model that was called and failed is an ordinary failure', () => {
  const wait = waitAfterFailures(journey([{ by: paid, error: down }], plan(outOfBudget(refusal()))), noon);
  assert.equal(wait, undefined);
});

test('what calls under way have reserved may come back in seconds', () => {
  const error: AttemptError = {
    class: 'budget',
    message: 'reserved',
    retryable: true,
    refusal: refusal({ reservedNano: 50 }),
  };
  const wait = waitAfterFailures(journey([{ by: paid, error }], plan()), noon);
  assert.deepEqual(wait, { waitsFor: 'budget', retryAt: noon + 2_000 });
});
