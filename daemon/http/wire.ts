/**
 * How the record looks to programs: snake_case, dollars (`*_usd`), times as ISO 8601 in UTC. HTTP answers and
 * `--json` output are made here, so that both say the same.
 */
import { toUsd } from '../../config/money.ts';
import type {
  ActionError,
  ActionRecord,
  ActionSummary,
  BudgetStatus,
  CallRecord,
  CallSums,
  Entry,
  LimitStatus,
} from '../../memory/types.ts';
import type { RouteTrail } from '../../router/types.ts';
import type { ActionEvent, DaemonStatus } from '../control.ts';

function iso(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : new Date(ms).toISOString();
}

function usd(nano: number | null | undefined): number | null {
  return nano === null || nano === undefined ? null : toUsd(nano);
}

export interface ActionJson {
  id: string;
  title?: string;
  type: string;
  status: string;
  waiting_for: string | null;
  client: string | null;
  agent: string | null;
  parent_id: string | null;
  root_id: string;
  depth: number;
  privacy: string;
  priority: number;
  attempts: number;
  attempts_made: number;
  crashes: number;
  budget_usd: number | null;
  tags: readonly string[];
  complexity: string | null;
  tier: string | null;
  model: string | null;
  quality: number | null;
  cost_usd: number | null;
  /** Of a root: its whole tree. */
  tree_cost_usd: number | null;
  degraded: string | null;
  cached: boolean;
  reason: string | null;
  error: ActionError | null;
  created_at: string | null;
  run_at: string | null;
  deadline_at: string | null;
  started_at: string | null;
  finished_at: string | null;
  /** From acceptance to the end, waiting included. */
  duration_ms: number | null;
  input?: Record<string, unknown>;
  answer?: string | null;
}

export function actionJson(action: ActionSummary | ActionRecord): ActionJson {
  return {
    id: action.id,
    ...('title' in action ? { title: action.title } : {}),
    type: action.type,
    status: action.status,
    waiting_for: action.waitingFor,
    client: action.client ?? null,
    agent: action.agent ?? null,
    parent_id: action.parentId ?? null,
    root_id: action.rootId,
    depth: action.depth,
    privacy: action.privacy,
    priority: action.priority,
    attempts: action.attempts,
    attempts_made: action.attemptsMade,
    crashes: action.crashes,
    budget_usd: usd(action.budget),
    tags: action.tags,
    complexity: action.complexity,
    tier: action.tier,
    model: action.model,
    quality: action.quality,
    cost_usd: usd(action.cost),
    tree_cost_usd: action.parentId === undefined ? usd(action.treeCost) : null,
    degraded: action.degraded,
    cached: action.cached,
    reason: action.reason,
    error: action.error,
    created_at: iso(action.createdAt),
    run_at: iso(action.runAt),
    deadline_at: iso(action.deadlineAt),
    started_at: iso(action.startedAt),
    finished_at: iso(action.finishedAt),
    duration_ms: action.finishedAt === null ? null : action.finishedAt - action.createdAt,
    ...('input' in action ? { input: action.input, answer: action.answer } : {}),
  };
}

export type ResultJson = Pick<
  ActionJson,
  | 'id'
  | 'type'
  | 'status'
  | 'complexity'
  | 'tier'
  | 'model'
  | 'quality'
  | 'cost_usd'
  | 'degraded'
  | 'cached'
  | 'reason'
  | 'error'
  | 'finished_at'
  | 'duration_ms'
> & { answer: string | null };

/** What a caller waits for: the answer with tier, model, quality, cost and why (promise 4). */
export function resultJson(action: ActionRecord): ResultJson {
  const all = actionJson(action);
  return {
    id: all.id,
    type: all.type,
    status: all.status,
    complexity: all.complexity,
    tier: all.tier,
    model: all.model,
    quality: all.quality,
    cost_usd: all.cost_usd,
    degraded: all.degraded,
    cached: all.cached,
    reason: all.reason,
    answer: action.answer,
    error: all.error,
    finished_at: all.finished_at,
    duration_ms: all.duration_ms,
  };
}

export interface CallJson {
  id: string;
  action_id: string;
  role: string;
  type: string;
  complexity: string;
  tier: string;
  provider: string;
  model: string;
  model_id: string;
  input_tokens: number;
  cached_input_tokens: number;
  cache_write_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  reserved_usd: number | null;
  cost_usd: number | null;
  settlement: string;
  outcome: string;
  accepted: boolean | null;
  quality: number | null;
  checks: unknown;
  reason: string | null;
  escalated_from: string | null;
  error_class: string | null;
  error_message: string | null;
  latency_ms: number | null;
  first_token_ms: number | null;
  load_ms: number | null;
  started_at: string | null;
  finished_at: string | null;
}

export function callJson(call: CallRecord): CallJson {
  return {
    id: call.id,
    action_id: call.actionId,
    role: call.role,
    type: call.type,
    complexity: call.complexity,
    tier: call.tier,
    provider: call.provider,
    model: call.model,
    model_id: call.modelId,
    input_tokens: call.inputTokens,
    cached_input_tokens: call.cachedInputTokens,
    cache_write_tokens: call.cacheWriteTokens,
    output_tokens: call.outputTokens,
    reasoning_tokens: call.reasoningTokens,
    reserved_usd: usd(call.reserved),
    cost_usd: usd(call.cost),
    settlement: call.settlement,
    outcome: call.outcome,
    accepted: call.accepted,
    quality: call.quality,
    checks: call.checks,
    reason: call.reason,
    escalated_from: call.escalatedFrom,
    error_class: call.errorClass,
    error_message: call.errorMessage,
    latency_ms: call.latencyMs,
    first_token_ms: call.firstTokenMs,
    load_ms: call.loadMs,
    started_at: iso(call.startedAt),
    finished_at: iso(call.finishedAt),
  };
}

/** Everything `swarmd explain` shows: why it went where it went, and each call. */
export interface ExplanationJson extends ResultJson {
  classification: {
    complexity: string;
    score: number;
    confidence: number;
    signals: readonly { name: string; weight: number; evidence: string }[];
    input_tokens: number;
    expected_output_tokens: number;
    quality_critical: boolean;
    domain: string;
    /** Masked, by kind. */
    personal_data: readonly { class: string; kind: string; masked: string }[];
  } | null;
  plan: {
    policy: string;
    reason: string;
    candidates: readonly { model: string; tier: string; reason: string }[];
    excluded: readonly { model: string; tier: string; rule: string; reason: string }[];
  } | null;
  steps: readonly {
    tier: string;
    model: string;
    call_id: string | null;
    quality: number | null;
    cost_usd: number | null;
    latency_ms: number | null;
    result: string;
  }[];
  calls: readonly CallJson[];
}

export function explanationJson(action: ActionRecord, calls: readonly CallRecord[]): ExplanationJson {
  return { ...resultJson(action), ...trailJson(action.trail), calls: calls.map(callJson) };
}

function trailJson(trail: RouteTrail | null): Pick<ExplanationJson, 'classification' | 'plan' | 'steps'> {
  if (trail === null) return { classification: null, plan: null, steps: [] };
  const { classification, plan, steps } = trail;
  return {
    classification: {
      complexity: classification.complexity,
      score: classification.score,
      confidence: classification.confidence,
      signals: classification.signals,
      input_tokens: classification.inputTokens,
      expected_output_tokens: classification.expectedOutputTokens,
      quality_critical: classification.qualityCritical,
      domain: classification.domain,
      personal_data: classification.personalData.map((found) => ({
        class: found.class,
        kind: found.kind,
        masked: found.masked,
      })),
    },
    plan: {
      policy: plan.policy,
      reason: plan.reason,
      candidates: plan.candidates.map(({ model, reason }) => ({
        model: model.name,
        tier: model.tier,
        reason,
      })),
      excluded: plan.excluded.map(({ model, rule, reason }) => ({
        model: model.name,
        tier: model.tier,
        rule,
        reason,
      })),
    },
    steps: steps.map((step) => ({
      tier: step.tier,
      model: step.model,
      call_id: step.callId ?? null,
      quality: step.quality ?? null,
      cost_usd: usd(step.cost),
      latency_ms: step.latencyMs ?? null,
      result: step.result,
    })),
  };
}

export interface EventJson {
  kind: string;
  action_id: string;
  root_id: string;
  parent_id: string | null;
  type: string;
  at: string | null;
  line: string;
  status: string | null;
  tier: string | null;
  model: string | null;
  quality: number | null;
  cost_usd: number | null;
}

export function eventJson(event: ActionEvent): EventJson {
  return {
    kind: event.kind,
    action_id: event.actionId,
    root_id: event.rootId,
    parent_id: event.parentId ?? null,
    type: event.type,
    at: iso(event.at),
    line: event.line,
    status: event.status ?? null,
    tier: event.tier ?? null,
    model: event.model ?? null,
    quality: event.quality ?? null,
    cost_usd: usd(event.cost),
  };
}

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

export interface StatusJson {
  running: boolean;
  pid: number | null;
  version: string | null;
  started_at: string | null;
  data_dir: string;
  url: string | null;
  simulated: boolean;
  state: string;
  queue: {
    url: string;
    jobs: Readonly<Record<string, number>>;
    last_finished_at: string | null;
    stalled: number;
  } | null;
  actions: Readonly<Record<string, number>>;
  budget: BudgetJson;
  api_allowed: true | string | null;
  models: readonly {
    name: string;
    tier: string;
    provider: string;
    live: boolean | null;
    breaker: string;
    reason: string | null;
  }[];
}

export function statusJson(status: DaemonStatus): StatusJson {
  return {
    running: true,
    pid: status.pid,
    version: status.version,
    started_at: iso(status.startedAt),
    data_dir: status.dataDir,
    url: status.url ?? null,
    simulated: status.simulated,
    state: status.state,
    queue: {
      url: status.queue.url,
      jobs: status.queue.jobs,
      last_finished_at: iso(status.queue.lastFinishedAt),
      stalled: status.queue.stalled,
    },
    actions: status.actions,
    budget: budgetJson(status.budget),
    api_allowed: status.apiAllowed,
    models: status.models.map((model) => ({
      name: model.name,
      tier: model.tier,
      provider: model.provider,
      live: model.live ?? null,
      breaker: model.breaker,
      reason: model.reason ?? null,
    })),
  };
}

export function entryJson(entry: Entry): Record<string, unknown> {
  return {
    id: entry.id,
    timestamp: iso(entry.timestamp),
    type: entry.type,
    topic: entry.topic,
    text: entry.text,
    choice: entry.choice,
    rationale: entry.rationale,
    session: entry.session,
    source: entry.source,
    importance: entry.importance,
    due: entry.due,
    links: entry.links,
    scope: entry.scope,
    chat_id: entry.chatId,
    role: entry.role,
    visibility: entry.visibility,
    project: entry.project,
    task_id: entry.taskId,
    metric: entry.metric,
    status: entry.status,
    superseded_by: entry.supersededBy,
    superseded_at: iso(entry.supersededAt),
  };
}
