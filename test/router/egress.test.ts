/**
 * What is private never leaves, as far as plans decide it: under every policy, flag and failure a private request
 * has no candidate that is not self-hosted. And nothing else in the code could send a prompt: the modules that
 * can are named once, in the lint rule, and only router/providers/ imports them.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Config, policyNames, tierNames } from '../../config/config.ts';
import { packageRoot } from '../../config/paths.ts';
import { classify } from '../../router/classify.ts';
import { planRoute } from '../../router/plan.ts';
import { policies } from '../../router/policies/policies.ts';
import type { PlanContext, Request } from '../../router/types.ts';
import { aConfig, aContext, aModel, aRequest, aType, noon } from './support.ts';

const root = packageRoot();

/** Modules that only router/providers/ may import, as biome.jsonc says. */
function egressModules(): string[] {
  const rule = readFileSync(join(root, 'biome.jsonc'), 'utf8');
  const found = [...rule.matchAll(/"([^"]+)": "only router\/providers\/ [^"]*"/g)].map(
    (match) => match[1] ?? '',
  );
  return [...new Set(found)].sort();
}

test('the lint rule names the modules that can send a prompt', () => {
  const modules = egressModules();
  for (const expected of [
    'ollama',
    'openai',
    '@anthropic-ai/sdk',
    'undici',
    'node:http',
    'node:https',
    'node:net',
  ]) {
    assert.ok(modules.includes(expected), `${expected} is missing from biome.jsonc`);
  }
});

test('in the layers that see prompts only router/providers/ can send anything anywhere', () => {
  const modules = new Set(egressModules());
  const files = globSync('{config,router,memory}/**/*.ts', { cwd: root }).filter(
    (file) => !file.startsWith('router/providers/'),
  );
  assert.ok(files.length > 20);
  for (const file of files) {
    const source = readFileSync(join(root, file), 'utf8');
    const imported = [...source.matchAll(/(?:from|import|require)\s*\(?\s*'([^']+)'/g)].map(
      (match) => match[1] ?? '',
    );
    const forbidden = imported.filter((name) => modules.has(name) || /^node:(?:http2|tls|dgram)$/.test(name));
    assert.deepEqual(forbidden, [], file);
    const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    assert.doesNotMatch(code, /globalThis\.fetch|new WebSocket\(|new EventSource\(/, file);
    // The global `fetch`, where the file has no function of that name of its own.
    if (!/function fetch\(/.test(code)) assert.doesNotMatch(code, /(?<![.\w])fetch\(/, file);
  }
});

const card = '4111 1111 1111 1111';
const key = ['ghp_', 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zaB3dE5'].join('');

/** Ways to be private; each changes a request so that it may not leave. */
const privateWays: ReadonlyArray<[string, (request: Request) => Request]> = [
  ['marked', (request) => ({ ...request, privacy: 'local' })],
  ['by type', (request) => ({ ...request, type: 'diary' })],
  ['a secret in the text', (request) => withText(request, `${request.userText} ${key}`)],
  ['a card in the text', (request) => withText(request, `${card} ${request.userText}`)],
  [
    'a card deep in a long text',
    (request) =>
      withText(request, `${'All quiet on the river. '.repeat(600)}${card}${' All quiet.'.repeat(600)}`),
  ],
  [
    'health in the text',
    (request) => withText(request, `${request.userText} The patient was diagnosed with HIV.`),
  ],
  [
    'a secret in the system prompt',
    (request) => ({
      ...request,
      messages: [{ role: 'system', content: `password: hunter2 ${key}` }, ...request.messages],
    }),
  ],
  [
    'a card in what a tool returned',
    (request) => ({
      ...request,
      messages: [...request.messages, { role: 'tool', content: `row 1: ${card}`, toolCallId: '1' }],
    }),
  ],
  [
    'an IBAN in a tool call',
    (request) => ({
      ...request,
      messages: [
        ...request.messages,
        {
          role: 'assistant',
          content: '',
          toolCalls: [{ id: '1', name: 'pay', arguments: { to: 'DE89 3704 0044 0532 0130 00' } }],
        },
      ],
    }),
  ],
  [
    'a key in a tool definition',
    (request) => ({ ...request, tools: [{ name: 'search', description: `uses ${key}`, parameters: {} }] }),
  ],
  ['a card in the schema', (request) => ({ ...request, schema: { type: 'string', description: card } })],
  ['a card in the source', (request) => ({ ...request, sourceText: `Paid with ${card}.` })],
];

function withText(request: Request, userText: string): Request {
  return { ...request, userText, messages: [{ role: 'user', content: userText }] };
}

const texts = fc.constantFrom(
  'What is 2+2?',
  'yes',
  'Use GPT-4o to write a poem',
  'Ask Claude to refactor this monolith into services and prove that it is correct',
  'Delete all customers in the production database',
  'Search the web for the weather',
  'Draft a 10-page report on rivers',
  `Summarize: ${'water '.repeat(9_000)}`,
);

const requests = fc.record({
  text: texts,
  critical: fc.boolean(),
  tier: fc.option(fc.constantFrom(...tierNames), { nil: undefined }),
  model: fc.option(fc.constantFrom('gpt-4o', 'claude', 'mixtral-8x7b', 'nonsense'), { nil: undefined }),
  typeComplexity: fc.option(fc.constantFrom('simple' as const, 'complex' as const), { nil: undefined }),
  type: fc.constantFrom('prompt', 'orchestrate', 'web_search', 'embedding'),
  late: fc.boolean(),
});

const worlds = fc.record({
  policy: fc.constantFrom(...policyNames),
  preferLocal: fc.boolean(),
  override: fc.boolean(),
  localModels: fc.constantFrom('all', 'one', 'none'),
  localDown: fc.boolean(),
  saturated: fc.boolean(),
  broke: fc.boolean(),
  pricesKnown: fc.boolean(),
  passRate: fc.option(fc.constantFrom(0.02, 0.99), { nil: undefined }),
});

function configOf(world: { preferLocal: boolean; override: boolean; localModels: string }): Config {
  const config = aConfig({
    actionTypes: { diary: aType('diary', { privacy: 'local', critical: true }) },
    taskMatrix: {
      rows: {
        native_tools: { local: undefined, cloud: 'gpt-4o' },
        reasoning: { local: 'mixtral-8x7b', cloud: 'gpt-4o', effort: 'high' },
      },
      tasks: { web_search: 'native_tools', orchestrate: 'reasoning', diary: 'native_tools' },
      ladder: ['phi3-mini', 'mixtral-8x7b'],
      emergency: 'claude-sonnet',
      shareOfRemainingDay: 0.1,
    },
    // An API model named where a local one belongs: a mistake that must not leak.
    specialists: { simple: 'gpt-4o', complex: 'claude-sonnet' },
    privacyFirst: { small: 'gpt-4o', large: 'claude-sonnet', strong: 'gpt-4o', longForm: 'claude-sonnet' },
  });
  config.routing.preferLocal = world.preferLocal;
  if (world.override) config.routing.actionTierOverrides = { prompt: 'api_fallback', diary: 'api_fallback' };
  const { local_fast, local_quality, api_fallback } = config.tiers;
  // An API model in a local tier is still an API model.
  const disguised = aModel('gpt-in-disguise', 'local_quality', { selfHosted: false, provider: 'openai' });
  if (world.localModels === 'all') {
    return { ...config, tiers: { local_fast, local_quality: [disguised, ...local_quality], api_fallback } };
  }
  const kept = world.localModels === 'one' ? local_quality.slice(0, 1) : [];
  return { ...config, tiers: { local_fast: [], local_quality: [disguised, ...kept], api_fallback } };
}

for (const [way, makePrivate] of privateWays) {
  test(`private input (${way}) never gets an API candidate, under any policy, flag or failure`, () => {
    fc.assert(
      fc.property(requests, worlds, (asked, world) => {
        const config = configOf(world);
        const request = makePrivate(
          aRequest(asked.text, {
            critical: asked.critical,
            type: asked.type,
            deadlineAt: asked.late ? noon - 1 : noon + 60_000,
            ...(asked.tier === undefined ? {} : { tier: asked.tier }),
            ...(asked.model === undefined ? {} : { model: asked.model }),
            ...(asked.typeComplexity === undefined ? {} : { typeComplexity: asked.typeComplexity }),
          }),
        );
        const context: PlanContext = aContext({
          config,
          breakers: {
            ...aContext().breakers,
            state: (model) => ({ state: world.localDown && model.selfHosted ? 'open' : 'closed' }),
          },
          saturated: () => world.saturated,
          wouldRefuse: () =>
            world.broke
              ? { limit: 'day', setBy: 'x', limitNano: 1, usedNano: 1, neededNano: 1, resetsAt: undefined }
              : undefined,
          ...(world.pricesKnown ? {} : { upperBound: () => undefined }),
          passRates: {
            rate: (_type, _complexity, model) =>
              world.passRate === undefined
                ? undefined
                : {
                    rate: model.startsWith('gpt') || model.startsWith('claude') ? 0.99 : world.passRate,
                    count: 500,
                  },
          },
        });
        const classification = classify(request);
        const plan = planRoute(request, classification, context, policies[world.policy]);
        for (const candidate of plan.candidates) assert.ok(candidate.model.selfHosted, candidate.model.name);
      }),
      { numRuns: 150 },
    );
  });
}

test('the same worlds do give API candidates to input that is not private, or the test above proves nothing', () => {
  let withApi = 0;
  fc.assert(
    fc.property(requests, worlds, (asked, world) => {
      const request = aRequest(asked.text, { critical: asked.critical, type: asked.type });
      const plan = planRoute(
        request,
        classify(request),
        aContext({ config: configOf(world) }),
        policies[world.policy],
      );
      if (plan.candidates.some((candidate) => !candidate.model.selfHosted)) withApi += 1;
    }),
    { numRuns: 150 },
  );
  assert.ok(withApi > 100, `${withApi} of 150`);
});
