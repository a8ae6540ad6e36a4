import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Config } from '../../../config/config.ts';
import { fromUsd } from '../../../config/money.ts';
import { classify } from '../../../router/classify.ts';
import { planRoute } from '../../../router/plan.ts';
import type { Classification, PlanContext, Request, RoutePlan } from '../../../router/types.ts';
import { aConfig, aContext, aModel, aRequest, namesOf } from '../support.ts';

const small = 'qwen3-4b-instruct-2507';
const eight = 'qwen3-8b';
const fourteen = 'qwen3-14b';
const thirty = 'qwen3-30b-a3b-instruct-2507';
const thinking = 'qwen3-30b-a3b-thinking-2507';

const gpu = { host: 'gpu' };
const long = { ...gpu, contextWindow: 262_144, cacheBytesPerToken: 98_304 };
const cloudContext = { contextWindow: 400_000 };

function matrixConfig(vramGb?: number): Config {
  const config = aConfig({
    tiers: {
      local_fast: [
        aModel(small, 'local_fast', { ...gpu, contextWindow: 262_144, cacheBytesPerToken: 147_456 }),
      ],
      local_quality: [
        aModel(eight, 'local_quality', { ...gpu, kind: 'base', cacheBytesPerToken: 147_456 }),
        aModel(fourteen, 'local_quality', { ...gpu, kind: 'base', cacheBytesPerToken: 163_840 }),
        aModel(thirty, 'local_quality', long),
        aModel(thinking, 'local_quality', { ...long, kind: 'thinking' }),
        aModel('qwen3-embedding', 'local_quality', { ...gpu, kind: 'embedding' }),
      ],
      api_fallback: [
        aModel('gpt-5-nano', 'api_fallback', cloudContext),
        aModel('gpt-5-mini', 'api_fallback', cloudContext),
        aModel('claude-sonnet-4-5', 'api_fallback', { contextWindow: 200_000 }),
        aModel('gpt-5', 'api_fallback', cloudContext),
      ],
    },
    hosts: { gpu: { name: 'gpu', slots: 1, vramGb: vramGb ?? 16, maxLoadedModels: 1, agingBoundMs: 30_000 } },
    taskMatrix: {
      rows: {
        chat: { local: small, cloud: 'gpt-5-nano', effort: 'minimal' },
        extraction: { local: eight, cloud: 'gpt-5-mini', effort: 'low' },
        writing: { local: fourteen, cloud: 'gpt-5-mini', effort: 'low' },
        code: { local: thirty, cloud: 'claude-sonnet-4-5' },
        reasoning: { local: thinking, cloud: 'gpt-5', effort: 'high' },
        matching: { local: 'qwen3-embedding', cloud: undefined },
        native_tools: { local: undefined, cloud: 'gpt-5', effort: 'medium' },
      },
      tasks: {
        chat: 'chat',
        extract_topic: 'extraction',
        summarize: 'writing',
        generate_code: 'code',
        debug_error: 'reasoning',
        embedding: 'matching',
        web_search: 'native_tools',
      },
      ladder: [small, eight, fourteen, thirty, thinking],
      emergency: 'gpt-5',
      shareOfRemainingDay: 0.1,
    },
  });
  config.routing.policy = 'task-matrix';
  return config;
}

function plan(
  request: Partial<Request>,
  judged: Partial<Classification> = {},
  context: Partial<PlanContext> = {},
  config: Config = matrixConfig(),
): RoutePlan {
  const asked = aRequest('go on', request);
  return planRoute(asked, { ...classify(asked), ...judged }, aContext({ config, ...context }));
}

const first = (...input: Parameters<typeof plan>): string | undefined => namesOf(plan(...input))[0];

test('every row has its primary, its fallback and the emergency model', () => {
  const rows: Array<[string, string[]]> = [
    ['chat', [small, 'gpt-5-nano', 'gpt-5']],
    ['extract_topic', [eight, 'gpt-5-mini', 'gpt-5']],
    ['summarize', [fourteen, 'gpt-5-mini', 'gpt-5']],
    ['generate_code', [thirty, 'claude-sonnet-4-5', 'gpt-5']],
    ['debug_error', [thinking, 'gpt-5']],
    ['embedding', ['qwen3-embedding']],
    ['web_search', ['gpt-5']],
  ];
  for (const [type, expected] of rows) assert.deepEqual(namesOf(plan({ type })), expected, type);
});

test('the row without a cloud side never gets one, the row without a local side has none when the API is off', () => {
  assert.deepEqual(
    namesOf(
      plan(
        { type: 'embedding' },
        {},
        { breakers: { ...aContext().breakers, state: () => ({ state: 'open' }) } },
      ),
    ),
    [],
  );
  assert.deepEqual(namesOf(plan({ type: 'web_search' }, {}, { apiAllowed: 'off' })), []);
  assert.deepEqual(namesOf(plan({ type: 'web_search', privacy: 'local' })), []);
});

test('the row’s effort goes to its cloud model only', () => {
  const candidates = plan({ type: 'extract_topic' }).candidates;
  assert.deepEqual(
    candidates.map((candidate) => candidate.model.effort),
    [undefined, 'low', undefined],
  );
});

test('a text that asks to act outside goes to the model with native tools, unless it brings tools of its own', () => {
  const text = 'Search the web for the latest Node version';
  assert.equal(first({ userText: text, messages: [] }, classify(aRequest(text))), 'gpt-5');
  const tools = [{ name: 'search_text', description: '', parameters: {} }];
  assert.notEqual(first({ userText: text, tools }, classify(aRequest(text, { tools }))), 'gpt-5');
});

test('the score climbs the ladder, on both sides of every boundary', () => {
  const cases: Array<[number, string]> = [
    [0, small],
    [0.299, small],
    [0.3, eight],
    [0.399, eight],
    [0.4, fourteen],
    [0.599, fourteen],
    [0.6, thirty],
    [0.699, thirty],
    [0.7, thinking],
    [0.799, thinking],
    [0.8, 'gpt-5'],
    [1, 'gpt-5'],
  ];
  for (const [score, model] of cases) {
    assert.equal(first({}, { score, inputTokens: 1_000 }), model, `score ${score}`);
  }
});

test('the context narrows the ladder, on both sides of every boundary', () => {
  const cases: Array<[number, string]> = [
    [8_192, small],
    [8_193, eight],
    [20_000, eight],
    [32_768, thirty],
    [32_769, thirty],
    [65_536, thirty],
    [65_537, 'gpt-5-nano'],
    [131_072, 'gpt-5-nano'],
    [131_073, 'gpt-5-nano'],
  ];
  for (const [inputTokens, model] of cases) {
    const found = plan({}, { score: 0.1, inputTokens, expectedOutputTokens: 256 });
    assert.equal(
      namesOf(found)[0],
      model,
      `${inputTokens} tokens: ${JSON.stringify(found.excluded.map((e) => [e.model.name, e.rule]))}`,
    );
  }
});

test('in the cloud a small model does where the score is low, the strongest goes first where it is not', () => {
  assert.equal(first({}, { score: 0.59, inputTokens: 70_000 }), 'gpt-5-nano');
  assert.equal(first({}, { score: 0.6, inputTokens: 70_000 }), 'gpt-5');
  assert.deepEqual(namesOf(plan({}, { score: 0.1 })).slice(0, 3), [small, 'gpt-5-nano', 'gpt-5-mini']);
});

test('up to 131,072 tokens a local model may answer when the cloud cannot, above that none', () => {
  const roomy = matrixConfig(64);
  const off = { apiAllowed: 'off' };
  assert.ok(namesOf(plan({}, { inputTokens: 131_072 }, off, roomy)).includes(thinking));
  assert.deepEqual(namesOf(plan({}, { inputTokens: 131_073 }, off, roomy)), []);
});

test('the cache of the context must fit half the VRAM', () => {
  // 98,304 bytes a token: 8 GB, half of 16, hold 81,380 tokens of prompt and answer.
  const cases: Array<[number, boolean]> = [
    [81_380, true],
    [81_381, false],
  ];
  for (const [tokens, fits] of cases) {
    const found = plan({}, { score: 0.1, inputTokens: tokens - 300, expectedOutputTokens: 300 });
    assert.equal(namesOf(found).includes(thirty), fits, `${tokens} tokens`);
    if (!fits) assert.equal(found.excluded.find((entry) => entry.model.name === thirty)?.rule, 'vram');
  }
  const unknown = plan({}, { inputTokens: 100_000 }, {}, { ...matrixConfig(), hosts: {} });
  assert.ok(namesOf(unknown).includes(thirty), 'unknown VRAM is no objection');
});

test('the one loaded model answers where it is at least as strong, and is thrown out where it is not', () => {
  const loaded = (name: string) => ({ resident: () => [name] });
  assert.equal(first({}, { score: 0.1 }, loaded(fourteen)), fourteen);
  assert.equal(first({}, { score: 0.65 }, loaded(small)), thirty);
  assert.equal(first({}, { score: 0.1 }, loaded(small)), small);
});

test('no call may take more than a tenth of what is left of the day: the cheapest that fits, else local', () => {
  const left = (usd: number, prices: Record<string, number>): Partial<PlanContext> => ({
    upperBound: (model) => (model.selfHosted ? 0 : fromUsd(prices[model.name] ?? 1)),
    wouldRefuse: (reserve) =>
      reserve <= fromUsd(usd)
        ? undefined
        : {
            limit: 'day',
            setBy: 'cost_control.daily_budget',
            limitNano: fromUsd(10),
            usedNano: fromUsd(10 - usd),
            neededNano: reserve,
            resetsAt: undefined,
          },
  });
  const prices = { 'gpt-5-nano': 0.01, 'gpt-5-mini': 0.05, 'claude-sonnet-4-5': 0.2, 'gpt-5': 0.3 };
  const hard = { score: 0.9, inputTokens: 1_000 };
  assert.equal(first({}, hard, left(3, prices)), 'gpt-5', 'a tenth of 3 is 0.30: it fits exactly');
  assert.equal(
    first({}, hard, left(2.99, prices)),
    'gpt-5-nano',
    'the order of the tier, after the emergency model',
  );
  assert.equal(
    first({ type: 'debug_error' }, {}, { ...left(2.99, prices), breakers: allLocalDown() }),
    'gpt-5-nano',
  );
  assert.equal(first({}, hard, left(0.09, prices)), thinking, 'none fits: local');
  const spent = plan({}, hard, left(0.09, prices));
  assert.equal(spent.excluded.find((entry) => entry.model.name === 'gpt-5')?.rule, 'share-of-day');
});

function allLocalDown(): PlanContext['breakers'] {
  return {
    ...aContext().breakers,
    state: (model) => ({ state: model.selfHosted ? 'open' : 'closed' }),
  };
}

test('a private request climbs the same ladder without the cloud', () => {
  assert.equal(first({ privacy: 'local' }, { score: 0.95 }), thinking);
  assert.equal(first({ privacy: 'local', type: 'chat' }), small);
});

test('without its section the policy climbs the tiers', () => {
  const { taskMatrix: _, ...config } = matrixConfig();
  assert.equal(first({}, { score: 0.1 }, {}, config), small);
  assert.equal(first({}, { score: 0.75 }, {}, config), thinking);
  assert.equal(first({}, { score: 0.85 }, {}, config), 'gpt-5-nano');
});
