import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify } from '../../../router/classify.ts';
import { planRoute } from '../../../router/plan.ts';
import type { Classification, PlanContext, Request } from '../../../router/types.ts';
import { aConfig, aContext, aRequest, namesOf } from '../support.ts';

function planWith(
  tokens: number,
  context: Partial<PlanContext> = {},
  request: Partial<Request> = {},
  thresholdTokens = 8_000,
): string[] {
  const asked = aRequest('go on', request);
  const classification: Classification = { ...classify(asked), inputTokens: tokens };
  const config = aConfig({ hybrid: { thresholdTokens } });
  config.routing.policy = 'token-threshold';
  return namesOf(planRoute(asked, classification, aContext({ config, ...context })));
}

test('the threshold divides local from cloud, on both sides of it', () => {
  const cases: Array<[number, number, 'local' | 'cloud']> = [
    [1, 8_000, 'local'],
    [7_999, 8_000, 'local'],
    [8_000, 8_000, 'cloud'],
    [8_001, 8_000, 'cloud'],
    [499, 500, 'local'],
    [500, 500, 'cloud'],
  ];
  for (const [tokens, threshold, side] of cases) {
    const first = planWith(tokens, {}, {}, threshold)[0];
    assert.equal(first === 'claude-sonnet', side === 'cloud', `${tokens} of ${threshold}: ${first}`);
  }
});

test('each side is the other’s fallback', () => {
  const all = ['claude-sonnet', 'codestral-22b', 'gpt-4o', 'mixtral-8x7b', 'phi3-mini'];
  assert.deepEqual(planWith(100).sort(), all);
  assert.deepEqual(planWith(9_000), ['claude-sonnet', 'gpt-4o', 'mixtral-8x7b', 'codestral-22b']);
});

test('a long prompt stays local where it is private or where nothing may be spent', () => {
  assert.deepEqual(planWith(9_000, {}, { privacy: 'local' }), ['mixtral-8x7b', 'codestral-22b']);
  assert.deepEqual(planWith(9_000, { apiAllowed: 'off' }), ['mixtral-8x7b', 'codestral-22b']);
});

test('98 % of ADR-006’s kind of traffic stays local', () => {
  // 98 of 100 prompts under the threshold: what the document states of its traffic, here as an input.
  const sizes = Array.from({ length: 100 }, (_, at) => (at < 98 ? 200 + at * 79 : 12_000));
  const local = sizes.filter((tokens) => planWith(tokens)[0] !== 'claude-sonnet').length;
  assert.equal(local, 98);
});
