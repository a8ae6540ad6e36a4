import type { ActionRecord } from '../../../memory/types/actions.ts';
import type { CallRecord } from '../../../memory/types/calls.ts';
import type { LabelRecord } from '../../../memory/types/labels.ts';
import type { Classification, RoutePlan, RouteTrail } from '../../../router/types.ts';
import { type ResultJson, resultJson } from './action-json.ts';
import { iso, usd } from './units.ts';

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
  experiment: string | null;
  arm: string | null;
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
    experiment: call.experiment,
    arm: call.arm,
    started_at: iso(call.startedAt),
    finished_at: iso(call.finishedAt),
  };
}

interface ClassificationJson {
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
}

interface PlanJson {
  policy: string;
  reason: string;
  candidates: readonly { model: string; tier: string; reason: string }[];
  excluded: readonly { model: string; tier: string; rule: string; reason: string }[];
}

/** Everything `swarmd explain` shows: why it went where it went, and each call. */
export interface ExplanationJson extends ResultJson {
  classification: ClassificationJson | null;
  plan: PlanJson | null;
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
  /** What is known of its answers' truth, and who said so. */
  labels: readonly {
    call_id: string;
    label: string;
    source: string;
    confidence: number;
    note: string | null;
    at: string | null;
  }[];
}

export function explanationJson(
  action: ActionRecord,
  calls: readonly CallRecord[],
  labels: readonly LabelRecord[],
): ExplanationJson {
  return {
    ...resultJson(action),
    ...trailJson(action.trail),
    calls: calls.map(callJson),
    labels: labels.map((label) => ({
      call_id: label.callId,
      label: label.label,
      source: label.source,
      confidence: label.confidence,
      note: label.note,
      at: iso(label.at),
    })),
  };
}

/** The classification, as `explain` of an action and of a dry run show it. */
export function classificationJson(classification: Classification): ClassificationJson {
  return {
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
  };
}

/** A plan, as `explain` of an action and of a dry run show it. */
export function planJson(plan: RoutePlan): PlanJson {
  return {
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
  };
}

function trailJson(trail: RouteTrail | null): Pick<ExplanationJson, 'classification' | 'plan' | 'steps'> {
  if (trail === null) return { classification: null, plan: null, steps: [] };
  const { classification, plan, steps } = trail;
  return {
    classification: classificationJson(classification),
    plan: planJson(plan),
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
