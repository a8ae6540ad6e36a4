import type { TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type Daemon, type DaemonOptions, startDaemon } from '../../daemon/daemon.ts';
import type { ActionRecord } from '../../memory/types/actions.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../scripts/simulator/simulator.ts';
import { testConfig, testEnv } from './config.ts';
import { startRedis } from './redis.ts';
import { tempDir } from './temp.ts';

/** A real daemon on real queue, SQLite and HTTP; only the models are the simulator's. */
export interface TestDaemon {
  daemon: Daemon;
  simulator: Simulator;
  dataDir: string;
  queueUrl: string;
  /** Submits one action and returns its id; throws when it is refused. */
  submit(input: Record<string, unknown>): Promise<string>;
  /** Submits and waits for the terminal state. */
  run(input: Record<string, unknown>): Promise<ActionRecord>;
  ended(id: string, withinMs?: number): Promise<ActionRecord>;
}

export async function startTestDaemon(
  t: TestContext,
  given: {
    simulator?: SimulatorOptions;
    /** API side present unless false. */
    api?: boolean;
    queueUrl?: string;
    set?: Readonly<Record<string, unknown>>;
    /** Further variables of its environment, secrets among them. */
    env?: Readonly<Record<string, string>>;
    options?: Partial<DaemonOptions>;
    /** What happens at the model servers before the daemon is there. */
    beforeStart?: (simulator: Simulator) => Promise<void>;
  } = {},
): Promise<TestDaemon> {
  // node:test runs its hooks in the order they were given; what was opened last must be closed first.
  const opened: (() => Promise<void>)[] = [];
  t.after(async () => {
    for (const close of opened.reverse()) await close();
  });
  const dataDir = tempDir(t);
  const simulator = await startSimulator({ speed: 0, seed: 1, ...given.simulator });
  opened.push(() => simulator.close());
  await given.beforeStart?.(simulator);
  const queueUrl = given.queueUrl ?? (await redisOf(opened));
  const providers = {
    dataDir,
    ollamaUrl: simulator.url,
    ...(given.env === undefined ? {} : { env: given.env }),
    ...(given.api === false ? {} : { openaiUrl: simulator.openaiUrl, anthropicUrl: simulator.anthropicUrl }),
  };
  const { config } = testConfig({
    ...providers,
    queueUrl,
    ...(given.set === undefined ? {} : { set: given.set }),
  });
  const daemon = await startDaemon({ config, env: testEnv(providers), ...given.options });
  opened.push(() => daemon.stop('signal'));

  async function submit(input: Record<string, unknown>): Promise<string> {
    const result = await daemon.control.submit([input]);
    if (!result.ok) throw new Error(result.errors.map((error) => error.message).join('; '));
    const [accepted] = result.accepted;
    if (accepted === undefined) throw new Error('nothing was accepted');
    return accepted.id;
  }
  async function ended(id: string, withinMs = 30_000): Promise<ActionRecord> {
    return await actionEnded(daemon, id, withinMs);
  }
  return {
    daemon,
    simulator,
    dataDir,
    queueUrl,
    submit,
    ended,
    run: async (input) => await ended(await submit(input)),
  };
}

/** Waits for the action's terminal state; throws with its last state when it does not come. */
export async function actionEnded(daemon: Daemon, id: string, withinMs: number): Promise<ActionRecord> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const action = daemon.memory.actions.get(id);
    if (action !== undefined && ['completed', 'failed', 'cancelled'].includes(action.status)) return action;
    if (Date.now() > deadline)
      throw new Error(`action ${id} is still ${action?.status} (${action?.error?.message ?? ''})`);
    await wait(10);
  }
}

async function redisOf(opened: (() => Promise<void>)[]): Promise<string> {
  const redis = await startRedis();
  opened.push(() => redis.stop());
  return redis.url;
}
