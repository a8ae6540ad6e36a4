import { loadAgents } from '../agents/definitions.ts';
import type { Config } from '../config/config.ts';
import { openMemory } from '../memory/memory.ts';
import type { Memory } from '../memory/types.ts';
import type { Clock } from '../router/types.ts';
import { removeAddress, writeAddress } from './address.ts';
import { recordConsent } from './api-consent.ts';
import { assemble, modelStatuses } from './assemble.ts';
import { createBudgetAlert } from './budget-alert.ts';
import { systemClock } from './clock.ts';
import type { Control, DaemonStatus } from './control.ts';
import { configDifference, createControl } from './control-of.ts';
import { readOrMakeToken, takeDataDirectory } from './data-directory.ts';
import { startHttp } from './http/server.ts';
import { refuseIfKilled, watchKillSwitch, writeKill } from './kill-switch.ts';
import { createLogger, type Logger } from './logger.ts';
import { createProcessor } from './process-action.ts';
import { openActionQueue } from './queue/action-queue.ts';
import { withoutPassword } from './queue/redis.ts';
import { describeReadiness } from './readiness.ts';
import { reconcile } from './reconcile.ts';
import { version } from './version.ts';
import { createWorkerLife } from './worker-life.ts';

export interface DaemonOptions {
  config: Config;
  env: NodeJS.ProcessEnv;
  /** Reads the configuration again; undefined: this daemon cannot reload. */
  reload?: () => Config;
  logger?: Logger;
  clock?: Clock;
  random?: () => number;
  /** The user's word, given now, that paid models may be called. */
  yesSpend?: boolean;
  /** The models are the simulator's: paid calls cost nobody anything. */
  simulated?: boolean;
  /** End after this many actions have reached a terminal state. */
  maxActions?: number;
  /** End when no action is open. */
  drain?: boolean;
  /** Off for a daemon that serves one call inside a command. */
  http?: boolean;
}

/** Why a daemon ended. */
export type StopCause = 'drained' | 'signal' | 'killed';

export interface Daemon {
  control: Control;
  memory: Memory;
  /** Undefined without HTTP. */
  url: string | undefined;
  token: string;
  /** Lines to show at start: which tiers are live, what may be spent. */
  banner: readonly string[];
  /** Resolves when the daemon has ended by itself (drained, killed) or by `stop`. */
  ended: Promise<StopCause>;
  /** Stops intake, finishes or puts back what runs within `drainMs`, closes everything. Idempotent. */
  stop(cause: StopCause): Promise<void>;
}

/**
 * Opens everything in order, starts work, and closes everything in the opposite order at the end. Throws
 * SwarmdError: KILLED, CONFLICT (another daemon), QUEUE_UNAVAILABLE, MEMORY_*, CONFIG_INVALID.
 */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { env } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const startedAt = clock.now();
  let config = options.config;
  const logger = options.logger ?? createLogger(config.log.level);
  const closers: (() => Promise<void> | void)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) {
      await Promise.resolve()
        .then(close)
        .catch((error: unknown) => logger.warn({ err: error }, 'closing failed'));
    }
  };

  try {
    refuseIfKilled(config.dataDir);
    const lock = takeDataDirectory(config.dataDir);
    closers.push(() => lock.release());
    const token = readOrMakeToken(config.dataDir);

    const memory = await openMemory({
      path: config.memory.path,
      // A reload changes the limits at once; the day they count for is the one this daemon began with.
      budget: () => ({ ...config.costControl, timeZone: options.config.costControl.timeZone }),
      cacheTtlMs: config.routing.cacheTtlMs,
      usageLogPath: config.costControl.usageLogPath,
      now: clock.now,
      onError: (error) => logger.error({ err: error }, 'memory'),
    });
    closers.push(() => memory.close());
    const left = await memory.recover(clock.now());
    if (left.calls > 0)
      logger.warn(left, 'calls of a daemon that died are charged in full; see swarmd costs');
    if (options.yesSpend === true) await recordConsent(config, memory.state, clock.now());

    const queue = await openActionQueue(config, clock.now);
    closers.push(() => queue.close());

    const simulated = options.simulated === true;
    const { deps, breakers, spending } = assemble({
      config: () => config,
      env,
      memory,
      queue,
      clock,
      random,
      logger,
      simulated,
    });
    const { events } = deps;

    const agents = loadAgents(config.agents.libraryDir);
    const worker = createWorkerLife(
      deps,
      createProcessor(deps, () => agents),
      () => config.drainMs,
    );
    closers.push(() => worker.close());

    let state: DaemonStatus['state'] = memory.state.get('paused') === true ? 'paused' : 'running';
    const budgetAlert = createBudgetAlert(() => config.costControl.alertThreshold);
    let finished = 0;
    let lastFinishedAt: number | undefined;
    let url: string | undefined;
    const { promise: ended, resolve: end } = Promise.withResolvers<StopCause>();
    let stopping: Promise<void> | undefined;
    const stop = (cause: StopCause): Promise<void> => {
      stopping ??= (async () => {
        state = cause === 'killed' ? 'killed' : 'draining';
        if (cause === 'killed') await worker.stopNow('killed');
        await closeAll();
        end(cause);
      })();
      return stopping;
    };

    closers.push(
      events.subscribe((event) => {
        if (event.kind !== 'finished') return;
        finished += 1;
        lastFinishedAt = event.at;
        const alarm = budgetAlert(memory.budget.status());
        if (alarm !== undefined) logger.warn({ alert: 'budget' }, alarm);
        if (options.maxActions !== undefined && finished >= options.maxActions) void stop('drained');
      }),
    );

    const control = createControl(deps, {
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
      drain: () => {
        void stop('drained');
        return Promise.resolve();
      },
      kill: (reason) => {
        writeKill(config.dataDir, reason);
        return Promise.resolve();
      },
      reload: () => {
        if (options.reload === undefined) return Promise.resolve({ changed: [], needRestart: [] });
        const next = options.reload();
        const difference = configDifference(config, next);
        // What only a restart applies stays as it is until then.
        config = {
          ...next,
          queue: config.queue,
          hosts: config.hosts,
          http: config.http,
          memory: config.memory,
          dataDir: config.dataDir,
        };
        logger.level = config.log.level;
        logger.info(difference, 'configuration read again');
        return Promise.resolve(difference);
      },
      async status() {
        return {
          pid: process.pid,
          version,
          startedAt,
          dataDir: config.dataDir,
          url,
          simulated,
          state,
          queue: {
            url: withoutPassword(config.queue.url),
            jobs: await queue.bullmq.getJobCounts(),
            lastFinishedAt,
            stalled: worker.stalled(),
          },
          actions: memory.actions.counts(),
          budget: memory.budget.status(),
          apiAllowed: spending().allowed,
          models: modelStatuses(config, breakers),
        };
      },
      ready: () =>
        describeReadiness({ deps, state: () => state, lastFinishedAt: () => lastFinishedAt, startedAt }),
    });

    if (options.http !== false) {
      const http = await startHttp({ control, memory, config, token, logger, now: clock.now });
      closers.push(() => http.close());
      url = http.url;
      writeAddress(config.dataDir, { pid: process.pid, url, startedAt });
      closers.push(() => removeAddress(config.dataDir));
    }

    await reconcile(deps, true);
    const reconciler = setInterval(
      () =>
        void reconcile(deps, false).catch((error: unknown) =>
          logger.warn({ err: error }, 'reconciling failed'),
        ),
      config.queue.reconcileEveryMs,
    );
    closers.push(() => clearInterval(reconciler));
    closers.push(
      watchKillSwitch(config.dataDir, (reason) => {
        logger.warn({ reason }, 'kill switch');
        void stop('killed');
      }),
    );
    if (options.drain === true) closers.push(endWhenIdle(memory, () => void stop('drained')));

    worker.start(state === 'paused');
    logger.info(
      { pid: process.pid, url, dataDir: config.dataDir, queue: withoutPassword(config.queue.url) },
      'ready',
    );
    return { control, memory, url, token, banner: [spending().line], ended, stop };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** For `--drain`: looks twice a second whether any action is open. */
function endWhenIdle(memory: Memory, end: () => void): () => void {
  const timer = setInterval(() => {
    if (memory.actions.open(undefined, 1).length === 0) end();
  }, 500);
  return () => clearInterval(timer);
}
