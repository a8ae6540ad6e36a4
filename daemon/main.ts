import { type ExitCode, exitCodes, SwarmdError } from '../config/errors.ts';
import { type Daemon, type DaemonOptions, startDaemon } from './daemon.ts';
import { createLogger } from './logger.ts';
import { notifyServiceManager, watchdogInterval } from './service-manager.ts';

/** A process that lets go of nothing within the drain time and this many milliseconds more is ended hard. */
const hardExitAfterMs = 10_000;

/**
 * Runs a daemon in the foreground until it is drained, signalled or killed, and says what to exit with.
 * SIGTERM and SIGINT drain, a second one exits at once; SIGHUP reads the configuration again.
 */
export async function runDaemon(
  options: DaemonOptions,
  onReady?: (daemon: Daemon) => void,
): Promise<ExitCode> {
  const { env } = options;
  const logger = options.logger ?? createLogger(options.config.log.level);
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'unhandled rejection'));
  process.on('uncaughtException', (error) => {
    // The state of this process is unknown: end it; what it held is in the record and comes back.
    logger.fatal({ err: error }, 'uncaught exception');
    process.exit(exitCodes.internal);
  });

  const daemon = await startDaemon({ ...options, logger });
  let signals = 0;
  const onSignal = (name: NodeJS.Signals) => {
    signals += 1;
    if (signals > 1) process.exit(name === 'SIGINT' ? 130 : 143);
    logger.info(
      { signal: name, drainMs: options.config.drainMs },
      'draining; a second signal ends it at once',
    );
    notifyServiceManager(env, 'STOPPING=1', 'draining');
    setTimeout(() => process.exit(exitCodes.internal), options.config.drainMs + hardExitAfterMs).unref();
    void daemon.stop('signal');
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('SIGHUP', () => {
    daemon.control.reload().catch((error: unknown) => {
      const reason = error instanceof SwarmdError ? error.message : String(error);
      logger.error({ reason }, 'the new configuration is not valid; the old one stays in force');
    });
  });

  const endWatchdog = startWatchdog(daemon, env);
  notifyServiceManager(env, 'READY=1', daemon.banner.join('; '));
  onReady?.(daemon);
  const cause = await daemon.ended;
  endWatchdog();
  return cause === 'killed' ? exitCodes.tryAgain : exitCodes.ok;
}

/** Feeds systemd's watchdog as long as work moves: a daemon that hangs is restarted, one that waits is not. */
function startWatchdog(daemon: Daemon, env: NodeJS.ProcessEnv): () => void {
  const every = watchdogInterval(env);
  if (every === undefined) return () => {};
  const timer = setInterval(() => {
    void daemon.control.ready().then(({ ready }) => {
      if (ready) notifyServiceManager(env, 'WATCHDOG=1');
    });
  }, every);
  return () => clearInterval(timer);
}
