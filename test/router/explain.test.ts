import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyNames } from '../../config/config.ts';
import { explainPlan, explanationLines } from '../../router/explain.ts';
import { aContext, aModel, aRequest } from './support.ts';

test('an explanation holds the classification and every policy’s plan, the one in force first', async () => {
  const context = aContext();
  context.config.routing.policy = 'specialists';
  const explanation = await explainPlan(aRequest('Refactor this monolith into services'), context);
  assert.equal(explanation.classification.complexity, 'complex');
  assert.equal(explanation.plans[0]?.policy, 'specialists');
  assert.deepEqual(explanation.plans.map((plan) => plan.policy).sort(), [...policyNames].sort());
  for (const plan of explanation.plans) assert.ok(plan.candidates.length > 0, plan.policy);
});

test('as text it names score, evidence, each candidate’s reason and each exclusion’s rule', async () => {
  const context = aContext({ apiAllowed: 'cost_control.api is off' });
  const text = explanationLines(
    await explainPlan(aRequest('Refactor this monolith and mail jane@acme.io'), context),
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

test('explaining asks nobody: no reservation, no breaker told, no call', async () => {
  const touched: string[] = [];
  const context = aContext();
  context.breakers = {
    ...context.breakers,
    succeeded: () => touched.push('succeeded'),
    failed: () => touched.push('failed'),
    probe: () => touched.push('probe'),
  };
  await explainPlan(aRequest('What is 2+2?'), context);
  assert.deepEqual(touched, []);
});

test('near a bound of any policy the tokens are counted, and without a daemon the examples are not asked', async () => {
  const context = aContext();
  context.config.routing.policy = 'specialists';
  const { tiers } = context.config;
  const embedder = aModel('all-minilm', 'local_fast', { kind: 'embedding' });
  context.config.tiers = { ...tiers, local_fast: [...tiers.local_fast, embedder] };
  context.config.nearestExamples = {
    model: 'all-minilm',
    examples: [{ text: 'tram?', kind: 'simple' }],
    leastSimilarity: 0.3,
    withinMs: 100,
  };
  const countTokens = () => Promise.resolve(7_900);
  const explained = await explainPlan(aRequest('word '.repeat(8_200)), context, { countTokens });
  const text = explanationLines(explained).join('\n');
  assert.match(text, /tokens: 7900 counted, 82\d\d estimated, near hybrid.threshold_tokens/);
  assert.match(
    text,
    /nearest-example: rules decide: the embedding model is not asked in a dry run without --embed/,
  );
  assert.match(text, /policy token-threshold: 7900 prompt tokens, under/);
});
