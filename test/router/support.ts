/** Values that the router's tests start from: requests, models, and a context in which everything is allowed. */
import type { ActionTypeSpec, Config, ModelSpec, TierName } from '../../config/config.ts';
import { fromUsd } from '../../config/money.ts';
import type { PlanContext, Request } from '../../router/types.ts';

export const noon = Date.UTC(2026, 10, 21, 12);

export function aRequest(userText: string, overrides: Partial<Request> = {}): Request {
  return {
    origin: { actionId: 'action-1' },
    type: 'prompt',
    messages: [{ role: 'user', content: userText }],
    userText,
    privacy: 'any',
    qualityThreshold: 0.7,
    mustPass: false,
    critical: false,
    deadlineAt: noon + 60_000,
    priority: 5,
    cacheable: true,
    ...overrides,
  };
}

export function aModel(name: string, tier: TierName, overrides: Partial<ModelSpec> = {}): ModelSpec {
  const selfHosted = tier !== 'api_fallback';
  return {
    name,
    tier,
    provider: selfHosted ? 'ollama' : 'openai',
    modelId: name,
    endpoint: selfHosted ? 'http://127.0.0.1:11434' : 'https://api.openai.com/v1',
    host: selfHosted ? 'local' : 'openai',
    selfHosted,
    kind: 'instruct',
    contextWindow: 32_768,
    maxTokens: 4_096,
    temperature: undefined,
    timeouts: { connect: 2_000, firstToken: 30_000, idle: 30_000, total: 120_000 },
    sizeGb: undefined,
    apiKeyEnv: selfHosted ? undefined : 'OPENAI_API_KEY',
    supports: { tools: true, structuredOutput: true },
    prices: undefined,
    ...overrides,
  };
}

export function aType(name: string, overrides: Partial<ActionTypeSpec> = {}): ActionTypeSpec {
  return {
    name,
    complexity: undefined,
    template: undefined,
    system: undefined,
    schema: undefined,
    qualityThreshold: undefined,
    privacy: undefined,
    critical: false,
    checks: [],
    origin: 'test',
    ...overrides,
  };
}

export function aConfig(overrides: Partial<Config> = {}): Config {
  return {
    tiers: {
      local_fast: [aModel('phi3-mini', 'local_fast', { contextWindow: 4_096, maxTokens: 2_048 })],
      local_quality: [
        aModel('mixtral-8x7b', 'local_quality'),
        aModel('codestral-22b', 'local_quality', { host: 'local' }),
      ],
      api_fallback: [
        aModel('claude-sonnet', 'api_fallback', {
          provider: 'anthropic',
          modelId: 'claude-sonnet-5-5',
          host: 'anthropic',
          contextWindow: 200_000,
        }),
        aModel('gpt-4o', 'api_fallback', { contextWindow: 128_000 }),
      ],
    },
    hosts: { local: { name: 'local', slots: 1, vramGb: 16, maxLoadedModels: 1, agingBoundMs: 30_000 } },
    actionTypes: {},
    queue: {
      url: 'embedded',
      prefix: 'swarmd',
      concurrency: 4,
      attempts: 3,
      backoff: { initialMs: 1_000, maxMs: 10_000 },
      lockMs: 30_000,
      reconcileEveryMs: 60_000,
      slotWaitMs: 3_000,
      maxWaitersPerHost: 20,
    },
    routing: {
      policy: 'tiers',
      preferLocal: true,
      qualityThreshold: 0.7,
      maxFallbackAttempts: 2,
      enableCaching: true,
      cacheTtlMs: 3_600_000,
      enableSelfCritique: true,
      actionTierOverrides: {},
      deadlineMs: 120_000,
      explorationShare: 0.05,
      retry: { maxRetries: 3, initialMs: 1_000, maxMs: 10_000 },
    },
    hybrid: { thresholdTokens: 8_000 },
    qualityChecks: {
      minResponseLength: 20,
      checkHallucinations: true,
      validateJson: true,
      checkRefusals: true,
      selfCritiqueThreshold: 0.7,
      selfCritiqueApi: true,
      selfCritiqueSamples: 1,
      audit: { share: 0, dailyBudget: 0 },
    },
    costControl: {
      dailyBudget: fromUsd(10),
      monthlyBudget: 0,
      dailyApiCalls: 0,
      alertThreshold: 80,
      usageLogPath: undefined,
      timeZone: 'UTC',
      api: 'on',
    },
    privacy: { secret: 'block', identity: 'local', contact: 'warn' },
    agents: { libraryDir: undefined, maxChildren: 8, maxDepth: 3, maxDescendants: 50 },
    http: { host: '127.0.0.1', port: 0 },
    notifications: {
      webhook: { url: undefined, events: [] },
      ntfy: { url: undefined, events: [] },
      email: {
        host: undefined,
        port: 587,
        security: 'starttls',
        user: undefined,
        from: undefined,
        to: [],
        events: [],
      },
      includeAnswer: false,
      callbackHosts: [],
      callbackPrivateAddresses: false,
    },
    memory: {
      housekeeping: 'off',
      keepBackups: 7,
      pruneDays: 30,
      typeDays: {},
      topicDays: {},
      maxEntries: 0,
      ledgerDays: 0,
      path: ':memory:',
      backupDir: '/tmp',
    },
    dataDir: '/tmp',
    drainMs: 1_000,
    log: { level: 'silent' },
    roles: ['worker', 'memory', 'api', 'scheduler'],
    ...overrides,
  };
}

/** Everything is up, allowed and paid for. */
export function aContext(overrides: Partial<PlanContext> = {}): PlanContext {
  return {
    config: aConfig(),
    breakers: {
      state: () => ({ state: 'closed' }),
      succeeded: () => undefined,
      failed: () => undefined,
      probe: () => undefined,
    },
    passRates: { rate: () => undefined },
    apiAllowed: true,
    wouldRefuse: () => undefined,
    upperBound: (model) => (model.selfHosted ? 0 : fromUsd(0.02)),
    resident: () => undefined,
    now: noon,
    ...overrides,
  };
}

export const namesOf = (plan: { candidates: readonly { model: ModelSpec }[] }): string[] =>
  plan.candidates.map((candidate) => candidate.model.name);
