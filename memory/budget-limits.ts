import { SwarmdError } from '../config/errors.ts';
import { formatUsd, type NanoUsd } from '../config/money.ts';
import type { Store } from './database.ts';
import { dayOf } from './days.ts';
import { getState, setState } from './state.ts';

/** The limits that the configuration states; 0, or absent = no limit. */
export interface BudgetLimits {
  dailyBudget: NanoUsd;
  monthlyBudget: NanoUsd;
  dailyApiCalls: number;
  timeZone: string;
  /** For an action with everything it spawns. */
  treeBudget?: NanoUsd;
  /** Of what is left of the day, the most that one call may take; 1 = all of it. */
  maxSharePerCall?: number;
  /** A day, by name. */
  typeBudgets?: Readonly<Record<string, NanoUsd>>;
  agentBudgets?: Readonly<Record<string, NanoUsd>>;
  clientBudgets?: Readonly<Record<string, NanoUsd>>;
  /** A day, for paid judges of audits; 0 or absent: none is paid. */
  auditBudget?: NanoUsd;
  /** Percent of a limit from which on it is shown as nearly used up. */
  alertThreshold?: number;
}

/** What a limit can be for a part of the day's spending, with the setting that states it. */
export const budgetScopes = [
  { scope: 'type', setting: 'type_budgets' },
  { scope: 'agent', setting: 'agent_budgets' },
  { scope: 'client', setting: 'client_budgets' },
] as const;
export type BudgetScope = (typeof budgetScopes)[number]['scope'];

/** Settings of `cost_control` that `swarmd budget set` can overrule, besides `type_budgets.NAME` and the like. */
export const singleLimits = [
  'daily_budget',
  'monthly_budget',
  'daily_api_calls',
  'tree_budget',
  'max_share_per_call',
] as const;

/** What people changed by hand: kept in `state`, stronger than the configuration. */
export interface BudgetOverrides {
  /** By setting (`daily_budget`, `type_budgets.research`); nano-dollars, calls or a share. */
  set: Readonly<Record<string, { value: number; at: number }>>;
  /** Added to the limit of one day. */
  topUps: Readonly<Record<string, NanoUsd>>;
  paused?: { at: number; reason: string };
}

export type BudgetChange =
  | { kind: 'set'; setting: string; value: number }
  /** Back to what the configuration says. */
  | { kind: 'unset'; setting: string }
  | { kind: 'top_up'; amount: NanoUsd }
  | { kind: 'pause'; reason: string }
  | { kind: 'resume' };

/** A limit in force: how much, and who says so. */
export interface InForce {
  value: number;
  setBy: string;
}

export interface LimitsInForce {
  day: InForce & { topUp: NanoUsd };
  month: InForce;
  apiCalls: InForce;
  tree: InForce;
  share: InForce;
  /** By name. */
  scopes: Readonly<Record<BudgetScope, Readonly<Record<string, InForce>>>>;
  paused: BudgetOverrides['paused'];
}

const stateKey = 'budget';

/** What was changed by hand. Read inside the transaction that reserves, so a change holds from its commit on. */
export function budgetOverrides(store: Store): BudgetOverrides {
  return overridesIn((key) => getState(store, key));
}

/** The same where only the state's values are at hand. */
export function overridesIn(state: (key: string) => unknown): BudgetOverrides {
  return (state(stateKey) ?? noOverrides) as BudgetOverrides;
}

export const noOverrides: BudgetOverrides = { set: {}, topUps: {} };

/** The limits as they stand on a day: the configuration's, overruled by what was set by hand. */
export function limitsInForce(overrides: BudgetOverrides, limits: BudgetLimits, day: string): LimitsInForce {
  const one = (setting: string, configured: number): InForce => {
    const set = overrides.set[setting];
    return set === undefined
      ? { value: configured, setBy: `cost_control.${setting}` }
      : { value: set.value, setBy: `swarmd budget set ${setting}` };
  };
  const named = (setting: string, configured: Readonly<Record<string, NanoUsd>> = {}) => {
    const all: Record<string, InForce> = {};
    for (const [name, value] of Object.entries(configured)) all[name] = one(`${setting}.${name}`, value);
    for (const key of Object.keys(overrides.set)) {
      if (key.startsWith(`${setting}.`)) all[key.slice(setting.length + 1)] = one(key, 0);
    }
    return all;
  };
  const daily = one('daily_budget', limits.dailyBudget);
  const topUp = daily.value === 0 ? 0 : (overrides.topUps[day] ?? 0);
  return {
    day:
      topUp === 0
        ? { ...daily, topUp }
        : {
            value: daily.value + topUp,
            setBy: `${daily.setBy} and a top-up of ${formatUsd(topUp)} for ${day}`,
            topUp,
          },
    month: one('monthly_budget', limits.monthlyBudget),
    apiCalls: one('daily_api_calls', limits.dailyApiCalls),
    tree: one('tree_budget', limits.treeBudget ?? 0),
    share: one('max_share_per_call', limits.maxSharePerCall ?? 1),
    scopes: {
      type: named('type_budgets', limits.typeBudgets),
      agent: named('agent_budgets', limits.agentBudgets),
      client: named('client_budgets', limits.clientBudgets),
    },
    paused: overrides.paused,
  };
}

/** Changes what is in force from now on. Throws USAGE for a top-up where no day's limit is. */
export function changeBudget(
  store: Store,
  input: { change: BudgetChange; limits: BudgetLimits; at: number },
): void {
  const before = budgetOverrides(store);
  setState(store, { key: stateKey, value: changed(before, input), at: input.at });
}

function changed(
  before: BudgetOverrides,
  { change, limits, at }: { change: BudgetChange; limits: BudgetLimits; at: number },
): BudgetOverrides {
  switch (change.kind) {
    case 'set':
      return { ...before, set: { ...before.set, [change.setting]: { value: change.value, at } } };
    case 'unset':
      return {
        ...before,
        set: Object.fromEntries(Object.entries(before.set).filter(([setting]) => setting !== change.setting)),
      };
    case 'top_up': {
      const day = dayOf(at, limits.timeZone);
      if (limitsInForce(before, limits, day).day.value === 0)
        throw new SwarmdError('USAGE', 'there is no daily budget to top up', {
          where: 'daily_budget',
          allowed: 'a limit first: swarmd budget set daily_budget 5',
        });
      // Another day's top-up is over.
      return { ...before, topUps: { [day]: (before.topUps[day] ?? 0) + change.amount } };
    }
    case 'pause':
      return { ...before, paused: { at, reason: change.reason } };
    case 'resume': {
      const { paused: _paused, ...rest } = before;
      return rest;
    }
  }
}
