import type { Config } from '../config/config.ts';
import type { Assembly } from './assemble.ts';
import { modelStatuses } from './assemble.ts';
import type { DaemonStatus } from './control.ts';
import { configDifference, type Life } from './control-of.ts';
import { writeKill } from './kill-switch.ts';
import type { ModelHealth } from './model-health.ts';
import { withoutPassword } from './queue/redis.ts';
import { describeReadiness } from './readiness.ts';
import { version } from './version.ts';
import type { WorkerLife } from './worker-life.ts';

/** Why a daemon ended. */
export type StopCause = 'drained' | 'signal' | 'killed';

/** The configuration in force, and how a reload replaces it. */
export interface ConfigHolder {
  current: Config;
  /** Reads it again; undefined: this daemon cannot reload. */
  reload: (() => Config) | undefined;
}

interface DaemonLife extends Life {
  state(): DaemonStatus['state'];
  /** The last state there is; pause and resume change nothing any more. */
  ending(cause: StopCause): void;
  /** How many actions have reached a terminal state here. */
  finished(): number;
  /** Listens to the work; returns the function that ends it. */
  listen(): () => void;
}

/** What a running daemon is asked to do and to say of itself. */
export function createLife(given: {
  assembly: Assembly;
  health: ModelHealth;
  worker: WorkerLife;
  config: ConfigHolder;
  simulated: boolean;
  startedAt: number;
  url: () => string | undefined;
  stop: (cause: StopCause) => Promise<void>;
}): DaemonLife {
  const { assembly, health, worker, config, startedAt } = given;
  const { deps, breakers, spending } = assembly;
  const { memory, queue, logger } = deps;
  let state: DaemonStatus['state'] = memory.state.get('paused') === true ? 'paused' : 'running';
  let finished = 0;
  let lastFinishedAt: number | undefined;

  return {
    state: () => state,
    finished: () => finished,
    ending(cause) {
      state = cause === 'killed' ? 'killed' : 'draining';
    },
    listen: () =>
      deps.events.subscribe((event) => {
        if (event.kind !== 'finished') return;
        finished += 1;
        lastFinishedAt = event.at;
      }),
    async pause() {
      state = 'paused';
      await memory.state.set('paused', true);
      await worker.pause();
    },
    async resume() {
      await memory.state.set('paused', false);
      state = 'running';
      await worker.resume();
    },
    drain() {
      void given.stop('drained');
      return Promise.resolve();
    },
    kill(reason) {
      writeKill(config.current.dataDir, reason);
      return Promise.resolve();
    },
    async reload() {
      if (config.reload === undefined) return { changed: [], needRestart: [] };
      const next = config.reload();
      const before = config.current;
      const difference = configDifference(before, next);
      // What only a restart applies stays as it is until then.
      const { queue, hosts, http, memory, dataDir } = before;
      config.current = { ...next, queue, hosts, http, memory, dataDir };
      logger.level = next.log.level;
      logger.info(difference, 'configuration read again');
      await health.look(config.current);
      return difference;
    },
    async status() {
      return {
        pid: process.pid,
        version,
        startedAt,
        dataDir: config.current.dataDir,
        url: given.url(),
        simulated: given.simulated,
        state,
        queue: {
          url: withoutPassword(config.current.queue.url),
          jobs: await queue.bullmq.getJobCounts(),
          lastFinishedAt,
          stalled: worker.stalled(),
        },
        actions: memory.actions.counts(),
        waitingFor: memory.actions.waitingCounts(),
        budget: memory.budget.status(),
        experiments: memory.experiments
          .noteworthy()
          .map((experiment) => ({ experiment, tallies: memory.experiments.tally(experiment) })),
        afterOutcomes: assembly.after.counts(),
        apiAllowed: spending().allowed,
        drift: assembly.drift.noticed(),
        models: modelStatuses(config.current, breakers, health),
        hosts: assembly.slots.load(),
      };
    },
    ready: () =>
      describeReadiness({ deps, state: () => state, lastFinishedAt: () => lastFinishedAt, startedAt }),
  };
}
