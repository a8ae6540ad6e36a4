/**
 * Calls that nobody but the installation asked for, after the answer was given: a shadow's and a judge's. They are
 * charged to the day, the month and the type like all others, to limits of their own, and never to the action:
 * what an action cost is known when it ends, and its budget is its own.
 */
import type { NanoUsd } from '../config/money.ts';
import type { CallRole } from '../router/types/call.ts';
import type { BudgetRefusal } from '../router/types/outside.ts';
import type { BudgetLimits } from './budget-limits.ts';
import type { Store } from './database.ts';
import { nextDayStart } from './days.ts';
import { chargeScope, reserveForScope, selectScope } from './sql/budget.ts';

interface Use {
  spent_nano: NanoUsd;
  reserved_nano: NanoUsd;
}

/** Where a judge's calls are added up by day, among the scopes of types, agents and clients. */
const auditScope = { scope: 'role', name: 'judge' };

const selectShadow = `select spent_nano, reserved_nano, budget_nano from experiments where name = ?`;
const changeShadow = `
  update experiments set spent_nano = spent_nano + @cost, reserved_nano = max(0, reserved_nano + @reserved)
  where name = @name`;

export function isOwnExpense(role: string | undefined): role is 'shadow' | 'judge' {
  return role === 'shadow' || role === 'judge';
}

/** The limit of its own that a shadow's or a judge's call would exceed. */
export function ownRefusal(
  store: Store,
  limits: Pick<BudgetLimits, 'auditBudget' | 'timeZone'>,
  demand: { role: CallRole; experiment: string | undefined; reserve: NanoUsd; day: string; at: number },
): BudgetRefusal | undefined {
  const { reserve, day, at } = demand;
  if (demand.role === 'judge') {
    const use = store.get<Use>(selectScope, { day, ...auditScope }) ?? { spent_nano: 0, reserved_nano: 0 };
    const limit = limits.auditBudget ?? 0;
    const resetsAt = reserve > limit ? undefined : nextDayStart(at, limits.timeZone);
    return exceeded('audit', 'quality_checks.audit.daily_budget', use, limit, reserve, resetsAt);
  }
  const shadow = store.get<Use & { budget_nano: NanoUsd }>(selectShadow, demand.experiment ?? '');
  const limit = shadow?.budget_nano ?? 0;
  const use = shadow ?? { spent_nano: 0, reserved_nano: 0 };
  return exceeded('shadow', 'swarmd rollout shadow --budget', use, limit, reserve, undefined);
}

function exceeded(
  limit: string,
  setBy: string,
  use: Use,
  limitNano: NanoUsd,
  neededNano: NanoUsd,
  resetsAt: number | undefined,
): BudgetRefusal | undefined {
  const usedNano = use.spent_nano + use.reserved_nano;
  if (usedNano + neededNano <= limitNano) return undefined;
  return { limit, setBy, limitNano, usedNano, reservedNano: use.reserved_nano, neededNano, resetsAt };
}

/** Reserves (`reserved` over 0), gives back (under 0) and charges; the amounts add up over a call's life. */
export function bookOwn(
  store: Store,
  change: { role: string; experiment: string | null; day: string; reserved: NanoUsd; cost: NanoUsd },
): void {
  const { role, experiment, day, reserved, cost } = change;
  if (role === 'shadow' && experiment !== null) store.run(changeShadow, { name: experiment, cost, reserved });
  if (role !== 'judge') return;
  if (reserved > 0) store.run(reserveForScope, { day, ...auditScope, reserved });
  else store.run(chargeScope, { day, ...auditScope, cost, reserved: -reserved });
}
