/** Compares what the provider billed with the limits and with the ledger, from outside. */
import type { NanoUsd } from '../../../config/money.ts';
import type { CallRecord } from '../../../memory/types/calls.ts';
import { dearestCall, type PlannedAction, type Schedule } from './schedule.ts';

/** One call as the provider billed it, told to its action by the mark in its prompt. */
export interface Billed {
  actionId: string;
  model: string;
  cost: NanoUsd;
}

export interface Evidence {
  schedule: Schedule;
  billed: readonly Billed[];
  /** Of each action, from the ledger. */
  calls: ReadonlyMap<string, readonly CallRecord[]>;
  /** Calls whose cost came from a usage report: right in sum, not one by one. */
  reported: ReadonlySet<string>;
  /** Of the ledger when everything has ended. */
  ledger: { spentToday: NanoUsd; reserved: NanoUsd };
  refusals: number;
  earliestRefusal: number | undefined;
  dearest: NanoUsd;
  /** How much of the limit was billed when it was met; see `billedShareOf`. */
  billedShare: number | undefined;
}

export interface Verdict {
  /** What is wrong; empty: nothing. */
  problems: string[];
  billedUsd: number;
  unknownCalls: number;
  /** Of a fine schedule that met its limit: billed and spent before, of the limit without unknowns and bounds. */
  billedShare: number | undefined;
}

/** The limits against the provider's bill alone: what holds for any ledger. */
export function overruns({ schedule, billed }: Pick<Evidence, 'schedule' | 'billed'>): string[] {
  const { limits, spentToday, spentEarlier, actions } = schedule;
  const byId = new Map(actions.map((action) => [action.id, action]));
  const total = sumOf(billed);
  const problems: string[] = [];
  const check = (name: string, limit: number | undefined, spent: number) => {
    if (limit !== undefined && limit > 0 && spent > limit)
      problems.push(`overrun: ${name}: ${spent} of ${limit}`);
  };
  const where = (matches: (action: PlannedAction) => boolean) =>
    sumOf(billed.filter(({ actionId }) => matches(actionOf(byId, actionId))));
  // Of a schedule on two days `verifyDays` checks what is limited by the day or the month.
  const oneDay = schedule.midnight === undefined;
  if (oneDay) check('day', limits.dailyBudget, total + spentToday);
  if (oneDay) check('month', limits.monthlyBudget, total + spentToday + spentEarlier);
  if (oneDay) check('api calls', limits.dailyApiCalls, billed.length);
  for (const [name, limit] of Object.entries((oneDay && limits.typeBudgets) || {}))
    check(
      `type ${name}`,
      limit,
      where((action) => action.type === name),
    );
  for (const [name, limit] of Object.entries((oneDay && limits.agentBudgets) || {}))
    check(
      `agent ${name}`,
      limit,
      where((action) => action.agent === name),
    );
  for (const [name, limit] of Object.entries((oneDay && limits.clientBudgets) || {}))
    check(
      `client ${name}`,
      limit,
      where((action) => action.client === name),
    );
  for (const action of actions) {
    const below = where((other) => isWithin(byId, other, action));
    // A child's budget is carved out of its parent's: the whole tree stays within the root's.
    check(`budget of ${action.id} with all below it`, action.budget, below);
    if (action.parentId === undefined) check(`tree of ${action.id}`, limits.treeBudget, below);
  }
  const share = limits.maxSharePerCall ?? 1;
  if (share < 1 && limits.dailyBudget > 0)
    for (const call of billed) check('share per call', limits.dailyBudget * share, call.cost);
  return problems;
}

/** Everything promised: limits, ledger against bill, refusals only near the limit. */
export function verify(evidence: Evidence): Verdict {
  const { schedule, billed, calls, ledger } = evidence;
  const problems = overruns(evidence);
  const all = [...calls.values()].flat();
  if (ledger.reserved !== 0) problems.push(`${ledger.reserved} still reserved at the end`);
  if (ledger.spentToday < sumOf(billed) + schedule.spentToday)
    problems.push(`the ledger has ${ledger.spentToday}, less than the bill`);
  if (sumOf(all) + schedule.spentToday !== ledger.spentToday)
    problems.push(`the day's sum ${ledger.spentToday} is not the sum of its calls`);
  problems.push(...differences(evidence));
  if (schedule.kind === 'fine') {
    if (evidence.dearest > dearestCall)
      problems.push(`a call of ${evidence.dearest} is over 1 % of the budget`);
    if (evidence.earliestRefusal !== undefined && evidence.earliestRefusal <= 0.95)
      problems.push(`refused at ${(100 * evidence.earliestRefusal).toFixed(1)} % spent and reserved`);
    if (evidence.billedShare !== undefined && evidence.billedShare <= 0.95)
      problems.push(`used up with ${(100 * evidence.billedShare).toFixed(1)} % billed`);
  }
  return {
    problems,
    billedUsd: sumOf(billed) / 1e9,
    unknownCalls: all.filter((call) => call.settlement === 'unknown').length,
    billedShare: evidence.billedShare,
  };
}

/** Of a limit that is used up: what calls with known cost took of it, where unknowns and bounds are set apart. */
export function billedShareOf(schedule: Schedule, calls: readonly CallRecord[]): number {
  const known = sumOf(calls.filter(isKnown)) + schedule.spentToday;
  const apart = sumOf(calls.filter((call) => !isKnown(call)));
  return known / (schedule.limits.dailyBudget - apart);
}

/** Where ledger and bill differ although the outcome is known; by action, and by model where reports came in. */
function differences({ schedule, billed, calls, reported }: Evidence): string[] {
  const problems: string[] = [];
  for (const { id } of schedule.actions) {
    const own = calls.get(id) ?? [];
    const bill = sumOf(billed.filter((one) => one.actionId === id));
    const known = sumOf(own.filter((call) => isKnown(call) && !reported.has(call.id)));
    const most = sumOf(own.map((call) => (reported.has(call.id) ? { cost: call.reserved } : call)));
    const exact = own.every((call) => isKnown(call) && !reported.has(call.id));
    if (exact ? bill !== known : bill < known || bill > most)
      problems.push(`${id}: billed ${bill}, ledger ${known} known, ${most} at most`);
  }
  const all = [...calls.values()].flat();
  for (const model of new Set(all.map((call) => call.model))) {
    const own = all.filter((call) => call.model === model);
    if (!own.every(isKnown)) continue;
    const bill = sumOf(billed.filter((one) => one.model === model));
    if (bill !== sumOf(own)) problems.push(`${model}: billed ${bill}, ledger ${sumOf(own)}`);
  }
  return problems;
}

export function isKnown(call: CallRecord): boolean {
  return call.settlement === 'settled' || call.settlement === 'free';
}

function isWithin(
  byId: ReadonlyMap<string, PlannedAction>,
  action: PlannedAction,
  root: PlannedAction,
): boolean {
  for (let at: PlannedAction | undefined = action; at !== undefined; at = parentOf(byId, at))
    if (at.id === root.id) return true;
  return false;
}

function parentOf(
  byId: ReadonlyMap<string, PlannedAction>,
  action: PlannedAction,
): PlannedAction | undefined {
  return action.parentId === undefined ? undefined : byId.get(action.parentId);
}

function actionOf(byId: ReadonlyMap<string, PlannedAction>, id: string): PlannedAction {
  const action = byId.get(id);
  if (action === undefined) throw new Error(`the bill names ${id}, which is no action of the schedule`);
  return action;
}

export function sumOf(list: readonly { cost: NanoUsd }[]): NanoUsd {
  return list.reduce((sum, one) => sum + one.cost, 0);
}
