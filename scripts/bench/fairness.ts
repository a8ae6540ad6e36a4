/**
 * How long an action for an API waits until its call begins, when 500 actions for one busy local model were
 * queued just before it, against the same daemon with an empty queue, in the same run. DESIGN.md 4.7: the 500
 * must not delay it by a second. Also: how long a child of a running tree waits for the same local model, against
 * an ordinary action that comes at the same moment.
 *
 *   node scripts/bench/fairness.ts [--actions 500] [--rounds 3] [--json]
 *
 * A private Redis; the models are the simulator's at full delays: one slot, two seconds an answer.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load.ts';
import { type Daemon, startDaemon } from '../../daemon/daemon.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { startRedisProcess } from './redis-process.ts';

const { values } = parseArgs({
  options: {
    actions: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
const count = Number(values.actions);

const simulator = await startSimulator({
  seed: 1,
  hardware: { slots: 1 },
  models: [{ name: 'phi3:mini', firstTokenMs: 2_000, tokensPerSecond: 1_000_000 }],
});
const redis = await startRedisProcess();
const rounds = [];
try {
  for (let round = 1; round <= Number(values.rounds); round += 1) rounds.push(await oneRound(round));
} finally {
  redis.stop();
  await simulator.close();
}
if (values.json) console.log(JSON.stringify({ actions: count, rounds }));
else
  for (const [n, one] of rounds.entries())
    console.log(
      `round ${n + 1}: API call begins after ${one.emptyMs.toFixed(0)} ms with an empty queue, ${one.behindMs.toFixed(0)} ms behind ${count} local actions (delay ${(one.behindMs - one.emptyMs).toFixed(0)} ms, goal below 1000); ` +
        `while they wait, the local call of a child begins after ${(one.childMs / 1_000).toFixed(1)} s, that of an ordinary action ${one.ordinaryMs === undefined ? 'not within 20 s' : `after ${(one.ordinaryMs / 1_000).toFixed(1)} s`}`,
    );

async function oneRound(round: number) {
  const dataDir = mkdtempSync(join(tmpdir(), 'swarmd-bench-'));
  const env = {
    SWARMD_HOME: dataDir,
    OLLAMA_HOST: simulator.url,
    ANTHROPIC_BASE_URL: simulator.anthropicUrl,
    ANTHROPIC_API_KEY: 'simulated',
  };
  const { config } = loadConfig({
    cwd: dataDir,
    systemFile: '/nonexistent',
    env,
    flags: {
      'queue.url': redis.url,
      'queue.prefix': `fair${round}`,
      'cost_control.api': 'on',
      'routing.enable_caching': false,
      'routing.enable_self_critique': false,
      'tiers.local_fast.models': ['phi3-mini'],
      'tiers.local_quality.models': [],
      'tiers.api_fallback.models': ['claude-haiku-5-5'],
      'log.level': 'silent',
      drain_ms: 0,
    },
  });
  const daemon = await startDaemon({ config, env, http: false });
  try {
    await callBegins(daemon, { prompt: 'What is 1 + 1?', tier: 'api_fallback' });
    const emptyMs = await callBegins(daemon, { prompt: 'What is 2 + 2?', tier: 'api_fallback' });
    const parent = await submit(daemon, { prompt: 'What is 4 + 4?', tier: 'local_fast' });
    await daemon.control.submit(
      Array.from({ length: count }, (_, n) => ({ prompt: `What is ${n} + ${n}?`, tier: 'local_fast' })),
    );
    const behindMs = await callBegins(daemon, { prompt: 'What is 3 + 3?', tier: 'api_fallback' });
    // All of them have been visited and put aside.
    while ((daemon.memory.actions.counts().waiting ?? 0) < count / 2) await wait(50);
    const ordinary = callBegins(daemon, { prompt: 'What is 5 + 5?', tier: 'local_fast' });
    const childMs = await callBegins(daemon, {
      prompt: 'What is 6 + 6?',
      tier: 'local_fast',
      parent_id: parent,
    });
    const ordinaryMs = await Promise.race([ordinary, wait(20_000 - childMs, undefined, { ref: false })]);
    return { emptyMs, behindMs, childMs, ordinaryMs };
  } finally {
    await daemon.stop('killed');
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function submit(daemon: Daemon, input: Record<string, unknown>): Promise<string> {
  const submitted = await daemon.control.submit([input]);
  if (!submitted.ok) throw new Error(submitted.errors.map((error) => error.message).join('; '));
  return submitted.accepted[0]?.id ?? '';
}

/** Milliseconds from the submission to the start of the action's first call. */
async function callBegins(daemon: Daemon, input: Record<string, unknown>): Promise<number> {
  const since = performance.now();
  const begun = new Map<string, number>();
  const { promise, resolve } = Promise.withResolvers<number>();
  let id: string | undefined;
  const end = daemon.control.subscribe((event) => {
    if (event.kind !== 'call') return;
    begun.set(event.actionId, performance.now() - since);
    if (event.actionId === id) resolve(performance.now() - since);
  });
  id = await submit(daemon, input);
  const already = begun.get(id);
  if (already !== undefined) resolve(already);
  return await promise.finally(end);
}
