import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyNames } from '../../config/config.ts';
import { explainPlan, explanationLines } from '../../router/explain.ts';
import { aContext, aRequest } from './support.ts';

test('an explanation holds the classification and every policy’s plan, the one in force first', () => {
  const context = aContext();
  context.config.routing.policy = 'specialists';
  const explanation = explainPlan(aRequest('Refactor this monolith into services'), context);
  assert.equal(explanation.classification.complexity, 'complex');
  assert.equal(explanation.plans[0]?.policy, 'specialists');
  assert.deepEqual(explanation.plans.map((plan) => plan.policy).sort(), [...policyNames].sort());
  for (const plan of explanation.plans) assert.ok(plan.candidates.length > 0, plan.policy);
});

test('as text it names score, evidence, each candidate’s reason and each exclusion’s rule', () => {
  const context = aContext({ apiAllowed: 'cost_control.api is off' });
  const text = explanationLines(
    explainPlan(aRequest('Refactor this monolith and mail jane@acme.io'), context),
  ).join('\n');
  assert.match(text, /^complex, score 0\.\d\d/);
  assert.match(text, /\+1\.50 asks for: refactor/);
  assert.match(text, /personal data: email \(contact\) j…@….io/);
  assert.match(text, /policy tiers \(in force\)/);
  assert.match(text, /1\. codestral-22b \(local_quality\): complex/);
  assert.match(text, /- {2}gpt-4o: api-off: cost_control.api is off/);
  assert.match(text, /! {2}contains email \(contact\)/);
  assert.ok(!text.includes('jane@acme.io'), 'the value itself is not shown');
});

test('explaining asks nobody: no reservation, no breaker told, no call', () => {
  const touched: string[] = [];
  const context = aContext();
  context.breakers = {
    ...context.breakers,
    succeeded: () => touched.push('succeeded'),
    failed: () => touched.push('failed'),
    probe: () => touched.push('probe'),
  };
  explainPlan(aRequest('What is 2+2?'), context);
  assert.deepEqual(touched, []);
});
