import type { NanoUsd } from '../config/money.ts';
import type { CallRole, CallStart } from '../router/types/call.ts';
import type { BudgetRefusal } from '../router/types/outside.ts';
import {
  type BudgetLimits,
  type BudgetScope,
  budgetOverrides,
  budgetScopes,
  type InForce,
  type LimitsInForce,
  limitsInForce,
} from './budget-limits.ts';
import type { Store } from './database.ts';
import { dayOf, nextDayStart, nextMonthStart } from './days.ts';
import { bookOwn, isOwnExpense, ownRefusal } from './own-expense.ts';
import * as sql from './sql/budget.ts';

export interface DayRow {
  day: string;
  spent_nano: NanoUsd;
  reserved_nano: NanoUsd;
  unknown_nano: NanoUsd;
  unknown_calls: number;
  api_calls: number;
}

export interface Use {
  spent_nano: NanoUsd;
  reserved_nano: NanoUsd;
}

interface ActionRow extends Use {
  budget_nano: NanoUsd | null;
  type: string;
  agent: string | null;
  client: string | null;
}

/** What a limit is asked about: how much more, for whom, when. What is not said is what the action's row says. */
export interface Demand {
  reserve: NanoUsd;
  actionId: string;
  actionBudget?: NanoUsd | undefined;
  type?: string | undefined;
  agent?: string | undefined;
  client?: string | undefined;
  /** Calls that nobody but the installation asked for have limits of their own, and none of the action's. */
  role?: CallRole | undefined;
  experiment?: string | undefined;
  at: number;
}

/** Whose calls: names that have limits of their own. */
type Owner = Readonly<Record<BudgetScope, string | null | undefined>>;

/** A demand with everything the limits are compared with, read once. */
interface Facts {
  reserve: NanoUsd;
  at: number;
  timeZone: string;
  inForce: LimitsInForce;
  day: DayRow;
}

/**
 * The first limit that would be exceeded, or undefined. Inside the IMMEDIATE transaction of `beginCall` the
 * answer holds until the reservation is written; anywhere else it is a forecast.
 */
export function refusalFor(store: Store, limits: BudgetLimits, demand: Demand): BudgetRefusal | undefined {
  if (demand.reserve === 0) return undefined;
  const { reserve, at } = demand;
  const day = dayRow(store, dayOf(at, limits.timeZone));
  const inForce = limitsInForce(budgetOverrides(store), limits, day.day);
  const facts: Facts = { reserve, at, timeZone: limits.timeZone, inForce, day };
  const { role, experiment } = demand;
  const own = isOwnExpense(role);
  const action = own ? undefined : store.get<ActionRow>(sql.selectActionBudget, demand.actionId);
  const owner: Owner = {
    type: demand.type ?? action?.type,
    agent: demand.agent ?? action?.agent,
    client: demand.client ?? action?.client,
  };
  return (
    pauseRefusal(facts) ??
    (own
      ? ownRefusal(store, limits, { role, experiment, reserve, day: day.day, at })
      : (actionRefusal(demand, action) ?? treeRefusal(store, facts, demand.actionId))) ??
    scopeRefusal(store, facts, owner) ??
    dayRefusal(facts) ??
    apiCallsRefusal(facts) ??
    monthRefusal(store, facts) ??
    shareRefusal(store, facts)
  );
}

function pauseRefusal({ inForce, reserve }: Facts): BudgetRefusal | undefined {
  if (inForce.paused === undefined) return undefined;
  const setBy = `swarmd budget pause${inForce.paused.reason === '' ? '' : `: ${inForce.paused.reason}`}`;
  return { limit: 'pause', setBy, limitNano: 0, usedNano: 0, neededNano: reserve, resetsAt: undefined };
}

function actionRefusal(demand: Demand, action: ActionRow | undefined): BudgetRefusal | undefined {
  const { reserve, actionBudget } = demand;
  if (actionBudget !== undefined && reserve > actionBudget)
    return exceeded('action', { value: actionBudget, setBy: 'budget_usd' }, nothing, reserve);
  if (action === undefined || action.budget_nano === null) return undefined;
  return exceeded('action', { value: action.budget_nano, setBy: 'budget_usd' }, action, reserve);
}

function treeRefusal(store: Store, { inForce, reserve }: Facts, actionId: string): BudgetRefusal | undefined {
  if (inForce.tree.value === 0) return undefined;
  return exceeded('tree', inForce.tree, store.get<Use>(sql.selectTreeUse, actionId) ?? nothing, reserve);
}

function scopeRefusal(store: Store, facts: Facts, owner: Owner): BudgetRefusal | undefined {
  for (const { scope } of budgetScopes) {
    const name = owner[scope];
    if (name === null || name === undefined) continue;
    const limit = facts.inForce.scopes[scope][name];
    if (limit === undefined || limit.value === 0) continue;
    const use = scopeRow(store, facts.day.day, scope, name);
    const refusal = exceeded(scope, limit, use, facts.reserve, nextDay(facts, limit.value));
    if (refusal !== undefined) return { ...refusal, name };
  }
  return undefined;
}

function dayRefusal(facts: Facts): BudgetRefusal | undefined {
  const { inForce, reserve, day } = facts;
  if (inForce.day.value === 0) return undefined;
  const tomorrow = inForce.day.value - inForce.day.topUp;
  return exceeded('day', inForce.day, day, reserve, nextDay(facts, tomorrow));
}

/** Counted in calls, not in money. */
function apiCallsRefusal({ inForce, day, at, timeZone }: Facts): BudgetRefusal | undefined {
  if (inForce.apiCalls.value === 0) return undefined;
  const calls: Use = { spent_nano: day.api_calls, reserved_nano: 0 };
  return exceeded('api-calls', inForce.apiCalls, calls, 1, nextDayStart(at, timeZone));
}

function monthRefusal(
  store: Store,
  { inForce, reserve, day, at, timeZone }: Facts,
): BudgetRefusal | undefined {
  const { month } = inForce;
  if (month.value === 0) return undefined;
  const resetsAt = reserve > month.value ? undefined : nextMonthStart(at, timeZone);
  return exceeded('month', month, monthRow(store, day.day), reserve, resetsAt);
}

/** One call may take so much of what is left of the day, or of the month where no day's limit is. */
function shareRefusal(store: Store, facts: Facts): BudgetRefusal | undefined {
  const { inForce, reserve, day } = facts;
  const { share } = inForce;
  if (share.value >= 1) return undefined;
  const byDay = inForce.day.value > 0;
  const whole = byDay ? inForce.day.value : inForce.month.value;
  if (whole === 0) return undefined;
  const left = whole - used(byDay ? day : monthRow(store, day.day));
  const most = Math.floor(Math.max(0, left) * share.value);
  const anew = byDay ? whole - inForce.day.topUp : whole;
  const resetsAt =
    reserve > Math.floor(anew * share.value)
      ? undefined
      : (byDay ? nextDayStart : nextMonthStart)(facts.at, facts.timeZone);
  return exceeded('share', { value: most, setBy: share.setBy }, nothing, reserve, resetsAt);
}

/** A call that is dearer than the whole limit will not fit tomorrow either. */
function nextDay({ reserve, at, timeZone }: Facts, limitTomorrow: NanoUsd): number | undefined {
  return reserve > limitTomorrow ? undefined : nextDayStart(at, timeZone);
}

function exceeded(
  limit: string,
  inForce: InForce,
  use: Use,
  neededNano: NanoUsd,
  resetsAt?: number,
): BudgetRefusal | undefined {
  const usedNano = used(use);
  if (usedNano + neededNano <= inForce.value) return undefined;
  return {
    limit,
    setBy: inForce.setBy,
    limitNano: inForce.value,
    usedNano,
    reservedNano: use.reserved_nano,
    neededNano,
    resetsAt,
  };
}

/** Sets the upper bound aside for the day, the action and everybody else who may have a limit. */
export function reserve(store: Store, start: CallStart, day: string): void {
  const { reserve: reserved, origin } = start;
  if (reserved === 0) return;
  store.run(sql.reserveForDay, { day, reserved });
  const { role } = start;
  if (isOwnExpense(role))
    bookOwn(store, { role, experiment: origin.experiment ?? null, day, reserved, cost: 0 });
  else store.run(sql.reserveForAction, { action: origin.actionId, reserved });
  eachScope({ type: start.type, agent: origin.agent, client: origin.client }, (scope, name) =>
    store.run(sql.reserveForScope, { day, scope, name, reserved }),
  );
}

/** Turns (part of) a reservation into a charge, or corrects one: amounts may be negative. */
export function charge(
  store: Store,
  change: {
    day: string;
    actionId: string;
    role: string;
    experiment: string | null;
    owner: Owner;
    released: NanoUsd;
    cost: NanoUsd;
    unknown: NanoUsd;
    unknownCalls: number;
  },
): void {
  const { day, cost, released } = change;
  if (released === 0 && cost === 0 && change.unknownCalls === 0) return;
  store.run(sql.chargeDay, {
    day,
    cost,
    reserved: released,
    unknown: change.unknown,
    unknown_calls: change.unknownCalls,
  });
  const { role, experiment } = change;
  if (isOwnExpense(role)) bookOwn(store, { role, experiment, day, reserved: -released, cost });
  else store.run(sql.chargeAction, { action: change.actionId, reserved: released, cost });
  eachScope(change.owner, (scope, name) =>
    store.run(sql.chargeScope, { day, scope, name, cost, reserved: released }),
  );
}

function eachScope(owner: Owner, work: (scope: BudgetScope, name: string) => void): void {
  for (const { scope } of budgetScopes) {
    const name = owner[scope];
    if (name !== null && name !== undefined) work(scope, name);
  }
}

function used(use: Use): NanoUsd {
  return use.spent_nano + use.reserved_nano;
}

export function dayRow(store: Store, day: string): DayRow {
  return store.get<DayRow>(sql.selectDay, day) ?? emptyDay(day);
}

export function monthRow(store: Store, day: string): Use {
  return store.get<Use>(sql.selectMonth, { month: day.slice(0, 7) }) ?? nothing;
}

export function scopeRow(store: Store, day: string, scope: BudgetScope, name: string): Use {
  return store.get<Use>(sql.selectScope, { day, scope, name }) ?? nothing;
}

export function emptyDay(day: string): DayRow {
  return { day, spent_nano: 0, reserved_nano: 0, unknown_nano: 0, unknown_calls: 0, api_calls: 0 };
}

export const nothing: Use = { spent_nano: 0, reserved_nano: 0 };
