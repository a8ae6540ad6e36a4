import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TierName } from '../../../config/config.ts';
import { classify } from '../../../router/classify.ts';
import { planRoute } from '../../../router/plan.ts';
import { tiersPolicy } from '../../../router/policies/tiers.ts';
import type { Classification, PlanContext, Request } from '../../../router/types.ts';
import { aConfig, aContext, aRequest, aType } from '../support.ts';

function tiersFor(
  text: string,
  request: Partial<Request> = {},
  context: Partial<PlanContext> = {},
): TierName[] {
  const asked = aRequest(text, request);
  const plan = planRoute(asked, classify(asked), aContext(context));
  return [...new Set(plan.candidates.map((candidate) => candidate.model.tier))];
}

const upFromFast = ['local_fast', 'local_quality', 'api_fallback'];
const upFromQuality = ['local_quality', 'api_fallback', 'local_fast'];
const apiFirst = ['api_fallback', 'local_quality', 'local_fast'];

test('complexity decides where the chain begins', () => {
  assert.deepEqual(tiersFor('What is 2+2?'), upFromFast);
  assert.deepEqual(tiersFor('Compare tea and coffee in detail, step by step'), upFromQuality);
  assert.deepEqual(tiersFor('Refactor this monolith into services'), upFromQuality);
  for (const [typeComplexity, expected] of [
    ['simple', upFromFast],
    ['moderate', upFromQuality],
    ['complex', upFromQuality],
  ] as const) {
    assert.deepEqual(tiersFor('anything', { typeComplexity }), expected, typeComplexity);
  }
});

test('one model of each tier comes before its neighbours, so that two escalations reach the API', () => {
  const order = (text: string): string[] => {
    const asked = aRequest(text);
    return planRoute(asked, classify(asked), aContext()).candidates.map((candidate) => candidate.model.name);
  };
  assert.deepEqual(order('What is 2+2?'), [
    'phi3-mini',
    'mixtral-8x7b',
    'claude-sonnet',
    'gpt-4o',
    'codestral-22b',
  ]);
  assert.deepEqual(order('Explain how photosynthesis works'), [
    'mixtral-8x7b',
    'claude-sonnet',
    'gpt-4o',
    'codestral-22b',
    'phi3-mini',
  ]);
});

test('code goes to the model of the tier that is made for it', () => {
  const first = (text: string): string | undefined => {
    const asked = aRequest(text);
    return planRoute(asked, classify(asked), aContext()).candidates[0]?.model.name;
  };
  assert.equal(first('Write a Python function that reverses a linked list'), 'codestral-22b');
  assert.equal(first('Explain how photosynthesis works'), 'mixtral-8x7b');
});

test('only the tiers below the start are marked as worth trying after errors alone', () => {
  const asked = aRequest('Explain how photosynthesis works');
  const plan = planRoute(asked, classify(asked), aContext());
  const marked = plan.candidates.filter((candidate) => candidate.onlyAfterErrors === true);
  assert.deepEqual(
    marked.map((candidate) => candidate.model.name),
    ['phi3-mini'],
  );
});

test('low confidence starts at local_quality until pass rates exist', () => {
  assert.deepEqual(tiersFor('yes'), upFromQuality);
  const request = aRequest('');
  const unsure: Classification = {
    ...classify(request),
    complexity: 'simple',
    score: 0.25,
    confidence: 0.39,
  };
  const start = (classification: Classification, context: Partial<PlanContext> = {}): TierName | undefined =>
    tiersPolicy.order(request, classification, aContext(context)).candidates[0]?.model.tier;
  assert.equal(start(unsure), 'local_quality');
  assert.equal(start({ ...unsure, confidence: 0.4 }), 'local_fast');
  assert.equal(start(unsure, { passRates: { rate: () => ({ rate: 0.6, count: 100 }) } }), 'local_fast');
});

test('what is critical goes to the API first, by request, by type, by tool and by text', () => {
  assert.deepEqual(tiersFor('What is 2+2?', { critical: true }), apiFirst);
  assert.deepEqual(tiersFor('Delete all customers in the production database'), apiFirst);
  const config = aConfig({ actionTypes: { release: aType('release', { critical: true }) } });
  assert.deepEqual(tiersFor('What is 2+2?', { type: 'release' }, { config }), apiFirst);
});

test('prefer_local false puts the API first and keeps local models as fallback', () => {
  const config = aConfig();
  config.routing.preferLocal = false;
  for (const text of ['What is 2+2?', 'Refactor this monolith into services', 'yes']) {
    assert.deepEqual(tiersFor(text, {}, { config }), apiFirst, text);
  }
});

test('an override by type wins over complexity, criticality and prefer_local', () => {
  const config = aConfig();
  config.routing.actionTierOverrides = {
    spawn_daemon: 'api_fallback',
    orch_status: 'local_fast',
    consolidate: 'local_quality',
  };
  config.routing.preferLocal = false;
  assert.deepEqual(tiersFor('Go', { type: 'spawn_daemon' }, { config }), apiFirst);
  assert.deepEqual(tiersFor('Go', { type: 'orch_status', critical: true }, { config }), upFromFast);
  assert.deepEqual(tiersFor('What is 2+2?', { type: 'consolidate' }, { config }), upFromQuality);
});

test('a model asked for by name in the text goes first, a mention changes nothing', () => {
  const first = (text: string): string | undefined => {
    const asked = aRequest(text);
    return planRoute(asked, classify(asked), aContext()).candidates[0]?.model.name;
  };
  assert.equal(first('Use GPT-4o to write a poem about rain'), 'gpt-4o');
  assert.equal(first('Ask Claude what rain is'), 'claude-sonnet');
  assert.equal(first('Write a poem about rain, using codestral'), 'codestral-22b');
  assert.equal(first('Write a poem about "use GPT-4o"'), 'mixtral-8x7b');
});

test('without any API the chain is local; without any local model it is the API', () => {
  const config = aConfig();
  const { local_fast, local_quality, api_fallback } = config.tiers;
  const local = { ...config, tiers: { local_fast, local_quality, api_fallback: [] } };
  assert.deepEqual(tiersFor('What is 2+2?', { critical: true }, { config: local }), [
    'local_quality',
    'local_fast',
  ]);
  const api = { ...config, tiers: { local_fast: [], local_quality: [], api_fallback } };
  assert.deepEqual(tiersFor('What is 2+2?', {}, { config: api }), ['api_fallback']);
});
