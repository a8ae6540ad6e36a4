import { SwarmdError } from '../config/errors.ts';
import type { NanoUsd } from '../config/money.ts';
import type { Store } from './database.ts';
import { settleUnknownCall } from './ledger.ts';
import { selectPaidCalls } from './sql/budget.ts';
import * as calls from './sql/calls.ts';
import type { SettledReport, UsageReport } from './types/budget.ts';

interface PaidCall {
  id: string;
  settlement: string;
  reserved_nano: NanoUsd;
  cost_nano: NanoUsd;
}

type Settled = SettledReport['settled'][number];
type Skipped = SettledReport['skipped'][number];

/**
 * Corrects the unknown calls that a provider's usage report accounts for. A line with a call's id states its
 * cost; a line with day (UTC, as providers bill) and model states a sum: what it is above the known calls is
 * what the unknown ones cost, divided in the ratio of their reservations. All lines or, when one is impossible, none.
 */
export function settleReport(store: Store, { report }: { report: UsageReport }): SettledReport {
  const settled: Settled[] = [];
  const skipped: Skipped[] = [];
  for (const line of report) {
    const outcome = 'callId' in line ? settleOne(store, line) : settleSum(store, line);
    if (Array.isArray(outcome)) settled.push(...outcome);
    else skipped.push(outcome);
  }
  return { settled, skipped };
}

function settleOne(store: Store, { callId, cost }: { callId: string; cost: NanoUsd }): Settled[] | Skipped {
  const call = store.get<PaidCall>(calls.selectWorkingCall, callId);
  if (call === undefined) return { line: callId, reason: 'the ledger has no such call' };
  if (call.settlement !== 'unknown')
    return { line: callId, reason: `its cost is known (${call.settlement})` };
  settleUnknownCall(store, { callId, cost });
  return [{ callId, before: call.cost_nano, cost }];
}

function settleSum(
  store: Store,
  { day, model, cost }: { day: string; model: string; cost: NanoUsd },
): Settled[] | Skipped {
  const line = `${day} ${model}`;
  const since = Date.parse(`${day}T00:00:00Z`);
  const all = store.all<PaidCall>(selectPaidCalls, { since, until: since + 86_400_000, model });
  if (all.some((call) => call.settlement === 'open'))
    return { line, reason: 'a call of that day is still under way' };
  const unknown = all.filter((call) => call.settlement === 'unknown');
  if (unknown.length === 0) return { line, reason: 'no call of that day and model has an unknown cost' };
  const known = sum(all.filter((call) => call.settlement !== 'unknown').map((call) => call.cost_nano));
  const reserved = sum(unknown.map((call) => call.reserved_nano));
  const theirs = cost - known;
  if (theirs > reserved) throw moreThanPossible(line, theirs, reserved);
  let left = Math.max(0, theirs);
  let weight = reserved;
  return unknown.map((call) => {
    // The last one takes what rounding left.
    const share = weight === 0 ? 0 : Math.round((left * call.reserved_nano) / weight);
    left -= share;
    weight -= call.reserved_nano;
    settleUnknownCall(store, { callId: call.id, cost: share });
    return { callId: call.id, before: call.cost_nano, cost: share };
  });
}

/** Calls that are not ours, or a day that is not the report's: nothing may be guessed then. */
function moreThanPossible(line: string, theirs: NanoUsd, reserved: NanoUsd): SwarmdError {
  return new SwarmdError(
    'INPUT_INVALID',
    `${line}: the report has $${theirs / 1e9} more than the known calls, but the unknown ones can have cost $${reserved / 1e9} at most`,
    { where: line, allowed: 'a report of this installation’s key alone, for whole days in UTC' },
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
