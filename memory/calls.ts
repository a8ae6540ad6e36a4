import type { Complexity, TierName } from '../config/config.ts';
import type { NanoUsd } from '../config/money.ts';
import type { Store } from './database.ts';
import * as sql from './sql/calls.ts';
import type { CallRecord, CallSumColumn, CallSums, Calls, TierTotals } from './types/calls.ts';

interface CallRow {
  id: string;
  action_id: string;
  run_id: string | null;
  root_id: string | null;
  parent_id: string | null;
  client: string | null;
  agent: string | null;
  role: string;
  type: string;
  complexity: Complexity;
  tier: TierName;
  provider: string;
  model: string;
  model_id: string;
  input_tokens: number;
  cached_input_tokens: number;
  cache_write_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  reserved_nano: NanoUsd;
  cost_nano: NanoUsd;
  settlement: string;
  outcome: string;
  accepted: number | null;
  quality: number | null;
  checks: string | null;
  reason: string | null;
  escalated_from: string | null;
  error_class: string | null;
  error_message: string | null;
  latency_ms: number | null;
  first_token_ms: number | null;
  load_ms: number | null;
  experiment: string | null;
  arm: string | null;
  started_at: number;
  finished_at: number | null;
}

export function callsOfAction(store: Store, actionId: string): CallRecord[] {
  return store.all<CallRow>(sql.selectCallsOfAction, actionId).map(toCallRecord);
}

/** Calls charged in full because what they cost is not known. */
export function unknownCalls(store: Store): CallRecord[] {
  return store.all<CallRow>(sql.selectUnknownCalls).map(toCallRecord);
}

export function getCall(store: Store, id: string): CallRecord | undefined {
  const row = store.get<CallRow>(sql.selectCall, id);
  return row === undefined ? undefined : toCallRecord(row);
}

function toCallRecord(row: CallRow): CallRecord {
  return {
    id: row.id,
    actionId: row.action_id,
    runId: row.run_id,
    rootId: row.root_id,
    parentId: row.parent_id,
    client: row.client,
    agent: row.agent,
    role: row.role,
    type: row.type,
    complexity: row.complexity,
    tier: row.tier,
    provider: row.provider,
    model: row.model,
    modelId: row.model_id,
    inputTokens: row.input_tokens,
    cachedInputTokens: row.cached_input_tokens,
    cacheWriteTokens: row.cache_write_tokens,
    outputTokens: row.output_tokens,
    reasoningTokens: row.reasoning_tokens,
    reserved: row.reserved_nano,
    cost: row.cost_nano,
    settlement: row.settlement,
    outcome: row.outcome,
    accepted: row.accepted === null ? null : row.accepted === 1,
    quality: row.quality,
    checks: row.checks === null ? null : JSON.parse(row.checks),
    reason: row.reason,
    escalatedFrom: row.escalated_from,
    errorClass: row.error_class,
    errorMessage: row.error_message,
    latencyMs: row.latency_ms,
    firstTokenMs: row.first_token_ms,
    loadMs: row.load_ms,
    experiment: row.experiment,
    arm: row.arm,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

// ---------------------------------------------------------------------------------------------------- sums

interface UsageRow {
  day?: string;
  tier?: TierName;
  type?: string;
  model?: string;
  role?: string;
  outcome?: string;
  client?: string;
  agent?: string;
  calls: number;
  cache_hits: number;
  input_tokens: number;
  cached_input_tokens: number;
  cache_write_tokens: number;
  output_tokens: number;
  cost_nano: NanoUsd;
  answers: number;
  answer_input_tokens: number;
  answer_output_tokens: number;
  quality_sum: number;
}

export type UsageColumn = CallSumColumn | 'client' | 'agent';

const hour = 3_600_000;
const day = 86_400_000;

/** Finished calls started in the window, summed by these columns. Reads roll-ups, so a year costs what a day costs. */
export function sumUsage(
  store: Store,
  since: number,
  until: number,
  by: readonly UsageColumn[],
  filter: Partial<Record<UsageColumn, string>> = {},
): UsageRow[] {
  // Where the calls themselves have been pruned, an hour is the smallest part that is still known.
  const oldest = store.get<{ at: number | null }>('select min(started_at) as at from calls')?.at ?? until;
  const wanted = Math.max(0, since);
  const from = wanted < oldest ? Math.floor(wanted / hour) * hour : wanted;
  const to = Math.max(from, until);
  // Where a window is shorter than an hour or a day, the bounds meet and the levels above it are empty.
  const firstHour = Math.min(Math.ceil(from / hour) * hour, to);
  const lastHour = Math.max(Math.floor(to / hour) * hour, firstHour);
  const firstDay = Math.min(Math.ceil(firstHour / day) * day, lastHour);
  const lastDay = Math.max(Math.floor(lastHour / day) * day, firstDay);
  const conditions = Object.keys(filter).map((column) =>
    column === 'client' || column === 'agent'
      ? `and coalesce(${column}, '') = @${column}`
      : `and ${column} = @${column}`,
  );
  const rows = store.all<UsageRow>(sql.sumUsage(by, conditions.join(' ')), {
    since: from,
    first_hour: firstHour,
    first_day: firstDay,
    last_day: lastDay,
    last_hour: lastHour,
    until: to,
    ...filter,
  });
  return rows.filter((row) => row.calls > 0 || row.cache_hits > 0);
}

export function callSums(
  store: Store,
  since: number,
  until: number,
  by: readonly CallSumColumn[],
  client?: string,
): CallSums[] {
  return sumUsage(store, since, until, by, client === undefined ? {} : { client }).map((row) => ({
    ...Object.fromEntries(by.map((column) => [column, row[column]])),
    calls: row.calls,
    inputTokens: row.input_tokens,
    cachedInputTokens: row.cached_input_tokens,
    cacheWriteTokens: row.cache_write_tokens,
    outputTokens: row.output_tokens,
    cost: row.cost_nano,
    answers: row.answers,
    answerInputTokens: row.answer_input_tokens,
    answerOutputTokens: row.answer_output_tokens,
  }));
}

export function callTotals(store: Store, since: number, until: number): ReturnType<Calls['totals']> {
  const byTier = new Map<TierName, TierTotals & { qualitySum: number }>();
  const totals = { cacheHits: 0, cost: 0, critiqueCalls: 0 };
  for (const row of sumUsage(store, since, until, ['tier', 'role'])) {
    totals.cacheHits += row.cache_hits;
    totals.cost += row.cost_nano;
    if (row.role === 'critique') totals.critiqueCalls += row.calls;
    if (row.tier === undefined || row.calls === 0) continue;
    const before = byTier.get(row.tier);
    const answers = (before?.answers ?? 0) + row.answers;
    const qualitySum = (before?.qualitySum ?? 0) + row.quality_sum;
    byTier.set(row.tier, {
      tier: row.tier,
      answers,
      calls: (before?.calls ?? 0) + row.calls,
      inputTokens:
        (before?.inputTokens ?? 0) + row.input_tokens + row.cached_input_tokens + row.cache_write_tokens,
      outputTokens: (before?.outputTokens ?? 0) + row.output_tokens,
      cost: (before?.cost ?? 0) + row.cost_nano,
      meanQuality: answers === 0 ? null : qualitySum / answers,
      qualitySum,
    });
  }
  return {
    byTier: [...byTier.values()].map(({ qualitySum: _, ...tier }) => tier),
    ...totals,
  };
}

// --------------------------------------------------------------------------------------------- pass rates

/** How many of the newest judged answers a rate rests on, and how many it needs. */
const passWindow = 200;
const passMinimum = 20;
/** An answer counts half after so many newer ones, and half again after so much time: models and work change. */
const halfAnswers = 50;
const halfMs = 7 * 86_400_000;
/** So many fresh answers' weight is needed: a model that is not asked any more is forgotten within two weeks. */
const leastWeight = 15;

/**
 * The share of accepted answers among the newest ones, the newer the heavier, and how many fresh answers they
 * weigh; undefined where there are too few, or they are too old, to say anything.
 */
export function passRate(
  store: Store,
  about: { type: string; complexity: Complexity; model: string; now: number },
): { rate: number; count: number } | undefined {
  const { now, ...which } = about;
  // Weighed here: window functions take SQLite four times as long (measured), and every plan asks.
  const judged = store.all<{ accepted: number; started_at: number }>(sql.selectJudgements, {
    ...which,
    window: passWindow,
  });
  if (judged.length < passMinimum) return undefined;
  let weight = 0;
  let passed = 0;
  for (const [newer, { accepted, started_at }] of judged.entries()) {
    const own = 0.5 ** (newer / halfAnswers + Math.max(0, now - started_at) / halfMs);
    weight += own;
    passed += own * accepted;
  }
  return weight < leastWeight ? undefined : { rate: passed / weight, count: Math.round(weight) };
}
