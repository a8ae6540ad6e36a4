/**
 * Two models that do not fit together (10 s to load, 1 s to answer), 200 requests mixed at random, one slot:
 * swarmd's order against first come, first served, which is what the server does when the same requests are
 * sent straight to it. DESIGN.md 12: at least 5 times. Also: the same through the whole daemon, queue included;
 * and requests that arrive one by one, for the longest wait against the aging bound.
 *
 *   node scripts/bench/residency.ts [--scale 0.06] [--requests 200] [--seed 1] [--json]
 *
 * All times are simulated and multiplied by the scale: at 0.06 a load takes 600 ms and the whole run about 80 s,
 * the baseline beside the others, each on a simulator of its own. What is printed is divided by the scale again,
 * so that our own time counts for 17 times as much as it would.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { HostSpec, ModelSpec } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import { systemClock } from '../../daemon/clock.ts';
import { startDaemon } from '../../daemon/daemon.ts';
import { collect } from '../../router/collect.ts';
import { createProviders } from '../../router/providers/providers.ts';
import { createResidency } from '../../router/providers/residency.ts';
import { createSlots } from '../../router/slots.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { startRedisProcess } from './redis-process.ts';

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '0.06' },
    requests: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const scale = Number(values.scale);
const count = Number(values.requests);
const loadMs = 10_000;
const serviceMs = 1_000;
/** A burst is all there at once: the last of it waits for as long as the work takes, so the bound is above that. */
const burstBoundMs = 1.5 * count * serviceMs;
const arrivalBoundMs = 30_000;
const arrivalsPerSecond = 0.5;

interface Arrival {
  atMs: number;
  model: string;
}

interface Run {
  name: string;
  /** Milliseconds of simulated time, until the last answer. */
  makespanMs: number;
  longestWaitMs: number;
  meanWaitMs: number;
  loads: number;
}

const provider = createProviders({ apiKey: () => undefined });
const random = randomFrom(Number(values.seed));
const names = Array.from({ length: count }, () => (random() < 0.5 ? 'bench-a' : 'bench-b'));
const burst: Arrival[] = names.map((model) => ({ atMs: 0, model }));
let at = 0;
const arriving: Arrival[] = names.map((model) => {
  at += (-Math.log(1 - random()) / arrivalsPerSecond) * 1_000;
  return { atMs: at, model };
});

// First, so that it is up when the daemon's turn comes.
const redis = await startRedisProcess();
const baseline = measured('first come, first served: all sent to the server at once', burst, straight);
const runs = {
  inProcess: await measured('swarmd, in process', burst, bySlots(burstBoundMs)),
  daemon: await measuredDaemon('swarmd, the whole daemon with its queue'),
  arriving: await measured('swarmd, in process, arriving', arriving, bySlots(arrivalBoundMs)),
  baseline: await baseline,
};
redis.stop();
report();

/** Sends every request at its time through what `prepare` returns, and measures from then on. */
async function measured(
  name: string,
  arrivals: readonly Arrival[],
  call: (model: ModelSpec) => Promise<void>,
): Promise<Run> {
  const simulator = await oneGpu();
  const since = performance.now();
  const waits = await Promise.all(
    arrivals.map(async ({ atMs, model }) => {
      await wait(atMs * scale);
      const sentAt = performance.now();
      await call(modelAt(simulator.url, model));
      return performance.now() - sentAt - serviceMs * scale;
    }),
  );
  const run = await result(name, simulator, performance.now() - since, waits);
  await simulator.close();
  return run;
}

async function straight(model: ModelSpec): Promise<void> {
  await collect(provider(model), requestFor(model), new AbortController().signal, systemClock);
}

function bySlots(boundMs: number): (model: ModelSpec) => Promise<void> {
  const host: HostSpec = {
    name: 'gpu',
    slots: 1,
    vramGb: 24,
    maxLoadedModels: 1,
    agingBoundMs: boundMs * scale,
  };
  const { swap } = createResidency({ apiKey: () => undefined, signal: new AbortController().signal });
  const slots = createSlots({ hosts: { gpu: host }, maxWaitersPerHost: 10_000, clock: systemClock, swap });
  return async (model) => {
    const slot = await slots.acquire(model, {
      priority: 5,
      waitMs: 2 ** 31 - 1,
      signal: new AbortController().signal,
      contextTokens: 4_096,
    });
    if (slot === undefined) throw new Error('no slot');
    await straight(model).finally(slot.release);
  };
}

/** Every request an action, submitted together; the wait is until the action's end, less the service. */
async function measuredDaemon(name: string): Promise<Run> {
  const simulator = await oneGpu();
  const dataDir = mkdtempSync(join(tmpdir(), 'swarmd-bench-'));
  const model = { provider: 'ollama', context_window: 4_096, max_tokens: 256, timeout: 600 };
  const { config } = loadConfig({
    cwd: dataDir,
    systemFile: '/nonexistent',
    env: { SWARMD_HOME: dataDir, OLLAMA_HOST: simulator.url },
    flags: {
      preset: 'local-only',
      'queue.url': redis.url,
      'log.level': 'silent',
      'routing.enable_caching': false,
      'routing.enable_self_critique': false,
      'routing.quality_threshold': 0,
      'hosts.ollama.slots': 1,
      'hosts.ollama.vram_gb': 24,
      'hosts.ollama.max_loaded_models': 1,
      'hosts.ollama.aging_bound_ms': Math.round(burstBoundMs * scale),
      'tiers.local_fast.models': [{ name: 'bench-a', ...model }],
      'tiers.local_quality.models': [{ name: 'bench-b', ...model }],
    },
  });
  const daemon = await startDaemon({ config, env: { SWARMD_HOME: dataDir }, http: false });
  try {
    const started = new Map<string, number>();
    let ended = 0;
    const { promise: all, resolve } = Promise.withResolvers<void>();
    daemon.control.subscribe((event) => {
      if (event.kind === 'call') started.set(event.actionId, performance.now());
      if (event.kind === 'finished' && ++ended === count) resolve();
    });
    const since = performance.now();
    const inputs = names.map((one, n) => ({ prompt: `What is ${n} + ${n + 1}?`, model: one, attempts: 1 }));
    const submitted = await daemon.control.submit(inputs);
    if (!submitted.ok) throw new Error(submitted.errors.map((error) => error.message).join('; '));
    await all;
    const failed = daemon.memory.actions.counts().failed;
    if (failed > 0) throw new Error(`${failed} actions failed`);
    const waits = [...started.values()].map((startedAt) => startedAt - since);
    return await result(name, simulator, performance.now() - since, waits);
  } finally {
    await daemon.stop('signal');
    await simulator.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function result(
  name: string,
  simulator: Simulator,
  tookMs: number,
  waits: readonly number[],
): Promise<Run> {
  const host = (await (await fetch(`${simulator.url}/__sim/host`)).json()) as { loads: number };
  return {
    name,
    makespanMs: tookMs / scale,
    longestWaitMs: Math.max(...waits) / scale,
    meanWaitMs: waits.reduce((sum, one) => sum + one, 0) / waits.length / scale,
    loads: host.loads,
  };
}

/** One GPU that holds one of the two. An answer takes its second before the first token, whatever its length. */
function oneGpu(): Promise<Simulator> {
  const profile = { sizeGb: 20, loadMs, firstTokenMs: serviceMs, tokensPerSecond: 1_000_000 };
  return startSimulator({
    speed: scale,
    seed: 1,
    hardware: { vramGb: 24, maxLoadedModels: 1, slots: 1 },
    models: ['bench-a', 'bench-b'].map((name) => ({
      name,
      ...profile,
      pass: { simple: 1, moderate: 1, complex: 1 },
    })),
  });
}

function modelAt(endpoint: string, name: string): ModelSpec {
  return {
    name,
    tier: 'local_fast',
    provider: 'ollama',
    modelId: name,
    endpoint,
    host: 'gpu',
    selfHosted: true,
    kind: 'instruct',
    contextWindow: 4_096,
    maxTokens: 256,
    temperature: undefined,
    timeouts: { connect: 30_000, firstToken: 3_600_000, idle: 3_600_000, total: 3_600_000 },
    sizeGb: 20,
    apiKeyEnv: undefined,
    supports: { tools: false, structuredOutput: true },
    prices: undefined,
  };
}

function requestFor(model: ModelSpec) {
  return {
    model,
    messages: [{ role: 'user' as const, content: 'What is 17 + 25?' }],
    maxTokens: 256,
    contextTokens: 4_096,
    timeouts: model.timeouts,
  };
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function report(): void {
  const ratio = (run: Run) => runs.baseline.makespanMs / run.makespanMs;
  if (values.json) {
    const ratios = { in_process: ratio(runs.inProcess), daemon: ratio(runs.daemon) };
    console.log(JSON.stringify({ scale, requests: count, runs, ratios }));
    return;
  }
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(0)} s`;
  console.log(
    `${count} requests, two models, load ${seconds(loadMs)}, service ${seconds(serviceMs)}, one slot; times simulated at scale ${scale}`,
  );
  for (const run of Object.values(runs)) {
    console.log(
      `${run.name}: ${seconds(run.makespanMs)}, ${run.loads} loads, wait mean ${seconds(run.meanWaitMs)}, longest ${seconds(run.longestWaitMs)}`,
    );
  }
  console.log(
    `ratio to first come, first served: in process ${ratio(runs.inProcess).toFixed(2)}, through the daemon ${ratio(runs.daemon).toFixed(2)}`,
  );
  console.log(
    `longest wait against bound + one swap + one service: burst ${seconds(runs.inProcess.longestWaitMs)} of ${seconds(burstBoundMs + loadMs + serviceMs)}, ` +
      `daemon ${seconds(runs.daemon.longestWaitMs)} of ${seconds(burstBoundMs + loadMs + serviceMs)}, ` +
      `arriving at ${arrivalsPerSecond}/s ${seconds(runs.arriving.longestWaitMs)} of ${seconds(arrivalBoundMs + loadMs + serviceMs)}`,
  );
}
