import type { BudgetStatus, LimitStatus } from '../../../memory/types/budget.ts';
import type { CallSums } from '../../../memory/types/calls.ts';
import { iso, usd } from './units.ts';

export interface BudgetJson {
  day: string;
  spent_usd: number | null;
  reserved_usd: number | null;
  /** Calls whose cost is not known, charged in full. */
  unknown_usd: number | null;
  unknown_calls: number;
  api_calls: number;
  /** 0: no limit. */
  daily_limit_usd: number | null;
  month_spent_usd: number | null;
  monthly_limit_usd: number | null;
  daily_api_calls: number;
  resets_at: string | null;
  /** Nothing may be spent until `swarmd budget resume`. */
  paused: { since: string | null; reason: string } | null;
  limits: readonly LimitJson[];
}

/** One limit: `usd` in dollars, `calls` in calls, `share` 0..1 of what is left. */
export interface LimitJson {
  limit: string;
  name: string | null;
  unit: 'usd' | 'calls' | 'share';
  /** Null: no limit. */
  value: number | null;
  /** Null where the limit has no sum of its own (each tree, each call). */
  spent: number | null;
  reserved: number | null;
  left: number | null;
  set_by: string;
  /** `alert_threshold` percent of it are used. */
  alert: boolean;
  resets_at: string | null;
}

function limitJson(limit: LimitStatus): LimitJson {
  const unit = limit.limit === 'share' ? 'share' : limit.limit === 'api-calls' ? 'calls' : 'usd';
  const amount = (value: number) => (unit === 'usd' ? usd(value) : value);
  const none = unit === 'share' ? limit.value >= 1 : limit.value === 0;
  const summed = limit.limit !== 'share' && limit.limit !== 'tree';
  const left = Math.max(0, limit.value - limit.spent - limit.reserved);
  return {
    limit: limit.limit,
    name: limit.name ?? null,
    unit,
    value: none ? null : amount(limit.value),
    spent: summed ? amount(limit.spent) : null,
    reserved: summed ? amount(limit.reserved) : null,
    left: summed && !none ? amount(left) : null,
    set_by: limit.setBy,
    alert: limit.alert,
    resets_at: iso(limit.resetsAt),
  };
}

export function budgetJson(budget: BudgetStatus): BudgetJson {
  return {
    day: budget.day,
    spent_usd: usd(budget.spent),
    reserved_usd: usd(budget.reserved),
    unknown_usd: usd(budget.unknown),
    unknown_calls: budget.unknownCalls,
    api_calls: budget.apiCalls,
    daily_limit_usd: usd(budget.dailyLimit),
    month_spent_usd: usd(budget.monthSpent),
    monthly_limit_usd: usd(budget.monthlyLimit),
    daily_api_calls: budget.dailyApiCalls,
    resets_at: iso(budget.resetsAt),
    paused:
      budget.paused === undefined ? null : { since: iso(budget.paused.at), reason: budget.paused.reason },
    limits: budget.limits.map(limitJson),
  };
}

/** What a client is told of the budget: whether anything may be spent, and its own limit. */
export type OwnBudgetJson = Pick<BudgetJson, 'day' | 'resets_at' | 'paused' | 'limits'>;

export function ownBudgetJson(budget: BudgetJson, client: string): OwnBudgetJson {
  const { day, resets_at, paused, limits } = budget;
  const own = limits.filter(({ limit, name }) => limit === 'client' && name === client);
  return { day, resets_at, paused, limits: own };
}

export interface SumsJson {
  day?: string;
  tier?: string;
  type?: string;
  model?: string;
  role?: string;
  outcome?: string;
  calls: number;
  input_tokens: number;
  cached_input_tokens: number;
  cache_write_tokens: number;
  output_tokens: number;
  cost_usd: number | null;
  answers: number;
  answer_input_tokens: number;
  answer_output_tokens: number;
}

export function sumsJson(sums: CallSums): SumsJson {
  return {
    ...(sums.day === undefined ? {} : { day: sums.day }),
    ...(sums.tier === undefined ? {} : { tier: sums.tier }),
    ...(sums.type === undefined ? {} : { type: sums.type }),
    ...(sums.model === undefined ? {} : { model: sums.model }),
    ...(sums.role === undefined ? {} : { role: sums.role }),
    ...(sums.outcome === undefined ? {} : { outcome: sums.outcome }),
    calls: sums.calls,
    input_tokens: sums.inputTokens,
    cached_input_tokens: sums.cachedInputTokens,
    cache_write_tokens: sums.cacheWriteTokens,
    output_tokens: sums.outputTokens,
    cost_usd: usd(sums.cost),
    answers: sums.answers,
    answer_input_tokens: sums.answerInputTokens,
    answer_output_tokens: sums.answerOutputTokens,
  };
}
