/**
 * Actions/s through the whole daemon (job, record, classification, plan, reservation, one model call, ledger,
 * outcome) against a bare BullMQ worker that makes the same SDK call to the same simulator, on the same private
 * Redis, in the same run. DESIGN.md 12: at least 0.6. Also: how long an API action waits behind 500 local ones.
 *
 *   node scripts/bench/queue.ts [--actions 2000] [--concurrency 50] [--rounds 3] [--json]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import { loadConfig } from '../../config/load.ts';
import { type Daemon, startDaemon } from '../../daemon/daemon.ts';
import { type PlainWorker, startPlainWorker } from './plain-worker.ts';
import { startRedisProcess } from './redis-process.ts';
import { spawnSimulator } from './simulator-process.ts';

const { values } = parseArgs({
  options: {
    actions: { type: 'string', default: '2000' },
    concurrency: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const actions = Number(values.actions);
const concurrency = Number(values.concurrency);
const model = 'claude-haiku-5-5';
const maxTokens = 512;
const promptOf = (n: number) => `What is ${n} * ${n + 7}?`;

const redis = await startRedisProcess();
const simulator = await spawnSimulator(['--speed', '0']);
const dataDir = mkdtempSync(join(tmpdir(), 'swarmd-bench-'));
try {
  const client = new Anthropic({ baseURL: simulator.anthropicUrl, apiKey: 'simulated', maxRetries: 0 });
  const bare = await startPlainWorker(redis.url, concurrency, async (n) => {
    const stream = await client.messages.create({
      model,
      max_tokens: maxTokens,
      messages: [{ role: 'user', content: promptOf(n) }],
      stream: true,
    });
    let text = '';
    for await (const event of stream) {
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') text += event.delta.text;
      if (event.type === 'message_stop') return text;
    }
    throw new Error('the stream ended without message_stop');
  });
  const daemon = await startDaemon(daemonOptions());

  await throughBare(bare, 200, 0);
  await throughDaemon(daemon, 200, 0);
  const results = [];
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    const barePerSecond = await throughBare(bare, actions, round * 100_000);
    const daemonPerSecond = await throughDaemon(daemon, actions, round * 100_000);
    results.push({ barePerSecond, daemonPerSecond, ratio: daemonPerSecond / barePerSecond });
  }
  await daemon.stop('signal');
  await bare.close();
  if (values.json) console.log(JSON.stringify(results));
  else {
    console.log(
      `baseline: bare BullMQ worker with @anthropic-ai/sdk, streaming; ${actions} actions a round at concurrency ${concurrency}; both producers in process`,
    );
    for (const [n, one] of results.entries()) {
      console.log(
        `round ${n + 1}: bare ${one.barePerSecond.toFixed(0)}/s, daemon ${one.daemonPerSecond.toFixed(0)}/s, ratio ${one.ratio.toFixed(2)}`,
      );
    }
  }
} finally {
  simulator.stop();
  redis.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

function daemonOptions() {
  const env = {
    SWARMD_HOME: dataDir,
    ANTHROPIC_BASE_URL: simulator.anthropicUrl,
    ANTHROPIC_API_KEY: 'simulated',
  };
  const { config } = loadConfig({
    cwd: dataDir,
    systemFile: '/nonexistent',
    env,
    flags: {
      'queue.url': redis.url,
      'queue.concurrency': concurrency,
      'cost_control.api': 'on',
      'cost_control.daily_budget': 1000,
      'routing.enable_caching': false,
      'hosts.anthropic.slots': concurrency,
      'tiers.api_fallback.models': [{ name: model, max_tokens: maxTokens }],
      'log.level': 'error',
    },
  });
  return { config, env, http: false };
}

/** Adds the jobs and waits for the last; jobs per second. */
async function throughBare(worker: PlainWorker, count: number, from: number): Promise<number> {
  const since = performance.now();
  await worker.run(Array.from({ length: count }, (_, n) => from + n));
  return (count * 1_000) / (performance.now() - since);
}

/** Submits the same prompts as actions and waits until the last has ended; actions per second. */
async function throughDaemon(daemon: Daemon, count: number, from: number): Promise<number> {
  const { promise: all, resolve, reject } = Promise.withResolvers<void>();
  let ended = 0;
  const end = daemon.control.subscribe((event) => {
    if (event.kind !== 'finished') return;
    if (event.status !== 'completed') reject(new Error(event.line));
    ended += 1;
    if (ended === count) resolve();
  });
  const since = performance.now();
  const inputs = Array.from({ length: count }, (_, n) => ({
    prompt: promptOf(from + n),
    tier: 'api_fallback',
    max_tokens: maxTokens,
    quality_threshold: 0,
  }));
  const submitted = await daemon.control.submit(inputs);
  if (!submitted.ok) throw new Error(submitted.errors.map((error) => error.message).join('; '));
  await all;
  end();
  return (count * 1_000) / (performance.now() - since);
}
