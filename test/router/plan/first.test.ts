import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withArmSettings } from '../../../config/arm-settings.ts';
import { classify } from '../../../router/classify.ts';
import { planRoute } from '../../../router/plan.ts';
import type { PlanContext, Request } from '../../../router/types.ts';
import { aConfig, aContext, aRequest, namesOf } from '../support.ts';

const apiFirst = aConfig();
apiFirst.routing.preferLocal = false;

function planned(
  settings: Parameters<typeof withArmSettings>[1],
  request: Request = aRequest('Summarize the report in three sentences', { typeComplexity: 'simple' }),
  context: Partial<PlanContext> = {},
) {
  const config = withArmSettings(apiFirst, settings);
  return planRoute(request, classify(request), aContext({ config, ...context }));
}

test('an arm’s tier or model goes first, the others keep their places and may answer after it', () => {
  assert.equal(namesOf(planned({}))[0], 'claude-sonnet');
  const plan = planned({ first_tier: 'local_quality' });
  assert.deepEqual(namesOf(plan).slice(0, 3), ['mixtral-8x7b', 'claude-sonnet', 'gpt-4o']);
  assert.equal(plan.reason, 'an experiment asks tier local_quality first');
  assert.equal(plan.candidates[0]?.onlyAfterErrors, undefined);
  assert.equal(namesOf(planned({ first_model: 'codestral-22b' }))[0], 'codestral-22b');
  assert.equal(namesOf(planned({ first_model: 'nobody' }))[0], 'claude-sonnet', 'a model that went away');
});

test('what was learned does not hide the tier that is tried', () => {
  const rates = { rate: () => ({ rate: 0, count: 100 }) };
  assert.equal(
    namesOf(planned({ first_tier: 'local_fast' }, undefined, { passRates: rates }))[0],
    'phi3-mini',
  );
});

test('nothing is tried on what is critical, names a model, or asks for one', () => {
  const first = (request: Request) => namesOf(planned({ first_tier: 'local_fast' }, request))[0];
  assert.equal(first(aRequest('Summarize the report', { critical: true })), 'claude-sonnet');
  assert.equal(first(aRequest('Use gpt-4o to write a poem about rain')), 'gpt-4o');
  assert.equal(first(aRequest('Write a poem about rain', { model: 'gpt-4o' })), 'gpt-4o');
});

test('the hard constraints come after it: a private request goes to no API first', () => {
  const plan = planned(
    { first_tier: 'api_fallback' },
    aRequest('Summarize the report', { privacy: 'local' }),
  );
  assert.ok(plan.candidates.every(({ model }) => model.selfHosted));
});
