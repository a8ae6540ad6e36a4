import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Config, PolicyName } from '../../config/config.ts';
import { packageRoot } from '../../config/paths.ts';
import { classify } from '../../router/classify.ts';
import { withCountedTokens } from '../../router/counted-tokens.ts';
import { planRoute } from '../../router/plan.ts';
import { createTokenCounter } from '../../router/tokenizer/token-counter.ts';
import { estimateTokens, tokenMargin } from '../../router/tokens.ts';
import type { Classification, RoutePlan } from '../../router/types.ts';
import { aConfig, aContext, aModel, aRequest, namesOf } from './support.ts';

const counter = createTokenCounter({ withinMs: 60_000 });
after(() => counter.close());

function configFor(policy: PolicyName, overrides: Partial<Config> = {}): Config {
  const wide = { contextWindow: 200_000 };
  const config = aConfig({
    tiers: {
      local_fast: [aModel('local', 'local_fast', wide)],
      local_quality: [],
      api_fallback: [aModel('cloud', 'api_fallback', wide)],
    },
    ...overrides,
  });
  config.routing.policy = policy;
  return config;
}

async function planned(
  text: string,
  config: Config,
): Promise<{ byEstimate: RoutePlan; plan: RoutePlan; classification: Classification; counts: number }> {
  const request = aRequest(text);
  const judged = classify(request);
  let counts = 0;
  const countTokens = (prompt: Parameters<typeof counter.count>[0]) => {
    counts += 1;
    return counter.count(prompt);
  };
  const classification = await withCountedTokens(request, judged, { config: () => config, countTokens });
  const context = aContext({ config });
  return {
    byEstimate: planRoute(request, judged, context),
    plan: planRoute(request, classification, context),
    classification,
    counts,
  };
}

const noise = Buffer.concat(
  Array.from({ length: 400 }, (_, at) => createHash('sha256').update(String(at)).digest()),
).toString('base64');
const chinese = '我们需要在不停机的情况下迁移数据库，请给出详细的步骤和风险评估。';
const korean = '데이터베이스를 중단 없이 마이그레이션해야 합니다. 자세한 단계를 제시해 주세요. ';
const finnish = 'Meidän täytyy siirtää tietokanta ilman käyttökatkoa. Anna yksityiskohtaiset vaiheet. ';
const code = readFileSync(join(packageRoot(), 'router/attempt.ts'), 'utf8');

/** Texts for which the estimate says one side of the threshold and the tokenizer the other. */
const wrongByEstimate: ReadonlyArray<[string, string, number, string, string]> = [
  ['Chinese', chinese.repeat(40), 1_150, 'cloud', 'local'],
  ['Korean', korean.repeat(40), 1_000, 'cloud', 'local'],
  ['code', code, 1_900, 'cloud', 'local'],
  ['base64', noise.slice(0, 12_000), 7_500, 'local', 'cloud'],
  ['Finnish', finnish.repeat(60), 1_100, 'local', 'cloud'],
];

for (const [kind, text, threshold, estimated, counted] of wrongByEstimate) {
  test(`token-threshold: ${kind} near the threshold goes by its count, and the estimate alone would be wrong`, async () => {
    const config = configFor('token-threshold', { hybrid: { thresholdTokens: threshold } });
    const { byEstimate, plan, classification, counts } = await planned(text, config);
    assert.deepEqual([namesOf(byEstimate)[0], namesOf(plan)[0], counts], [estimated, counted, 1]);
    assert.equal(classification.tokensCounted, true);
    assert.match(
      classification.signals.at(-1)?.evidence ?? '',
      new RegExp(`^${classification.inputTokens} counted, \\d+ estimated, near hybrid.threshold_tokens`),
    );
  });
}

test('far from every bound nothing is counted, on both sides', async () => {
  const config = configFor('token-threshold', { hybrid: { thresholdTokens: 1_000 } });
  const sentence = 'The river rose and fell with the rain of the season. ';
  for (const [repeat, first] of [
    [1, 'local'],
    [50, 'local'],
    [180, 'cloud'],
    [2_000, 'cloud'],
  ] as const) {
    const { plan, counts, classification } = await planned(sentence.repeat(repeat), config);
    assert.deepEqual([namesOf(plan)[0], counts], [first, 0], String(repeat));
    assert.equal(
      classification.signals.some(({ name }) => name === 'tokens'),
      false,
    );
  }
});

test('other policies do not count at the threshold', async () => {
  const config = configFor('tiers', { hybrid: { thresholdTokens: 1_150 } });
  assert.equal((await planned(chinese.repeat(40), config)).counts, 0);
});

test('task-matrix counts near a bound of its tree', async () => {
  const config = configFor('task-matrix');
  config.taskMatrix = {
    rows: {},
    tasks: {},
    ladder: ['small', 'large'],
    emergency: undefined,
    shareOfRemainingDay: 0.1,
  };
  config.tiers.local_fast = ['small', 'large'].map((name) =>
    aModel(name, 'local_fast', { contextWindow: 200_000 }),
  );
  config.hosts = {};
  // 10,000 tokens by the estimate, under 8,192 by the count: the smallest model may have it.
  const { byEstimate, plan, classification } = await planned(chinese.repeat(310), config);
  assert.match(byEstimate.reason, /above 8,192/);
  assert.doesNotMatch(plan.reason, /above 8,192/);
  assert.match(classification.signals.at(-1)?.evidence ?? '', /near the tree's bound of 8192 tokens/);
  assert.ok(classification.inputTokens < 8_192);
});

test('specialists counts near the bound of long contexts, not near the one of short ones', async () => {
  const config = configFor('specialists');
  const { classification } = await planned(chinese.repeat(65), config);
  assert.match(classification.signals.at(-1)?.evidence ?? '', /near the 2000 tokens of a long context/);
  assert.equal((await planned(chinese.repeat(3), config)).counts, 0);
});

test('a model is not left out for its window where the count fits it', async () => {
  const config = configFor('tiers');
  config.tiers.local_fast = [aModel('local', 'local_fast', { contextWindow: 4_096, maxTokens: 1_000 })];
  const { byEstimate, plan, classification } = await planned(chinese.repeat(100), config);
  assert.equal(byEstimate.excluded.find(({ model }) => model.name === 'local')?.rule, 'context');
  assert.ok(namesOf(plan).includes('local'));
  assert.match(classification.signals.at(-1)?.evidence ?? '', /near the context of local \(4096\)/);
  // Where even the least it can be does not fit, nobody counts.
  assert.equal((await planned(chinese.repeat(1_000), config)).counts, 0);
});

test('languages of long words are not sent to a window that cuts them', async () => {
  const config = configFor('tiers');
  config.tiers.local_fast = [aModel('local', 'local_fast', { contextWindow: 4_096, maxTokens: 1_000 })];
  const text = finnish.repeat(130);
  assert.ok(estimateTokens(text) * tokenMargin + 1_000 < 4_096, 'by the ordinary margin it would fit');
  const { plan } = await planned(text, config);
  assert.equal(plan.excluded.find(({ model }) => model.name === 'local')?.rule, 'context');
});

test('what cannot be counted in time stays an estimate, and the signal says so', async () => {
  const config = configFor('token-threshold', { hybrid: { thresholdTokens: 1_150 } });
  const request = aRequest(chinese.repeat(40));
  const judged = classify(request);
  const late = { config: () => config, countTokens: () => Promise.resolve(undefined) };
  const classification = await withCountedTokens(request, judged, late);
  assert.equal(classification.inputTokens, judged.inputTokens);
  assert.match(classification.signals.at(-1)?.evidence ?? '', /could not be counted in time/);
});
