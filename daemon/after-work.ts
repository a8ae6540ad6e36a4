import { backgroundParts } from '../router/background-parts.ts';
import type { SharedSlots } from '../router/background-slots.ts';
import { createJudge } from '../router/judge.ts';
import type { RouterParts } from '../router/parts.ts';
import { createRouter } from '../router/route.ts';
import type { AfterOutcome } from './after-outcome.ts';
import { auditOf } from './audit.ts';
import type { Deps } from './deps.ts';
import { shadowOf } from './shadow.ts';

/**
 * Listens for actions that ended and puts into line what is to be done after them: a shadow, an audit. Returns the
 * function that ends the listening.
 */
export function watchOutcomes(
  deps: Pick<Deps, 'config' | 'agents' | 'memory' | 'clock' | 'events'>,
  given: { parts: RouterParts; slots: SharedSlots['background']; after: AfterOutcome },
): () => void {
  const { parts, slots, after } = given;
  const { memory } = deps;
  const rest = { slots, wouldRefuse: memory.budget.wouldRefuse };
  const shadowRouter = createRouter(backgroundParts(parts, 'shadow', rest));
  const judge = createJudge(backgroundParts(parts, 'judge', rest));
  return deps.events.subscribe((event) => {
    if (event.kind !== 'finished' || event.status !== 'completed') return;
    const wanted =
      deps.config().qualityChecks.audit.share > 0 ||
      memory.experiments.running().some((one) => one.kind === 'shadow');
    const action = wanted ? memory.actions.get(event.actionId) : undefined;
    if (action === undefined) return;
    const shadow = shadowOf(action, deps, shadowRouter);
    if (shadow !== undefined) after.offer(shadow);
    const audit = auditOf(action, deps, judge);
    if (audit !== undefined) after.offer(audit);
  });
}
