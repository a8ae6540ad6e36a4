import type { NanoUsd } from '../config/money.ts';
import type { BudgetRefusal, CallStart } from '../router/types.ts';
import type { Store } from './database.ts';
import { dayOf, nextDayStart, nextMonthStart } from './days.ts';
import * as sql from './sql/calls.ts';
import type { BudgetStatus } from './types.ts';

/** The installation's limits; 0 = no limit. */
export interface BudgetLimits {
  dailyBudget: NanoUsd;
  monthlyBudget: NanoUsd;
  dailyApiCalls: number;
  timeZone: string;
}

interface DayRow {
  day: string;
  spent_nano: NanoUsd;
  reserved_nano: NanoUsd;
  unknown_nano: NanoUsd;
  unknown_calls: number;
  api_calls: number;
}

/** What a limit is asked about: how much more, for whom, when. */
interface Demand {
  reserve: NanoUsd;
  actionId: string;
  actionBudget?: NanoUsd | undefined;
  at: number;
}

/**
 * The first limit that would be exceeded, or undefined. Inside the IMMEDIATE transaction of `beginCall` the
 * answer holds until the reservation is written; anywhere else it is a forecast.
 */
export function refusalFor(store: Store, limits: BudgetLimits, demand: Demand): BudgetRefusal | undefined {
  if (demand.reserve === 0) return undefined;
  return (
    actionRefusal(store, demand) ?? dayRefusal(store, limits, demand) ?? monthRefusal(store, limits, demand)
  );
}

function actionRefusal(store: Store, { reserve, actionId, actionBudget }: Demand): BudgetRefusal | undefined {
  if (actionBudget !== undefined && reserve > actionBudget) {
    return refusal('action', 'budget_usd', actionBudget, 0, reserve, undefined);
  }
  const action = store.get<{ budget_nano: NanoUsd | null; used_nano: NanoUsd }>(
    sql.selectActionBudget,
    actionId,
  );
  if (action === undefined || action.budget_nano === null) return undefined;
  if (action.used_nano + reserve <= action.budget_nano) return undefined;
  return refusal('action', 'budget_usd', action.budget_nano, action.used_nano, reserve, undefined);
}

function dayRefusal(store: Store, limits: BudgetLimits, { reserve, at }: Demand): BudgetRefusal | undefined {
  const row = dayRow(store, dayOf(at, limits.timeZone));
  const resetsAt = nextDayStart(at, limits.timeZone);
  const used = row.spent_nano + row.reserved_nano;
  if (limits.dailyBudget > 0 && used + reserve > limits.dailyBudget) {
    return refusal('day', 'cost_control.daily_budget', limits.dailyBudget, used, reserve, resetsAt);
  }
  if (limits.dailyApiCalls > 0 && row.api_calls >= limits.dailyApiCalls) {
    // Counted in calls, not in money.
    return refusal(
      'api-calls',
      'cost_control.daily_api_calls',
      limits.dailyApiCalls,
      row.api_calls,
      1,
      resetsAt,
    );
  }
  return undefined;
}

function monthRefusal(
  store: Store,
  limits: BudgetLimits,
  { reserve, at }: Demand,
): BudgetRefusal | undefined {
  if (limits.monthlyBudget === 0) return undefined;
  const month = monthRow(store, dayOf(at, limits.timeZone));
  const used = month.spent_nano + month.reserved_nano;
  if (used + reserve <= limits.monthlyBudget) return undefined;
  const resetsAt = nextMonthStart(at, limits.timeZone);
  return refusal('month', 'cost_control.monthly_budget', limits.monthlyBudget, used, reserve, resetsAt);
}

function refusal(
  limit: string,
  setBy: string,
  limitNano: NanoUsd,
  usedNano: NanoUsd,
  neededNano: NanoUsd,
  resetsAt: number | undefined,
): BudgetRefusal {
  return { limit, setBy, limitNano, usedNano, neededNano, resetsAt };
}

/** Sets the upper bound aside for the day and the action. */
export function reserve(store: Store, start: CallStart, day: string): void {
  if (start.reserve === 0) return;
  store.run(sql.reserveForDay, { day, reserved: start.reserve });
  store.run(sql.reserveForAction, { action: start.origin.actionId, reserved: start.reserve });
}

/** Turns (part of) a reservation into a charge, or corrects one: amounts may be negative. */
export function charge(
  store: Store,
  change: {
    day: string;
    actionId: string;
    released: NanoUsd;
    cost: NanoUsd;
    unknown: NanoUsd;
    unknownCalls: number;
  },
): void {
  if (change.released === 0 && change.cost === 0 && change.unknownCalls === 0) return;
  store.run(sql.chargeDay, {
    day: change.day,
    cost: change.cost,
    reserved: change.released,
    unknown: change.unknown,
    unknown_calls: change.unknownCalls,
  });
  store.run(sql.chargeAction, {
    action: change.actionId,
    reserved: change.released,
    cost: change.cost,
  });
}

export function budgetStatus(store: Store, limits: BudgetLimits, at: number): BudgetStatus {
  const row = dayRow(store, dayOf(at, limits.timeZone));
  return {
    day: row.day,
    spent: row.spent_nano,
    reserved: row.reserved_nano,
    unknown: row.unknown_nano,
    unknownCalls: row.unknown_calls,
    apiCalls: row.api_calls,
    dailyLimit: limits.dailyBudget,
    monthSpent: monthRow(store, row.day).spent_nano,
    monthlyLimit: limits.monthlyBudget,
    dailyApiCalls: limits.dailyApiCalls,
    resetsAt: nextDayStart(at, limits.timeZone),
  };
}

function dayRow(store: Store, day: string): DayRow {
  const empty = { day, spent_nano: 0, reserved_nano: 0, unknown_nano: 0, unknown_calls: 0, api_calls: 0 };
  return store.get<DayRow>(sql.selectDay, day) ?? empty;
}

function monthRow(store: Store, day: string): { spent_nano: NanoUsd; reserved_nano: NanoUsd } {
  const row = store.get<{ spent_nano: NanoUsd; reserved_nano: NanoUsd }>(sql.selectMonth, {
    month: day.slice(0, 7),
  });
  return row ?? { spent_nano: 0, reserved_nano: 0 };
}
