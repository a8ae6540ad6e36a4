/**
 * The failure matrix: every fault of the simulator x three adapters x streaming or not, through the adapter
 * alone and through `route()` with its real ledger. `docs/failures.md` keeps what it prints.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Config, ModelSpec, ProviderName } from '../../config/config.ts';
import { type UnitPrices, unitPrices } from '../../config/prices.ts';
import { systemClock } from '../../daemon/clock.ts';
import { openMemory } from '../../memory/memory.ts';
import type { Memory } from '../../memory/types/memory.ts';
import { createBreakers } from '../../router/breakers.ts';
import { CallError } from '../../router/call-error.ts';
import { collect } from '../../router/collect.ts';
import { createProviders } from '../../router/providers/providers.ts';
import { createRouter, type Router } from '../../router/route.ts';
import { createSlots } from '../../router/slots.ts';
import { faultNames } from '../../scripts/simulator/faults.ts';
import { type FaultName, type Simulator, startSimulator } from '../../scripts/simulator/simulator.ts';
import { testConfig } from '../support/config.ts';

export const providers = ['ollama', 'openai', 'anthropic'] as const satisfies readonly ProviderName[];
type MatrixProvider = (typeof providers)[number];
export const matrixFaults: readonly ('none' | FaultName)[] = ['none', ...faultNames];

export interface MatrixRow {
  fault: 'none' | FaultName;
  provider: MatrixProvider;
  streaming: boolean;
  /** What a caller of the adapter gets. */
  outcome: string;
  errorClass: string;
  /** What is known of the money. */
  settlement: string;
  /** What ended it, against its deadline. */
  time: string;
  /** Milliseconds it took; printed, not kept: it differs from run to run. */
  ms: number;
}

export interface RouteRow {
  fault: 'none' | FaultName;
  provider: MatrixProvider;
  outcome: string;
  /** Requests the server received. */
  calls: number;
  /** Rows in the ledger, with how each ended. */
  ledger: string;
  /** What became of the money set aside. */
  reservation: string;
  withinDeadline: boolean;
  ms: number;
}

/**
 * Milliseconds. Short only for the faults that need them to end, and then far apart, so that a busy machine does
 * not take one for another.
 */
export const shortTimeouts = { connect: 5_000, firstToken: 1_800, idle: 900, total: 2_400 };
const longTimeouts = { connect: 30_000, firstToken: 30_000, idle: 30_000, total: 30_000 };
/** The faults that only a timeout ends. */
export const slowFaults: readonly string[] = ['hang_before_headers', 'hang_after_headers', 'slow_drip'];
const dripMs = 300;
/** What `route()` has for one request: time for one call that runs into its longest timeout, and to spare. */
export const deadlineMs = 10_000;

function timeoutsOf(fault: string): typeof shortTimeouts {
  return slowFaults.includes(fault) ? shortTimeouts : longTimeouts;
}

export interface Matrix {
  adapter(fault: 'none' | FaultName, provider: MatrixProvider, streaming: boolean): Promise<MatrixRow>;
  route(fault: 'none' | FaultName, provider: MatrixProvider): Promise<RouteRow>;
  /** Nano-dollars still reserved; nothing may be when nothing is under way. */
  reserved(): number;
  close(): Promise<void>;
}

export async function openMatrix(directory: string): Promise<Matrix> {
  const names = matrixFaults.flatMap((fault) => providers.map((provider) => [fault, provider] as const));
  const simulator = await startSimulator({
    speed: 0,
    models: names.map(([fault, provider]) => ({
      name: modelId(fault, provider),
      servedBy: provider,
      sizeGb: 0,
      loadMs: 0,
      price: provider === 'ollama' ? undefined : simulatorPrice,
      pass: { simple: 1, moderate: 1, complex: 1 },
    })),
    hardware: { maxLoadedModels: names.length, slots: 64 },
  });
  simulator.setFaults(
    ...names.flatMap(([fault, provider]) =>
      fault === 'none'
        ? []
        : [
            {
              fault,
              model: modelId(fault, provider),
              ...(fault === 'slow_drip' ? { delay_ms: dripMs } : {}),
            },
          ],
    ),
  );
  const models = names.map(([fault, provider]) => modelOf(simulator, fault, provider));
  const memory = await openMemory({
    path: join(directory, 'memory.db'),
    budget: { dailyBudget: 0, monthlyBudget: 0, dailyApiCalls: 0, timeZone: 'UTC' },
    cacheTtlMs: 0,
    usageLogPath: undefined,
    now: systemClock.now,
    onError: (error) => console.error(error),
  });
  const provide = createProviders({ apiKey: () => 'simulated-key' });
  // Importing an SDK on a busy machine takes as long as these short timeouts allow for a first token.
  await Promise.all(
    providers.map((provider) => {
      const model = modelOf(simulator, 'none', provider);
      return provide(model).probe(model, new AbortController().signal);
    }),
  );
  const router = routerOf(configOf(directory, simulator, models), memory, provide);
  return {
    adapter: (fault, provider, streaming) => throughAdapter(simulator, provide, fault, provider, streaming),
    route: (fault, provider) => throughRoute(simulator, router, memory, fault, provider),
    reserved: () => memory.budget.status().reserved,
    close: async () => {
      await memory.close();
      await simulator.close();
    },
  };
}

async function throughAdapter(
  simulator: Simulator,
  provide: ReturnType<typeof createProviders>,
  fault: 'none' | FaultName,
  provider: MatrixProvider,
  streaming: boolean,
): Promise<MatrixRow> {
  const model = modelOf(simulator, fault, provider);
  // Its own account for each row: a 429 of one must not pace the next.
  const request = {
    model,
    messages: [{ role: 'user' as const, content: prompt(fault, provider, `adapter ${streaming}`) }],
    maxTokens: 400,
    contextTokens: 4_096,
    timeouts: model.timeouts,
  };
  let pieces = 0;
  const countPiece = (): void => {
    pieces += 1;
  };
  const onDelta = streaming ? countPiece : undefined;
  const never = new AbortController().signal;
  const startedAt = performance.now();
  const row = { fault, provider, streaming };
  try {
    const generation = await collect(provide(model), request, never, systemClock, onDelta);
    const seen = streaming ? `, ${pieces > 0 ? 'in pieces' : 'no piece seen'}` : '';
    return {
      ...row,
      outcome: `answer, finish "${generation.finishReason}"${seen}`,
      errorClass: '',
      settlement: generation.usage.reported ? 'usage reported' : 'usage not reported',
      time: 'at once',
      ms: performance.now() - startedAt,
    };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    const seen = (error.partial?.text ?? '') === '' ? 'nothing seen' : 'part of the answer seen';
    return {
      ...row,
      outcome: `error, ${streaming && pieces > 0 ? 'pieces seen' : seen}`,
      errorClass: error.class,
      settlement: error.settlement,
      time: endedBy(error),
      ms: performance.now() - startedAt,
    };
  }
}

function endedBy(error: CallError): string {
  if (/no first token/.test(error.message)) return 'first-token timeout';
  if (/silent for/.test(error.message)) return 'idle timeout';
  if (/no complete answer/.test(error.message)) return 'total timeout';
  return 'at once';
}

async function throughRoute(
  simulator: Simulator,
  router: Router,
  memory: Memory,
  fault: 'none' | FaultName,
  provider: MatrixProvider,
): Promise<RouteRow> {
  const name = modelId(fault, provider);
  const userText = prompt(fault, provider, 'route');
  const actionId = `matrix-${name}`;
  const startedAt = performance.now();
  const outcome = await router.route(
    {
      origin: { actionId },
      type: 'prompt',
      messages: [{ role: 'user', content: userText }],
      userText,
      maxTokens: 400,
      privacy: 'any',
      model: name,
      qualityThreshold: 0.5,
      mustPass: true,
      critical: false,
      deadlineAt: systemClock.now() + deadlineMs,
      priority: 5,
      cacheable: false,
    },
    new AbortController().signal,
  );
  const ms = performance.now() - startedAt;
  const calls = memory.calls.forAction(actionId);
  return {
    fault,
    provider,
    outcome: outcome.kind === 'failed' ? `failed: ${outcome.error.code}` : outcome.kind,
    calls: simulator.received(provider).filter(({ body }) => JSON.stringify(body).includes(userText)).length,
    ledger: counted(
      calls.map(({ outcome: ended, errorClass }) => (errorClass === null ? ended : `${ended} ${errorClass}`)),
    ),
    reservation: counted(
      calls.map(({ settlement, cost, reserved }) => {
        if (reserved === 0) return 'none';
        return `${settlement}${cost === 0 ? ', nothing charged' : cost === reserved ? ', charged in full' : ''}`;
      }),
    ),
    withinDeadline: ms <= deadlineMs + 500,
    ms,
  };
}

function counted(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => `${count} x ${value}`).join('; ') || 'none';
}

function modelId(fault: 'none' | FaultName, provider: MatrixProvider): string {
  return `${provider}-${fault}`;
}

/** Told apart from every other row's, so that the server's requests can be counted by it. */
function prompt(fault: string, provider: string, how: string): string {
  const mark = createHash('sha256').update(`${fault} ${provider} ${how}`).digest('hex').slice(0, 12);
  return `Explain in three sentences why the sky is blue. Reference ${mark}.`;
}

const price = { input: 2, output: 10 };
const prices: UnitPrices = unitPrices(price);
const simulatorPrice = {
  input: 2_000,
  cached: 2_000,
  cacheWrite: 2_000,
  cacheWrite1h: 2_000,
  output: 10_000,
};

function modelOf(simulator: Simulator, fault: 'none' | FaultName, provider: MatrixProvider): ModelSpec {
  const endpoints = { ollama: simulator.url, openai: simulator.openaiUrl, anthropic: simulator.anthropicUrl };
  const local = provider === 'ollama';
  return {
    name: modelId(fault, provider),
    tier: local ? 'local_quality' : 'api_fallback',
    provider,
    modelId: modelId(fault, provider),
    endpoint: endpoints[provider],
    host: 'simulator',
    selfHosted: local,
    kind: 'instruct',
    contextWindow: 8_192,
    maxTokens: 1_000,
    temperature: undefined,
    timeouts: timeoutsOf(fault),
    sizeGb: undefined,
    apiKeyEnv: undefined,
    supports: { tools: true, structuredOutput: true },
    prices: local ? undefined : prices,
  };
}

function configOf(directory: string, simulator: Simulator, models: readonly ModelSpec[]): Config {
  const { config } = testConfig({ dataDir: directory, ollamaUrl: simulator.url });
  return {
    ...config,
    tiers: {
      local_fast: [],
      local_quality: models.filter(({ tier }) => tier === 'local_quality'),
      api_fallback: models.filter(({ tier }) => tier === 'api_fallback'),
    },
    hosts: {
      simulator: {
        name: 'simulator',
        slots: 200,
        vramGb: undefined,
        maxLoadedModels: models.length,
        agingBoundMs: 1_000,
      },
    },
    routing: {
      ...config.routing,
      enableSelfCritique: false,
      retry: { maxRetries: 2, initialMs: 1, maxMs: 5 },
    },
  };
}

function routerOf(config: Config, memory: Memory, provide: ReturnType<typeof createProviders>): Router {
  let id = 0;
  return createRouter({
    config: () => config,
    provider: provide,
    prices: { at: (model) => model.prices, dearest: (model) => model.prices },
    ledger: memory.ledger,
    cache: memory.cache,
    slots: createSlots({ hosts: config.hosts, maxWaitersPerHost: 500, clock: systemClock }),
    breakers: createBreakers({ clock: systemClock, saved: {}, save: () => undefined }),
    passRates: memory.passRates,
    clock: systemClock,
    random: () => 0.5,
    newId: () => `call-${++id}`,
    apiAllowed: () => true,
    wouldRefuse: (reserve, origin) => memory.budget.wouldRefuse(reserve, origin),
  });
}
