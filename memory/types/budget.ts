import type { NanoUsd } from '../../config/money.ts';
import type { CallRole } from '../../router/types/call.ts';
import type { BudgetRefusal } from '../../router/types/outside.ts';
import type { BudgetChange } from '../budget-limits.ts';

/** What may be spent, what is, and how unknown calls are settled. */

export interface BudgetStatus {
  /** The budget's day, `2026-11-21`, in `cost_control.time_zone`. */
  day: string;
  spent: NanoUsd;
  reserved: NanoUsd;
  /** Calls whose cost is not known and which are charged in full. */
  unknown: NanoUsd;
  unknownCalls: number;
  apiCalls: number;
  dailyLimit: NanoUsd;
  monthSpent: NanoUsd;
  monthlyLimit: NanoUsd;
  dailyApiCalls: number;
  resetsAt: number;
  /** Nothing may be spent until `swarmd budget resume`. */
  paused?: { at: number; reason: string };
  /** Every limit, in force or not (value 0, for `share` 1). */
  limits: readonly LimitStatus[];
}

/** One limit as it stands now. */
export interface LimitStatus {
  /** `day`, `month`, `api-calls`, `type`, `agent`, `client`, `tree`, `share`: as in a refusal. */
  limit: string;
  /** Of the type, agent or client. */
  name?: string;
  /** Nano-dollars; calls for `api-calls`; for `share` 0..1 of what is left. */
  value: number;
  /** `cost_control.daily_budget`, `swarmd budget set daily_budget` … */
  setBy: string;
  spent: number;
  reserved: number;
  /** `alert_threshold` percent of it are used. */
  alert: boolean;
  resetsAt: number | undefined;
}

export interface Budget {
  status(): BudgetStatus;
  /** Would an API call of this size be refused now? A read; `begin` decides. */
  wouldRefuse(
    reserve: NanoUsd,
    origin: { actionId: string; agent?: string; client?: string; experiment?: string },
    role?: CallRole,
  ): BudgetRefusal | undefined;
  /** Changes the limits in force, for every process that uses this file, from the commit on. Throws USAGE. */
  change(change: BudgetChange): Promise<void>;
  /** States what an `unknown` call cost after all. False when there is no such call. */
  settle(callId: string, cost: NanoUsd): Promise<boolean>;
  /** The same for the calls of a provider's usage report; all or none. Throws INPUT_INVALID. */
  settleAll(report: UsageReport): Promise<SettledReport>;
}

/** What a provider says its calls cost: by our call's id, or a sum of one model and one day (UTC). */
export type UsageReport = readonly (
  | { callId: string; cost: NanoUsd }
  | { day: string; model: string; cost: NanoUsd }
)[];

export interface SettledReport {
  settled: readonly { callId: string; before: NanoUsd; cost: NanoUsd }[];
  /** Lines that changed nothing, and why. */
  skipped: readonly { line: string; reason: string }[];
}
