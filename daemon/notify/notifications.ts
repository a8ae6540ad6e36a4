import type { Deps } from '../deps.ts';
import { atKill, atRollout } from './deliveries.ts';
import { startNotifier } from './notifier.ts';
import { watchBudgetAlerts } from './watch-budget-alerts.ts';

/** What waits to be told gets this long at the end, in milliseconds; the rest is told after the next start. */
const lastWordsMs = 3_000;

/** Everything that tells others what happens in this daemon. What ends an action is kept where it ends. */
export interface Notifications {
  /** The kill switch was thrown. Telling is no work: it goes out while the rest stops. */
  killed(reason: string): void;
  /** A rollout did something by itself; `line` says what and why. */
  rolloutMoved(line: string): void;
  /** A limit was changed, or something settled: what is nearly used up now is told now. */
  budgetChanged(): void;
  close(): Promise<void>;
}

export function openNotifications(deps: Deps, env: NodeJS.ProcessEnv): Notifications {
  const notifier = startNotifier({ ...deps, env });
  const budgetAlerts = watchBudgetAlerts(deps, notifier);
  let keeping: Promise<void> = Promise.resolve();
  const context = () => ({ config: deps.config(), newId: deps.newId, at: deps.clock.now() });
  return {
    killed(reason) {
      keeping = notifier
        .keep(atKill(reason, context()))
        .catch((error: unknown) => deps.logger.error({ err: error }, 'the kill was not told'));
    },
    rolloutMoved(line) {
      notifier
        .keep(atRollout(line, context()))
        .catch((error: unknown) => deps.logger.error({ err: error }, 'the rollout was not told'));
    },
    budgetChanged: budgetAlerts.look,
    async close() {
      budgetAlerts.end();
      await keeping;
      await notifier.close(lastWordsMs);
    },
  };
}
