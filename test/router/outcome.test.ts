/** What a request that nobody may be asked for comes to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify } from '../../router/classify.ts';
import { nothingToTry } from '../../router/outcome.ts';
import { planRoute } from '../../router/plan.ts';
import type { BudgetRefusal } from '../../router/types/outside.ts';
import type { PlanContext } from '../../router/types.ts';
import { aContext, aRequest, noon } from './support.ts';

const request = aRequest('What is 17 * 23?');

/** Of a plan in which every local model rests for so long, and paid ones are as the context says. */
function outcomeOf(restMs: number, context: Partial<PlanContext>) {
  const resting = aContext().breakers;
  const plan = planRoute(
    request,
    classify(request),
    aContext({
      breakers: {
        ...resting,
        state: (model) =>
          model.selfHosted
            ? { state: 'open', retryAt: noon + restMs, reason: 'no connection' }
            : { state: 'closed' },
      },
      ...context,
    }),
  );
  assert.deepEqual(plan.candidates, []);
  const outcome = nothingToTry(request, classify(request), plan, noon);
  assert.equal(outcome.kind, 'failed');
  return outcome.kind === 'failed' ? outcome.error : undefined;
}

test('without paid models the retries of an action wait for the end of a short rest, not of an outage', () => {
  const short = outcomeOf(5_000, { apiAllowed: 'no key' });
  assert.equal(short?.code, 'ALL_CANDIDATES_FAILED');
  assert.equal(short.retryable, true);
  assert.equal(short.retryAt, noon + 5_000);
  assert.equal(short.waitsFor, undefined);
  const long = outcomeOf(300_000, { apiAllowed: 'no key' });
  assert.equal(long?.retryable, true);
  assert.equal(long.retryAt, undefined);
});

test('with paid models out of budget it is the budget that is waited for, and only what passes is named', () => {
  const refusal: BudgetRefusal = {
    limit: 'day',
    setBy: 'cost_control.daily_budget',
    limitNano: 100,
    usedNano: 100,
    neededNano: 10,
    resetsAt: noon + 43_200_000,
  };
  const error = outcomeOf(300_000, { wouldRefuse: () => refusal });
  assert.equal(error?.code, 'BUDGET_REFUSED');
  assert.equal(error.waitsFor, 'budget');
  assert.equal(error.retryAt, noon + 300_000);
  assert.match(error.message, /daily budget.*rests|rests.*daily budget/);
});
