/**
 * What is private never leaves, seen from the other side: `route()` with its real providers, ledger and cache
 * against the simulator, which keeps what its API side receives. For every fault of the local models, under
 * every policy, through fallback, escalation, critique and cache, private input leaves nothing there.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type Config,
  type ModelSpec,
  type PolicyName,
  policyNames,
  type TierName,
} from '../../config/config.ts';
import { unitPrices } from '../../config/prices.ts';
import { systemClock } from '../../daemon/clock.ts';
import { openMemory } from '../../memory/memory.ts';
import type { Memory } from '../../memory/types/memory.ts';
import { createBreakers } from '../../router/breakers.ts';
import { createProviders } from '../../router/providers/providers.ts';
import { createRouter } from '../../router/route.ts';
import { createSlots } from '../../router/slots.ts';
import type { Outcome, Request } from '../../router/types.ts';
import { type FaultName, faultNames } from '../../scripts/simulator/faults.ts';
import { type Simulator, startSimulator } from '../../scripts/simulator/simulator.ts';
import { aConfig, aModel } from './support.ts';

let simulator: Simulator;
let memory: Memory;
const directory = mkdtempSync(join(tmpdir(), 'swarmd-egress-'));
const provide = createProviders({ apiKey: () => 'simulated-key' });

/** Faults that only a timeout ends, here in a third of a second; and a 429 that asks for seconds. */
const timeouts = { connect: 2_000, firstToken: 300, idle: 300, total: 600 };
const slow: readonly string[] = ['hang_before_headers', 'hang_after_headers', 'slow_drip', '429'];

before(async () => {
  simulator = await startSimulator({
    speed: 0,
    // Local answers are never good enough: every gate asks for an escalation.
    models: [
      ...['local-fast', 'local-quality'].map((name) => ({
        name,
        servedBy: 'ollama' as const,
        sizeGb: 0,
        loadMs: 0,
        price: undefined,
        pass: { simple: 0, moderate: 0, complex: 0 },
      })),
      ...(['openai', 'anthropic'] as const).map((servedBy) => ({
        name: `${servedBy}-model`,
        servedBy,
        sizeGb: 0,
        loadMs: 0,
        pass: { simple: 1, moderate: 1, complex: 1 },
      })),
    ],
    hardware: { maxLoadedModels: 4, slots: 64 },
  });
  memory = await openMemory({
    path: join(directory, 'memory.db'),
    budget: { dailyBudget: 0, monthlyBudget: 0, dailyApiCalls: 0, timeZone: 'UTC' },
    cacheTtlMs: 3_600_000,
    usageLogPath: undefined,
    now: systemClock.now,
    onError: (error) => {
      throw error;
    },
  });
});

after(async () => {
  await memory.close();
  await simulator.close();
  rmSync(directory, { recursive: true, force: true });
});

function modelOf(name: string, tier: TierName, provider: ModelSpec['provider']): ModelSpec {
  const endpoints = { ollama: simulator.url, openai: simulator.openaiUrl, anthropic: simulator.anthropicUrl };
  return aModel(name, tier, {
    provider,
    endpoint: provider === 'openai-compatible' ? simulator.openaiUrl : endpoints[provider],
    host: 'simulator',
    timeouts,
    apiKeyEnv: undefined,
    prices: provider === 'ollama' ? undefined : unitPrices({ input: 2, output: 10 }),
  });
}

function configOf(policy: PolicyName): Config {
  const config = aConfig({
    tiers: {
      local_fast: [modelOf('local-fast', 'local_fast', 'ollama')],
      local_quality: [modelOf('local-quality', 'local_quality', 'ollama')],
      api_fallback: [
        modelOf('openai-model', 'api_fallback', 'openai'),
        modelOf('anthropic-model', 'api_fallback', 'anthropic'),
      ],
    },
    hosts: {
      simulator: { name: 'simulator', slots: 64, vramGb: undefined, maxLoadedModels: 4, agingBoundMs: 1_000 },
    },
  });
  config.routing.policy = policy;
  config.routing.maxFallbackAttempts = 5;
  config.routing.retry = { maxRetries: 1, initialMs: 1, maxMs: 2 };
  // A paid model may criticise: for private input it still may not.
  config.qualityChecks.selfCritiqueApi = true;
  return config;
}

let ids = 0;

async function ask(policy: PolicyName, request: Request): Promise<Outcome> {
  const config = configOf(policy);
  const router = createRouter({
    config: () => config,
    provider: provide,
    prices: { at: (model) => model.prices, dearest: (model) => model.prices },
    ledger: memory.ledger,
    cache: memory.cache,
    slots: createSlots({ hosts: config.hosts, maxWaitersPerHost: 100, clock: systemClock }),
    breakers: createBreakers({ clock: systemClock, saved: {}, save: () => undefined }),
    passRates: { rate: () => undefined },
    clock: systemClock,
    random: () => 0.5,
    newId: () => {
      ids += 1;
      return `egress-${ids}`;
    },
    apiAllowed: () => true,
    wouldRefuse: () => undefined,
  });
  return router.route(request, new AbortController().signal);
}

function aQuestion(mark: string, overrides: Partial<Request> = {}): Request {
  const userText =
    overrides.userText ?? `Refactor this monolith into services and prove it correct. Case ${mark}.`;
  return {
    origin: { actionId: `action-${mark}` },
    type: 'prompt',
    messages: [{ role: 'user', content: userText }],
    maxTokens: 200,
    privacy: 'any',
    qualityThreshold: 0.9,
    mustPass: false,
    critical: true,
    deadlineAt: systemClock.now() + 8_000,
    priority: 5,
    cacheable: true,
    ...overrides,
    userText,
  };
}

const card = '4111 1111 1111 1111';

const privateWays: ReadonlyArray<[string, (mark: string) => Request]> = [
  ['marked private', (mark) => aQuestion(mark, { privacy: 'local' })],
  [
    'a card in the text',
    (mark) => aQuestion(mark, { userText: `Plan the refund to ${card}, case ${mark}.` }),
  ],
  [
    'a card in what a tool returned',
    (mark) =>
      aQuestion(mark, {
        messages: [
          { role: 'user', content: `Plan the refund, case ${mark}.` },
          { role: 'assistant', content: '', toolCalls: [{ id: 't1', name: 'lookup', arguments: {} }] },
          { role: 'tool', content: `card ${card}`, toolCallId: 't1', toolName: 'lookup' },
        ],
      }),
  ],
];

function received(): number {
  return simulator.received('openai').length + simulator.received('anthropic').length;
}

function setLocalFault(fault: FaultName | undefined): void {
  simulator.clearFaults();
  if (fault === undefined) return;
  simulator.setFaults({ fault, model: 'local-fast' }, { fault, model: 'local-quality' });
}

for (const fault of [undefined, ...faultNames]) {
  test(`private input leaves nothing at an API while local models have ${fault ?? 'no fault but poor answers'}`, async () => {
    setLocalFault(fault);
    const before = received();
    const isSlow = fault !== undefined && slow.includes(fault);
    // What only a timeout ends is tried under one policy: the paths behind it are the same.
    for (const policy of isSlow ? (['tiers'] as const) : policyNames) {
      for (const [way, make] of isSlow ? privateWays.slice(0, 1) : privateWays) {
        const request = make(`${fault ?? 'none'} ${policy} ${way.length}`);
        const outcome = await ask(policy, request);
        if (outcome.kind === 'answered') assert.notEqual(outcome.tier, 'api_fallback');
        // A second time: whatever was kept must not have come from, or go to, an API either.
        if (fault === undefined) await ask(policy, request);
      }
    }
    assert.equal(received() - before, 0);
  });
}

test('with the local server down as well', async () => {
  simulator.clearFaults();
  const before = received();
  const config = aQuestion('down', { privacy: 'local' });
  await simulator.takeDown();
  const outcome = await ask('tiers', config);
  await simulator.bringUp();
  assert.equal(outcome.kind, 'failed');
  assert.equal(received() - before, 0);
});

test('a cached answer of a public request does not make a private one leave, nor the other way round', async () => {
  simulator.clearFaults();
  const before = received();
  const secret = await ask('tiers', aQuestion('cache', { privacy: 'local' }));
  assert.ok(secret.kind !== 'answered' || secret.tier !== 'api_fallback');
  assert.equal(received() - before, 0);
  const open = await ask('tiers', aQuestion('cache'));
  assert.equal(
    open.kind === 'answered' && open.cached,
    false,
    'a private answer is not given to a public request',
  );
});

test('the same questions do reach an API when they are not private, or these tests prove nothing', async () => {
  simulator.clearFaults();
  for (const policy of policyNames) {
    const before = received();
    await ask(policy, aQuestion(`public ${policy}`));
    assert.ok(received() > before, policy);
  }
});
