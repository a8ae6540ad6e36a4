import { overridesIn } from '../memory/budget-limits.ts';
import type { Memory } from '../memory/types/memory.ts';
import type { BreakerRecord } from '../router/breakers.ts';
import type { Deps } from './deps.ts';

/** How often the record is looked at: a command in another process changes the budget there. */
const lookEveryMs = 1_000;
/** Looks after a change that release once more: an action that was being refused then is put aside only later. */
const looksAfterChange = 3;

type Watched = Pick<Deps, 'config' | 'queue' | 'logger'> & {
  memory: Pick<Memory, 'state'> & { actions: Pick<Memory['actions'], 'releaseFromBudget'> };
};

/**
 * Lets the actions that wait for money try again as soon as that can help: the budget was set, topped up or
 * resumed, or calls with unknown cost were settled, by whomever; or a model that rested answers again. `budgetChanged` is
 * called for the former. Returns the function that ends the watch.
 */
export function watchBudget(
  deps: Watched,
  breakers: { all(): Readonly<Record<string, BreakerRecord>> },
  budgetChanged: () => void,
): () => void {
  let limits = limitsText(deps);
  let resting = restingModels(breakers.all());
  let looksLeft = 0;
  let busy = false;
  const look = async () => {
    const limitsNow = limitsText(deps);
    const restingNow = restingModels(breakers.all());
    // While paused a change of the limits helps nobody; resuming is a change, too.
    const paused = overridesIn(deps.memory.state.get).paused !== undefined;
    if ((limitsNow !== limits && !paused) || [...resting].some((name) => !restingNow.has(name)))
      looksLeft = looksAfterChange;
    const changed = limitsNow !== limits;
    limits = limitsNow;
    resting = restingNow;
    if (changed) budgetChanged();
    if (looksLeft === 0) return;
    looksLeft -= 1;
    const released = await deps.memory.actions.releaseFromBudget('all');
    if (released.length > 0) deps.logger.info({ actions: released.length }, 'released: the budget changed');
    for (const action of released) await deps.queue.promote(action);
  };
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    look()
      .catch((error: unknown) => deps.logger.warn({ err: error }, 'watching the budget failed'))
      .finally(() => {
        busy = false;
      });
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** What was changed or settled by hand, and what the configuration says: a reload changes that. */
function limitsText({ config, memory }: Watched): string {
  return JSON.stringify([
    memory.state.get('budget'),
    memory.state.get('last_settled_call'),
    config().costControl,
  ]);
}

function restingModels(records: Readonly<Record<string, BreakerRecord>>): ReadonlySet<string> {
  return new Set(Object.keys(records).filter((name) => (records[name]?.openUntil ?? 0) > 0));
}
