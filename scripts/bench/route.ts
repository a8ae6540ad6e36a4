/**
 * route() in process (classification, plan, reservation, one model call, settlement, assessment) against the
 * official SDK making the same call to the same simulator, in the same run. DESIGN.md 12: at least 0.7 of the
 * SDK's calls/s at concurrency 50; added p50 under 1 ms and p99 under 4 ms at concurrency 1.
 *
 *   node scripts/bench/route.ts [--calls 3000] [--rounds 3] [--json]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import { ulid } from 'ulid';
import { loadConfig } from '../../config/load.ts';
import { dearestModelPrice, modelPrice } from '../../config/prices.ts';
import { systemClock } from '../../daemon/clock.ts';
import { openMemory } from '../../memory/memory.ts';
import { createBreakers } from '../../router/breakers.ts';
import { createProviders } from '../../router/providers/providers.ts';
import { createRouter } from '../../router/route.ts';
import { createSlots } from '../../router/slots.ts';
import type { Request } from '../../router/types.ts';
import { percentile, runCalls } from './measure.ts';
import { spawnSimulator } from './simulator-process.ts';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const calls = Number(values.calls);
const rounds = Number(values.rounds);
const model = 'claude-haiku-5-5';
const maxTokens = 512;
const promptOf = (n: number) => `What is ${n} * ${n + 7}?`;

const simulator = await spawnSimulator(['--speed', '0']);
const dataDir = mkdtempSync(join(tmpdir(), 'swarmd-bench-'));
try {
  const { config } = loadConfig({
    cwd: dataDir,
    systemFile: '/nonexistent',
    env: { SWARMD_HOME: dataDir, ANTHROPIC_BASE_URL: simulator.anthropicUrl, ANTHROPIC_API_KEY: 'simulated' },
    flags: {
      'cost_control.api': 'on',
      'cost_control.daily_budget': 1000,
      'routing.enable_caching': false,
      'hosts.anthropic.slots': 100,
      'tiers.api_fallback.models': [{ name: model }],
    },
  });
  const memory = await openMemory({
    path: config.memory.path,
    budget: config.costControl,
    cacheTtlMs: config.routing.cacheTtlMs,
    usageLogPath: undefined,
    now: Date.now,
    onError: (error) => console.error(error),
  });
  const router = createRouter({
    config: () => config,
    provider: createProviders({ apiKey: () => 'simulated' }),
    prices: { at: modelPrice, dearest: dearestModelPrice },
    ledger: memory.ledger,
    cache: memory.cache,
    slots: createSlots({ hosts: config.hosts, maxWaitersPerHost: 1000, clock: systemClock }),
    breakers: createBreakers({ clock: systemClock, saved: {}, save: () => {} }),
    passRates: memory.passRates,
    clock: systemClock,
    random: Math.random,
    newId: () => ulid(),
    apiAllowed: () => true,
    wouldRefuse: (reserve, origin) => memory.budget.wouldRefuse(reserve, origin),
  });
  const never = new AbortController().signal;
  const routed = async (n: number) => {
    const outcome = await router.route(requestFor(n), never);
    if (outcome.kind !== 'answered')
      throw new Error(`route() ended with ${JSON.stringify(outcome).slice(0, 300)}`);
  };
  const client = new Anthropic({ baseURL: simulator.anthropicUrl, apiKey: 'simulated', maxRetries: 0 });
  const alone = async (n: number) => {
    const stream = await client.messages.create({
      model,
      max_tokens: maxTokens,
      messages: [{ role: 'user', content: promptOf(n) }],
      stream: true,
    });
    for await (const event of stream) if (event.type === 'message_stop') return;
    throw new Error('the stream ended without message_stop');
  };

  const results = [];
  await runCalls(routed, 300, 50);
  await runCalls(alone, 300, 50);
  for (let round = 0; round < rounds; round += 1) {
    const sdk50 = await runCalls(alone, calls, 50);
    const route50 = await runCalls(routed, calls, 50);
    const sdk1 = await runCalls(alone, Math.ceil(calls / 3), 1);
    const route1 = await runCalls(routed, Math.ceil(calls / 3), 1);
    results.push({
      sdkPerSecond: sdk50.perSecond,
      routePerSecond: route50.perSecond,
      ratio: route50.perSecond / sdk50.perSecond,
      addedP50: percentile(route1.latencies, 0.5) - percentile(sdk1.latencies, 0.5),
      addedP99: percentile(route1.latencies, 0.99) - percentile(sdk1.latencies, 0.99),
    });
  }
  await memory.close();
  if (values.json) console.log(JSON.stringify(results));
  else {
    console.log(
      `baseline: @anthropic-ai/sdk alone, streaming, same simulator, same process; ${calls} calls a round`,
    );
    for (const [n, one] of results.entries()) {
      console.log(
        `round ${n + 1}: concurrency 50: SDK ${one.sdkPerSecond.toFixed(0)}/s, route() ${one.routePerSecond.toFixed(0)}/s, ratio ${one.ratio.toFixed(2)}` +
          `; concurrency 1: added p50 ${one.addedP50.toFixed(2)} ms, p99 ${one.addedP99.toFixed(2)} ms`,
      );
    }
  }
} finally {
  simulator.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

function requestFor(n: number): Request {
  const text = promptOf(n);
  return {
    origin: { actionId: `bench-${n}` },
    type: 'prompt',
    messages: [{ role: 'user', content: text }],
    userText: text,
    maxTokens,
    privacy: 'any',
    tier: 'api_fallback',
    qualityThreshold: 0,
    mustPass: false,
    critical: false,
    deadlineAt: Date.now() + 60_000,
    priority: 5,
    cacheable: false,
  };
}
