import type { NanoUsd } from '../config/money.ts';
import { type DayRow, dayRow, emptyDay, monthRow, nothing, scopeRow, type Use } from './budget.ts';
import {
  type BudgetLimits,
  type BudgetOverrides,
  type BudgetScope,
  budgetOverrides,
  budgetScopes,
  type InForce,
  limitsInForce,
  noOverrides,
} from './budget-limits.ts';
import type { Store } from './database.ts';
import { dayOf, nextDayStart, nextMonthStart } from './days.ts';
import type { BudgetStatus, LimitStatus } from './types/budget.ts';

/** How the budget stands: the day's and the month's sums, and every limit in force with what is left of it. */
export function budgetStatus(store: Store, limits: BudgetLimits, at: number): BudgetStatus {
  const day = dayOf(at, limits.timeZone);
  return standing(limits, at, {
    row: dayRow(store, day),
    month: monthRow(store, day),
    scope: (scope, name) => scopeRow(store, day, scope, name),
    overrides: budgetOverrides(store),
  });
}

/** The same where there is no file yet. */
export function unusedBudget(limits: BudgetLimits, at: number): BudgetStatus {
  const row = emptyDay(dayOf(at, limits.timeZone));
  return standing(limits, at, { row, month: nothing, scope: () => nothing, overrides: noOverrides });
}

interface Sums {
  row: DayRow;
  month: Use;
  scope: (scope: BudgetScope, name: string) => Use;
  overrides: BudgetOverrides;
}

function standing(
  limits: BudgetLimits,
  at: number,
  { row, month, scope: scopeUse, overrides }: Sums,
): BudgetStatus {
  const inForce = limitsInForce(overrides, limits, row.day);
  const tomorrow = nextDayStart(at, limits.timeZone);
  const threshold = limits.alertThreshold ?? 100;
  const line = (
    limit: string,
    force: InForce,
    use: { spent: number; reserved: number },
    more: Partial<LimitStatus> = {},
  ): LimitStatus => ({
    limit,
    value: force.value,
    setBy: force.setBy,
    ...use,
    alert: force.value > 0 && (use.spent + use.reserved) * 100 >= force.value * threshold,
    resetsAt: tomorrow,
    ...more,
  });
  const money = (use: { spent_nano: NanoUsd; reserved_nano: NanoUsd }) => ({
    spent: use.spent_nano,
    reserved: use.reserved_nano,
  });
  const noUse = { spent: 0, reserved: 0, alert: false, resetsAt: undefined };
  return {
    day: row.day,
    spent: row.spent_nano,
    reserved: row.reserved_nano,
    unknown: row.unknown_nano,
    unknownCalls: row.unknown_calls,
    apiCalls: row.api_calls,
    dailyLimit: inForce.day.value,
    monthSpent: month.spent_nano,
    monthlyLimit: inForce.month.value,
    dailyApiCalls: inForce.apiCalls.value,
    resetsAt: tomorrow,
    ...(inForce.paused === undefined ? {} : { paused: inForce.paused }),
    limits: [
      line('day', inForce.day, money(row)),
      line('month', inForce.month, money(month), { resetsAt: nextMonthStart(at, limits.timeZone) }),
      line('api-calls', inForce.apiCalls, { spent: row.api_calls, reserved: 0 }),
      ...budgetScopes.flatMap(({ scope }) =>
        Object.entries(inForce.scopes[scope]).map(([name, force]) =>
          line(scope, force, money(scopeUse(scope, name)), { name }),
        ),
      ),
      // These two limit each tree and each call: they have no sum of their own.
      line('tree', inForce.tree, { spent: 0, reserved: 0 }, noUse),
      line('share', inForce.share, { spent: 0, reserved: 0 }, noUse),
    ],
  };
}
