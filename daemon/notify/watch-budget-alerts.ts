import type { Alerted } from '../budget-alert.ts';
import { createBudgetAlert } from '../budget-alert.ts';
import type { Deps } from '../deps.ts';
import { atAlert } from './deliveries.ts';
import type { Notifier } from './notifier.ts';

const stateKey = 'budget_alerts';

/**
 * Raises an alarm, in the log and through the channels, the first time a day that a limit is nearly used up.
 * It is kept before it is remembered as raised: a crash in between raises it again, none loses it. Looks when
 * an action finishes, and when it is told that the budget changed.
 */
export function watchBudgetAlerts(
  deps: Pick<Deps, 'config' | 'memory' | 'events' | 'clock' | 'logger' | 'newId'>,
  notifier: Pick<Notifier, 'keep'>,
): { look(): void; end(): void } {
  const { memory, logger } = deps;
  const nearlyUsedUp = createBudgetAlert(memory.state.get(stateKey) as Alerted | undefined);
  const look = () => {
    const { alerts, alerted } = nearlyUsedUp(memory.budget.status());
    if (alerts.length === 0) return;
    for (const { line } of alerts) logger.warn({ alert: 'budget' }, line);
    const context = { config: deps.config(), newId: deps.newId, at: deps.clock.now() };
    notifier
      .keep(alerts.flatMap((alert) => atAlert(alert, context)))
      .then(() => memory.state.set(stateKey, alerted))
      .catch((error: unknown) => logger.error({ err: error }, 'a budget alert was not kept'));
  };
  look();
  const end = deps.events.subscribe((event) => {
    if (event.kind === 'finished') look();
  });
  return { look, end };
}
