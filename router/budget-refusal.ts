import { formatUsd } from '../config/money.ts';
import type { BudgetRefusal } from './types/outside.ts';

/** How a limit is called in a sentence. */
const limitWords: Readonly<Record<string, string>> = {
  day: 'daily budget',
  month: 'monthly budget',
  action: 'action’s budget',
  tree: 'tree’s budget',
  type: 'daily budget of the type',
  agent: 'daily budget of the agent',
  client: 'daily budget of the client',
  audit: 'daily budget of audits',
  shadow: 'budget of the shadow',
};

/**
 * Which limit, who set it, what is left and when it starts anew:
 * `the daily budget of $1.00 (cost_control.daily_budget) has $0.02 left, this call may cost $0.05; it starts anew at 2026-11-22T00:00:00Z`
 */
export function describeRefusal(refusal: BudgetRefusal): string {
  return `${whatIsLeft(refusal)}${when(refusal)}`;
}

function whatIsLeft(refusal: BudgetRefusal): string {
  const { limit, setBy, limitNano, usedNano } = refusal;
  const cost = `this call may cost ${formatUsd(refusal.neededNano)}`;
  switch (limit) {
    case 'pause':
      return `API spending is paused (${setBy})`;
    case 'api-calls':
      return `the limit of ${limitNano} API calls a day (${setBy}) has ${Math.max(0, limitNano - usedNano)} left`;
    case 'share':
      return `one call may take ${formatUsd(limitNano)} of what is left of the budget (${setBy}), ${cost}`;
    default: {
      const name = refusal.name === undefined ? '' : ` ${refusal.name}`;
      const left = formatUsd(Math.max(0, limitNano - usedNano));
      return `the ${limitWords[limit] ?? limit}${name} of ${formatUsd(limitNano)} (${setBy}) has ${left} left${besides(refusal)}, ${cost}`;
    }
  }
}

function besides({ reservedNano }: BudgetRefusal): string {
  return reservedNano === undefined || reservedNano === 0
    ? ''
    : ` besides ${formatUsd(reservedNano)} reserved by calls under way`;
}

/** How soon calls under way may have given back what they reserved and did not need, in milliseconds. */
const settlesWithinMs = 2_000;

/** When the same call may be allowed at the earliest; undefined: never by itself. */
export function allowedAgainAt(refusal: BudgetRefusal, now: number): number | undefined {
  const spent = refusal.usedNano - (refusal.reservedNano ?? 0);
  const reservationsAlone =
    (refusal.reservedNano ?? 0) > 0 && spent + refusal.neededNano <= refusal.limitNano;
  return reservationsAlone ? now + settlesWithinMs : refusal.resetsAt;
}

function when(refusal: BudgetRefusal): string {
  if (refusal.limit === 'pause') return '; it goes on with: swarmd budget resume';
  if (refusal.resetsAt !== undefined)
    return `; it starts anew at ${new Date(refusal.resetsAt).toISOString().replace('.000Z', 'Z')}`;
  if (refusal.limit === 'action' || refusal.limit === 'tree') return '';
  return refusal.neededNano > refusal.limitNano
    ? '; that is more than all of it, so waiting does not help'
    : '';
}
