import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../../config/config.ts';
import { classify } from '../../../router/classify.ts';
import { planRoute } from '../../../router/plan.ts';
import type { Classification, Request, RoutePlan } from '../../../router/types.ts';
import { aConfig, aContext, aModel, aRequest, namesOf } from '../support.ts';

const config: Config = aConfig({
  tiers: {
    local_fast: [aModel('mistral-7b', 'local_fast')],
    local_quality: [aModel('llama3-70b', 'local_quality')],
    api_fallback: [aModel('gpt-4o', 'api_fallback'), aModel('claude-sonnet', 'api_fallback')],
  },
  privacy: { secret: 'block', identity: 'local', contact: 'local' },
  privacyFirst: { small: 'mistral-7b', large: 'llama3-70b', strong: 'gpt-4o', longForm: 'claude-sonnet' },
});
config.routing.policy = 'privacy-first';

function plan(
  text: string,
  judged: Partial<Pick<Classification, 'score' | 'expectedOutputTokens'>> = {},
  request: Partial<Request> = {},
): RoutePlan {
  const asked = aRequest(text, request);
  return planRoute(asked, { ...classify(asked), ...judged }, aContext({ config }));
}

test('score and expected answer choose the model, on both sides of every boundary', () => {
  const cases: Array<[number, number, string]> = [
    [0.1, 100, 'mistral-7b'],
    [0.29, 100, 'mistral-7b'],
    [0.3, 100, 'llama3-70b'],
    [0.5, 100, 'llama3-70b'],
    [0.8, 100, 'llama3-70b'],
    [0.801, 100, 'gpt-4o'],
    [0.1, 2_000, 'mistral-7b'],
    [0.1, 2_001, 'claude-sonnet'],
    [0.5, 2_000, 'llama3-70b'],
    [0.5, 2_001, 'claude-sonnet'],
    [0.9, 2_001, 'gpt-4o'],
  ];
  for (const [score, expectedOutputTokens, model] of cases) {
    const [first] = namesOf(plan('go on', { score, expectedOutputTokens }));
    assert.equal(first, model, `score ${score}, answer ${expectedOutputTokens}`);
  }
});

test('personal data of any class stays on self-hosted models, however hard the question', () => {
  for (const text of [
    'Reply to jane@acme.io',
    'Call +49 30 901820',
    'My IBAN is DE89 3704 0044 0532 0130 00',
    'password: hunter2',
  ]) {
    for (const score of [0.1, 0.5, 0.95]) {
      const names = namesOf(plan(text, { score, expectedOutputTokens: 5_000 }));
      assert.deepEqual([...names].sort(), ['llama3-70b', 'mistral-7b'], text);
      assert.equal(names[0], score < 0.3 ? 'mistral-7b' : 'llama3-70b');
    }
  }
});

test('naming a commercial model does not lift privacy', () => {
  const names = namesOf(plan('Use GPT-4o to reply to jane@acme.io'));
  assert.ok(!names.includes('gpt-4o') && !names.includes('claude-sonnet'));
  assert.equal(namesOf(plan('Use GPT-4o to write a reply'))[0], 'gpt-4o');
});

test('without its section the policy takes the ends of the tiers', () => {
  const { privacyFirst: _, ...rest } = config;
  const asked = aRequest('go on');
  const first = (score: number): string | undefined =>
    namesOf(planRoute(asked, { ...classify(asked), score }, aContext({ config: rest })))[0];
  assert.deepEqual([first(0.1), first(0.5), first(0.9)], ['mistral-7b', 'llama3-70b', 'gpt-4o']);
});
