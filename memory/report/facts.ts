import type { TierName } from '../../config/config.ts';
import type { NanoUsd } from '../../config/money.ts';
import type { Store } from '../database.ts';

/** What `swarmd report` looks at of one finished call. Times in milliseconds since 1970. */
export interface CallFact {
  actionId: string;
  role: string;
  tier: TierName;
  model: string;
  outcome: string;
  accepted: boolean | null;
  quality: number | null;
  latencyMs: number | null;
  outputTokens: number;
  startedAt: number;
  finishedAt: number;
  /** Served by the answer cache: nothing was called. */
  cached: boolean;
}

export interface DayFact {
  /** `2026-11-21`, in the budget's time zone. */
  day: string;
  spent: NanoUsd;
  reserved: NanoUsd;
  apiCalls: number;
}

export interface ReportFacts {
  calls: readonly CallFact[];
  /** Days on which something was paid for or reserved. */
  days: readonly DayFact[];
  /** Spent in the 30 days up to now. */
  spentInMonth: NanoUsd;
  /** Days of the window with any call at all, paid or not. */
  activeDays: number;
  /** True when there were more calls than are looked at; the newest are. */
  cut: boolean;
}

/** The report reads single calls, not roll-ups: percentiles need them. Newest first, at most so many. */
const mostCalls = 500_000;

interface Row {
  action_id: string;
  role: string;
  tier: TierName;
  model: string;
  outcome: string;
  accepted: number | null;
  quality: number | null;
  latency_ms: number | null;
  output_tokens: number;
  started_at: number;
  finished_at: number;
  cached: number;
}

const selectCalls = `
  select action_id, role, tier, model, outcome, accepted, quality, latency_ms, output_tokens, started_at,
    finished_at, provider = 'cache' as cached
  from calls
  where started_at >= @since and started_at < @until and settlement <> 'open' and finished_at is not null
  order by started_at desc limit @most`;

const selectDays = `
  select day, spent_nano as spent, reserved_nano as reserved, api_calls as apiCalls from budget_days
  where day >= @since and day <= @until order by day`;

const sumMonth = `select coalesce(sum(spent_nano), 0) as spent from budget_days where day >= ?`;

const countActiveDays = `
  select count(distinct day) as days from calls where started_at >= @since and started_at < @until`;

/** Calls started in the window and the days it touches, both by the budget's days. */
export function reportFacts(
  store: Store,
  window: { since: number; until: number; firstDay: string; lastDay: string; monthFirstDay: string },
): ReportFacts {
  const rows = store.all<Row>(selectCalls, { since: window.since, until: window.until, most: mostCalls });
  return {
    calls: rows.map((row) => ({
      actionId: row.action_id,
      role: row.role,
      tier: row.tier,
      model: row.model,
      outcome: row.outcome,
      accepted: row.accepted === null ? null : row.accepted === 1,
      quality: row.quality,
      latencyMs: row.latency_ms,
      outputTokens: row.output_tokens,
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      cached: row.cached === 1,
    })),
    days: store.all<DayFact>(selectDays, { since: window.firstDay, until: window.lastDay }),
    spentInMonth: store.get<{ spent: NanoUsd }>(sumMonth, window.monthFirstDay)?.spent ?? 0,
    activeDays:
      store.get<{ days: number }>(countActiveDays, { since: window.since, until: window.until })?.days ?? 0,
    cut: rows.length === mostCalls,
  };
}
