import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Config, ModelSpec } from '../../config/config.ts';
import { systemClock } from '../../daemon/clock.ts';
import { createBreakers } from '../../router/breakers.ts';
import { classify } from '../../router/classify.ts';
import { createEmbedTexts } from '../../router/embed-call.ts';
import { createNearestExamples, withNearestExample } from '../../router/nearest-examples.ts';
import { planRoute } from '../../router/plan.ts';
import { kindOf } from '../../router/policies/specialists.ts';
import { createEmbed } from '../../router/providers/embed.ts';
import { createSlots } from '../../router/slots.ts';
import type { Request } from '../../router/types.ts';
import { startSimulator } from '../../scripts/simulator/simulator.ts';
import { temporaryMemory } from '../memory/temporary-memory.ts';
import { aConfig, aContext, aModel, aRequest, namesOf } from './support.ts';

const never = new AbortController().signal;

const examples = [
  { text: 'Where did I leave the keys of the cellar?', kind: 'simple' },
  { text: 'Invent a riddle about the keys of a piano', kind: 'creative' },
  { text: 'Compare the sources on the keys of old manuscripts', kind: 'research' },
] as const;

/** The real parts around the examples: simulator, slots, ledger; everything a test may change in `given`. */
async function nearest(t: TestContext, given: { maxLoadedModels?: number; withinMs?: number } = {}) {
  const simulator = await startSimulator({ speed: 0 });
  t.after(() => simulator.close());
  const { memory } = await temporaryMemory(t, { now: Date.now });
  const host = {
    name: 'local',
    slots: 1,
    vramGb: undefined,
    maxLoadedModels: given.maxLoadedModels ?? 2,
    agingBoundMs: 30_000,
  };
  const slots = createSlots({ hosts: { local: host }, maxWaitersPerHost: 8, clock: systemClock });
  const breakers = createBreakers({ clock: systemClock, saved: {}, save: () => undefined });
  let calls = 0;
  const nearestExamples = createNearestExamples({
    embedTexts: createEmbedTexts({
      ledger: memory.ledger,
      slots,
      breakers,
      clock: systemClock,
      newId: () => {
        calls += 1;
        return `embed-${calls}`;
      },
      send: createEmbed({ apiKey: () => undefined }),
    }),
    hasRoomFor: slots.hasRoomFor,
    clock: systemClock,
    signal: never,
  });
  const model = aModel('all-minilm', 'local_fast', {
    kind: 'embedding',
    endpoint: simulator.url,
    contextWindow: 512,
  });
  const config = aConfig({
    tiers: {
      local_fast: [aModel('small', 'local_fast'), model],
      local_quality: [aModel('writer', 'local_quality'), aModel('scholar', 'local_quality')],
      api_fallback: [aModel('gpt-4o', 'api_fallback')],
    },
    specialists: { simple: 'small', creative: 'writer', research: 'scholar', general: 'scholar' },
    nearestExamples: {
      model: 'all-minilm',
      examples,
      leastSimilarity: 0.3,
      withinMs: given.withinMs ?? 5_000,
    },
  });
  config.routing.policy = 'specialists';
  const classified = (text: string, overrides: Partial<Request> = {}, other: Config = config) => {
    const request = aRequest(text, { deadlineAt: Date.now() + 60_000, ...overrides });
    return withNearestExample(request, classify(request), { config: () => other, nearestExamples }, never);
  };
  /** Embeds the examples, however slow this machine is just now. */
  const warm = () =>
    classified(
      'where are my keys?',
      {},
      { ...config, nearestExamples: { ...defined(config.nearestExamples), withinMs: 30_000 } },
    );
  const said = async (...asked: Parameters<typeof classified>) =>
    (await classified(...asked)).signals.find(({ name }) => name === 'nearest-example')?.evidence;
  return { simulator, memory, slots, breakers, model, config, classified, warm, said };
}

test('the nearest examples name the kind, the kind its specialist, and signals and reason say by which example', async (t) => {
  const { config, classified } = await nearest(t);
  // By words alone this is nothing in particular.
  const text = 'A riddle about the keys of a piano, please';
  const classification = await classified(text);
  assert.equal(classification.nearestExample?.kind, 'creative');
  assert.match(
    classification.signals.at(-1)?.evidence ?? '',
    /^creative, 1 of the 3 nearest examples; nearest "Invent a riddle.*" \(creative, similarity 0\.\d\d\)$/,
  );
  const plan = planRoute(aRequest(text), classification, aContext({ config }));
  assert.equal(namesOf(plan)[0], 'writer');
  assert.match(plan.reason, /^creative query \(by its nearest examples: creative, /);
});

test('the examples are embedded once, again for another model, and a query that is known not at all', async (t) => {
  const { simulator, memory, model, config, classified } = await nearest(t);
  await classified('Where are the keys of the cellar?');
  await classified('A riddle about a piano');
  assert.deepEqual(
    simulator.received().map(({ body }) => JSON.parse(body).input.length),
    [examples.length, 1, 1],
  );
  await classified('A riddle about a piano');
  assert.equal(simulator.received().length, 3);
  const other: ModelSpec = { ...model, name: 'qwen3-embedding', modelId: 'qwen3-embedding:0.6b' };
  const { local_fast: fast, ...tiers } = config.tiers;
  const changed: Config = {
    ...config,
    tiers: { ...tiers, local_fast: [...fast, other] },
    nearestExamples: { ...defined(config.nearestExamples), model: other.name },
  };
  await classified('A riddle about a piano', {}, changed);
  assert.deepEqual(
    simulator.received().map(({ body }) => JSON.parse(body).input.length),
    [3, 1, 1, 3, 1],
  );
  assert.deepEqual(
    memory.calls.forAction('action-1').map(({ role, type, outcome }) => [role, type, outcome]),
    Array.from({ length: 3 }, () => ['embed', 'prompt', 'ok']),
    'the query’s embedding is a call of its action',
  );
  assert.equal(memory.calls.forAction('nearest-examples').length, 2);
});

test('what is far from every example is left to the rules, and said', async (t) => {
  const { classified, said } = await nearest(t);
  const classification = await classified('zzz');
  assert.equal(classification.nearestExample, undefined);
  assert.match(
    (await said('zzz')) ?? '',
    /^rules decide: (the nearest example is .*, under 0\.3|no example is near)$/,
  );
});

test('a model that fails or hangs leaves the rules to decide, within the time given', async (t) => {
  const { simulator, said } = await nearest(t, { withinMs: 100 });
  simulator.setFaults({ fault: '500', model: 'all-minilm' });
  assert.match((await said('a riddle')) ?? '', /^rules decide: .*500/);
  simulator.setFaults({ fault: 'hang_before_headers', model: 'all-minilm' });
  assert.match(
    (await said('a riddle')) ?? '',
    /^rules decide: the examples are being embedded, no answer within 100 ms/,
  );
});

test('a model too slow for the time given is not waited for again for a while, and is no failure elsewhere', async (t) => {
  const { simulator, breakers, model, warm, said } = await nearest(t, { withinMs: 100 });
  await warm();
  simulator.setFaults({ fault: 'hang_before_headers', model: 'all-minilm' });
  for (let round = 0; round < 3; round += 1)
    assert.match((await said(`riddle ${round}`)) ?? '', /^rules decide: .*within/);
  assert.equal(breakers.state(model).state, 'closed', 'entries may still be embedded');
  const asked = simulator.received().length;
  assert.match(
    (await said('riddle 4')) ?? '',
    /^rules decide: all-minilm gave no answer within 100 ms three times/,
  );
  assert.equal(simulator.received().length, asked);
});

test('a busy host and a host without room leave the rules to decide', async (t) => {
  const busy = await nearest(t, { withinMs: 50 });
  await busy.warm();
  const slot = await busy.slots.acquire(aModel('other', 'local_fast'), {
    priority: 1,
    waitMs: 0,
    signal: never,
  });
  assert.ok(slot !== undefined);
  assert.match((await busy.said('a riddle')) ?? '', /^rules decide: no slot came free on host local/);
  slot.release();
  const full = await nearest(t, { maxLoadedModels: 1 });
  (
    await full.slots.acquire(aModel('other', 'local_fast'), { priority: 1, waitMs: 0, signal: never })
  )?.release();
  assert.match(
    (await full.said('a riddle')) ?? '',
    /^rules decide: loading all-minilm would push another model out/,
  );
  assert.equal(full.simulator.received().length, 0);
});

test('nothing is asked under another policy, without the setting, or where the caller decides', async (t) => {
  const { simulator, config, said } = await nearest(t);
  const tiers: Config = { ...config, routing: { ...config.routing, policy: 'tiers' } };
  assert.equal(await said('a riddle', {}, tiers), undefined);
  const { nearestExamples: _, ...without } = config;
  assert.equal(await said('a riddle', {}, without), undefined);
  assert.equal(await said('a riddle', { tier: 'local_fast' }), undefined);
  assert.equal(await said('a riddle', { model: 'small' }), undefined);
  const tools = [{ name: 'look', description: 'looks', parameters: {} }];
  assert.equal(await said('a riddle', { tools }), undefined);
  assert.equal(simulator.received().length, 0);
});

test('a private query is named by the local model too, and goes nowhere else', async (t) => {
  const { simulator, classified } = await nearest(t);
  const text = 'A riddle about the keys of a piano for 4111 1111 1111 1111';
  const classification = await classified(text, { privacy: 'local' });
  assert.equal(classification.nearestExample?.kind, 'creative');
  assert.equal(simulator.received('openai').length + simulator.received('anthropic').length, 0);
});

test('a query longer than the model’s context is judged by its beginning and its end', async (t) => {
  const { simulator, classified } = await nearest(t);
  await classified(`A riddle about a piano. ${'长文本'.repeat(3_000)} The keys of the cellar?`);
  const sent = JSON.parse(simulator.received().at(-1)?.body ?? '{}').input[0];
  assert.ok(sent.length < 512, `${sent.length} characters`);
  assert.ok(sent.startsWith('A riddle') && sent.endsWith('cellar?'));
});

test('tools that are brought along and a long context come before the examples', () => {
  const request = aRequest('a riddle');
  const nearestExample = { kind: 'simple', evidence: 'x' } as const;
  const base = { ...classify(request), nearestExample };
  assert.equal(kindOf(request, { ...base, inputTokens: 2_000 }).kind, 'simple');
  assert.equal(kindOf(request, { ...base, inputTokens: 2_001 }).kind, 'complex');
  const research = { kind: 'research', evidence: 'x' } as const;
  assert.equal(kindOf(request, { ...base, nearestExample: research, inputTokens: 9_000 }).kind, 'research');
  const tools = [{ name: 'look', description: 'looks', parameters: {} }];
  assert.equal(kindOf({ ...request, tools }, { ...base, needsTools: true }).kind, 'tools');
});

function defined<Value>(value: Value | undefined): Value {
  assert.ok(value !== undefined);
  return value;
}
