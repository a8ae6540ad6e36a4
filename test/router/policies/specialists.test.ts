import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config, QueryKind } from '../../../config/config.ts';
import { classify } from '../../../router/classify.ts';
import { planRoute } from '../../../router/plan.ts';
import { kindOf } from '../../../router/policies/specialists.ts';
import type { Classification, PlanContext, Request } from '../../../router/types.ts';
import { aConfig, aContext, aModel, aRequest, namesOf } from '../support.ts';

function specialistsConfig(section: Config['specialists']): Config {
  const config = aConfig({
    tiers: {
      local_fast: [aModel('llama-3.1-8b', 'local_fast', { host: 'small' })],
      local_quality: [
        aModel('qwen2.5-coder-32b', 'local_quality', { host: 'large' }),
        aModel('llama-3.3-70b', 'local_quality', { host: 'large', contextWindow: 131_072 }),
      ],
      api_fallback: [
        aModel('claude-sonnet-5-5', 'api_fallback', { contextWindow: 200_000 }),
        aModel('gpt-4o', 'api_fallback'),
      ],
    },
    ...(section === undefined ? {} : { specialists: section }),
  });
  config.routing.policy = 'specialists';
  return config;
}

const three = specialistsConfig({
  simple: 'llama-3.1-8b',
  creative: 'llama-3.1-8b',
  tools: 'qwen2.5-coder-32b',
  code: 'qwen2.5-coder-32b',
  general: 'qwen2.5-coder-32b',
  complex: 'llama-3.3-70b',
  research: 'llama-3.3-70b',
});

function names(
  text: string,
  config: Config = three,
  context: Partial<PlanContext> = {},
  request: Partial<Request> = {},
): string[] {
  const asked = aRequest(text, request);
  return namesOf(planRoute(asked, classify(asked), aContext({ config, ...context })));
}

test('each kind of query has its specialist', () => {
  const cases: Array<[string, string]> = [
    ['What is the capital of France?', 'llama-3.1-8b'],
    ['Write a poem about rain', 'llama-3.1-8b'],
    ['Search the web for the weather', 'qwen2.5-coder-32b'],
    ['Fix the bug in this Python function', 'qwen2.5-coder-32b'],
    ['Prove that the square root of 2 is irrational', 'llama-3.3-70b'],
    ['Which studies support this hypothesis, and how strong is the evidence?', 'llama-3.3-70b'],
  ];
  for (const [text, model] of cases) assert.equal(names(text)[0], model, text);
});

test('context and length decide where nothing else does, on both sides of every boundary', () => {
  const unsure = { complexity: 'moderate', confidence: 0, domain: 'general', needsTools: false } as const;
  const cases: Array<[number, number, QueryKind]> = [
    [99, 199, 'simple'],
    [100, 199, 'general'],
    [99, 200, 'general'],
    [100, 200, 'general'],
    [2_000, 199, 'general'],
    [2_001, 199, 'complex'],
    [2_001, 5_000, 'complex'],
  ];
  for (const [context, length, kind] of cases) {
    const request = aRequest('x'.repeat(length));
    const classification: Classification = { ...classify(request), ...unsure, inputTokens: context };
    assert.equal(kindOf(request, classification).kind, kind, `context ${context}, length ${length}`);
  }
});

test('the API comes only after all local models, and every local model before it', () => {
  assert.deepEqual(names('Write a poem about rain'), [
    'llama-3.1-8b',
    'qwen2.5-coder-32b',
    'llama-3.3-70b',
    'claude-sonnet-5-5',
    'gpt-4o',
  ]);
});

test('an API model named in an instruction goes first, a mention changes nothing', () => {
  assert.equal(names('Use GPT-4 to write a poem about rain')[0], 'gpt-4o');
  assert.equal(names('Ask Claude what rain is')[0], 'claude-sonnet-5-5');
  assert.equal(names('Write a poem about "use GPT-4"')[0], 'llama-3.1-8b');
  assert.equal(names('Write a poem about people who use Claude')[0], 'llama-3.1-8b');
});

test('overload of every local host puts the API first, of one host not', () => {
  const full = (hosts: readonly string[]) => ({ saturated: (host: string) => hosts.includes(host) });
  assert.equal(names('What is 2+2?', three, full(['small', 'large']))[0], 'claude-sonnet-5-5');
  assert.equal(names('What is 2+2?', three, full(['small']))[0], 'llama-3.1-8b');
  const busyAndPrivate = names('What is 2+2?', three, full(['small', 'large']), { privacy: 'local' });
  assert.equal(busyAndPrivate[0], 'llama-3.1-8b');
});

test('two models and none named work as well', () => {
  const two = specialistsConfig({ simple: 'llama-3.1-8b', tools: 'qwen2.5-coder-32b' });
  assert.equal(names('Write a poem about rain', two)[0], 'llama-3.1-8b');
  assert.equal(names('Fix the bug in this Python function', two)[0], 'qwen2.5-coder-32b');
  assert.equal(names('Prove that the square root of 2 is irrational', two)[0], 'qwen2.5-coder-32b');
  const none = specialistsConfig(undefined);
  assert.equal(names('What is 2+2?', none)[0], 'llama-3.1-8b');
  assert.equal(names('Fix the bug in this Python function', none)[0], 'qwen2.5-coder-32b');
});
