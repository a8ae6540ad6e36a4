import type { Config } from '../config/config.ts';
import { openMemory } from '../memory/memory.ts';
import type { Memory } from '../memory/types/memory.ts';
import type { Clock } from '../router/types/outside.ts';
import { removeAddress, writeAddress } from './address.ts';
import type { AfterOutcome } from './after-outcome.ts';
import { recordConsent } from './api-consent.ts';
import { assemble, modelStatuses } from './assemble.ts';
import { watchBudget } from './budget-watch.ts';
import { systemClock } from './clock.ts';
import type { Control, ModelStatus } from './control.ts';
import { createControl } from './control-of.ts';
import { readOrMakeToken, takeDataDirectory } from './data-directory.ts';
import { createEntryEmbedder } from './embed-entries.ts';
import { scheduleHousekeeping } from './housekeeping.ts';
import { startHttp } from './http/server.ts';
import { refuseIfKilled, watchKillSwitch } from './kill-switch.ts';
import { type ConfigHolder, createLife, type StopCause } from './life.ts';
import { createLogger, type Logger } from './logger.ts';
import { createModelHealth } from './model-health.ts';
import { openNotifications } from './notify/notifications.ts';
import { createProcessor } from './process-action.ts';
import { openActionQueue } from './queue/action-queue.ts';
import { withoutPassword } from './queue/redis.ts';
import { reconcile } from './reconcile.ts';
import { watchRollout } from './rollout-watch.ts';
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
  /** Puts the question to the user whether paid models may be called; undefined: nobody can be asked. */
  askToSpend?: (question: string) => Promise<boolean>;
  /** The models are the simulator's: paid calls cost nobody anything. */
  simulated?: boolean;
  /** End after this many actions have reached a terminal state. */
  maxActions?: number;
  /** End when no action is open. */
  drain?: boolean;
  /** Off for a daemon that serves one call inside a command. */
  http?: boolean;
}

/** How often local servers are asked what they hold, in milliseconds. */
const lookEveryMs = 60_000;
/** How often a rollout is judged by the answers so far, in milliseconds. */
const judgeRolloutEveryMs = 1_000;
/** How often it is looked whether answers have changed since the gate was calibrated, in milliseconds. */
const driftEveryMs = 3_600_000;
/** How often it is looked whether entries lack a vector, in milliseconds. */
const embedEveryMs = 10_000;

export interface Daemon {
  control: Control;
  memory: Memory;
  /** Undefined without HTTP. */
  url: string | undefined;
  token: string;
  /** What to say at start of what may be spent. */
  banner: readonly string[];
  /** How the work after the outcomes (shadows, audits) stands. */
  afterOutcomes: AfterOutcome['counts'];
  /** Every configured model, and whether it can be asked. */
  models: readonly ModelStatus[];
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
  const startedAt = clock.now();
  const config: ConfigHolder = { current: options.config, reload: options.reload };
  const { dataDir } = options.config;
  const logger = options.logger ?? createLogger(options.config.log.level);
  const opened = createCloser(logger);

  try {
    refuseIfKilled(dataDir);
    const lock = takeDataDirectory(dataDir);
    opened.add(() => lock.release());
    const token = readOrMakeToken(dataDir);
    const memory = await openRecord(config, clock, logger);
    opened.add(() => memory.close());
    const queue = await openActionQueue(options.config, clock.now);
    opened.add(() => queue.close());

    const simulated = options.simulated === true;
    const random = options.random ?? Math.random;
    const assembly = assemble({
      config: () => config.current,
      env,
      memory,
      queue,
      clock,
      random,
      logger,
      simulated,
    });
    const { deps, spending, breakers } = assembly;
    if (await userAgrees(options, spending().question))
      await recordConsent(options.config, memory.state, clock.now());

    const notifications = openNotifications(deps, env);
    opened.add(notifications.close);
    const health = createModelHealth(env);
    const firstLook = health.look(options.config);
    const processor = createProcessor(deps);
    const worker = createWorkerLife(deps, processor, () => config.current.drainMs);
    opened.add(() => worker.close());
    // Closed before the worker: what nobody waits for is in the way of what has to end within the drain time.
    opened.add(() => assembly.after.close());
    opened.add(assembly.watchOutcomes());

    const { promise: ended, resolve: end } = Promise.withResolvers<StopCause>();
    let stopping: Promise<void> | undefined;
    const stop = (cause: StopCause): Promise<void> => {
      stopping ??= (async () => {
        life.ending(cause);
        if (cause === 'killed') await worker.stopNow('killed');
        await queue.ending();
        await opened.closeAll();
        end(cause);
      })();
      return stopping;
    };
    let url: string | undefined;
    const life = createLife({ assembly, health, worker, config, simulated, startedAt, url: () => url, stop });
    opened.add(life.listen());
    const control = createControl(deps, life);

    if (options.http !== false) {
      const http = await startHttp({
        control,
        memory,
        searchEntries: assembly.searchEntries,
        embedTexts: assembly.embedTexts,
        config: options.config,
        token,
        logger,
        now: clock.now,
      });
      opened.add(() => http.close());
      url = http.url;
      writeAddress(dataDir, { pid: process.pid, url, startedAt });
      opened.add(() => removeAddress(dataDir));
    }
    await firstLook;
    await reconcile(deps, true);
    opened.add(
      every(options.config.queue.reconcileEveryMs, logger, 'reconciling', () => reconcile(deps, false)),
    );
    opened.add(every(lookEveryMs, logger, 'asking the model servers', () => health.look(config.current)));
    const embedding = new AbortController();
    const embedEntries = createEntryEmbedder({
      config: () => config.current,
      memory,
      embedTexts: assembly.embedQuietly,
      hasRoomFor: assembly.slots.hasRoomFor,
      clock,
      logger,
      signal: embedding.signal,
    });
    opened.add(every(embedEveryMs, logger, 'embedding entries', embedEntries));
    opened.add(() => embedding.abort());
    opened.add(scheduleHousekeeping(() => config.current, env, logger));
    opened.add(every(driftEveryMs, logger, 'looking for drift', async () => assembly.drift.look()));
    opened.add(watchBudget(deps, breakers, notifications.budgetChanged));
    const judge = () => watchRollout(deps, notifications.rolloutMoved);
    opened.add(every(judgeRolloutEveryMs, logger, 'judging the rollout', judge));
    opened.add(
      watchKillSwitch(dataDir, (reason) => {
        logger.warn({ reason }, 'stopped by the kill switch; lift it with: swarmd unkill');
        notifications.killed(reason);
        void stop('killed');
      }),
    );
    opened.add(endWhenDone(options, memory, life.finished, () => void stop('drained')));

    opened.add(assembly.watchResidency());
    worker.start(life.state() === 'paused');
    logger.info(
      { pid: process.pid, url, dataDir, queue: withoutPassword(options.config.queue.url) },
      'ready',
    );
    const models = modelStatuses(config.current, breakers, health);
    const afterOutcomes = assembly.after.counts;
    const banner = [spending().line];
    return { control, memory, url, token, banner, afterOutcomes, models, ended, stop };
  } catch (error) {
    await opened.closeAll();
    throw error;
  }
}

/** Opens the memory and settles what a daemon that died left behind. */
async function openRecord(config: ConfigHolder, clock: Clock, logger: Logger): Promise<Memory> {
  const first = config.current;
  const memory = await openMemory({
    path: first.memory.path,
    // A reload changes the limits at once; the day they count for is the one this daemon began with.
    budget: () => ({
      ...config.current.costControl,
      timeZone: first.costControl.timeZone,
      auditBudget: config.current.qualityChecks.audit.dailyBudget,
    }),
    cacheTtlMs: first.routing.cacheTtlMs,
    usageLogPath: first.costControl.usageLogPath,
    now: clock.now,
    onError: (error) => logger.error({ err: error }, 'memory'),
  });
  const left = await memory.recover(clock.now());
  if (left.calls > 0)
    logger.warn(left, 'calls of a daemon that died are charged in full; see swarmd budget show');
  return memory;
}

/** The user's word, given on the command line or now on the terminal. */
async function userAgrees(options: DaemonOptions, question: string | undefined): Promise<boolean> {
  if (options.yesSpend === true) return true;
  return question !== undefined && (await options.askToSpend?.(question)) === true;
}

/** Everything opened is closed here, in the opposite order; one failure does not keep the rest open. */
function createCloser(logger: Logger) {
  const closers: (() => Promise<void> | void)[] = [];
  return {
    add: (close: () => Promise<void> | void) => void closers.push(close),
    async closeAll() {
      for (const close of closers.splice(0).reverse()) {
        await Promise.resolve()
          .then(close)
          .catch((error: unknown) => logger.warn({ err: error }, 'closing failed'));
      }
    },
  };
}

function every(ms: number, logger: Logger, what: string, task: () => Promise<unknown>): () => void {
  const timer = setInterval(() => {
    task().catch((error: unknown) => logger.warn({ err: error }, `${what} failed`));
  }, ms);
  return () => clearInterval(timer);
}

/** For `--drain` and `--max-actions`: looks a few times a second whether the daemon's work is done. */
function endWhenDone(
  options: DaemonOptions,
  memory: Memory,
  finished: () => number,
  end: () => void,
): () => void {
  if (options.drain !== true && options.maxActions === undefined) return () => {};
  const timer = setInterval(() => {
    const enough = options.maxActions !== undefined && finished() >= options.maxActions;
    if (enough || (options.drain === true && memory.actions.open(undefined, 1).length === 0)) end();
  }, 200);
  return () => clearInterval(timer);
}
