import { appendFileSync } from 'node:fs';
import { toUsd } from '../config/money.ts';
import type { OperationOutcome } from './batch.ts';
import { getCall } from './calls.ts';
import type { Store } from './database.ts';
import type { CallRecord } from './types/calls.ts';

/** One finished call as a line of the usage log; the names are stable. */
export function usageLine(call: CallRecord): string {
  return JSON.stringify({
    timestamp: new Date(call.finishedAt ?? call.startedAt).toISOString(),
    call_id: call.id,
    action_id: call.actionId,
    run_id: call.runId,
    client: call.client,
    agent: call.agent,
    role: call.role,
    type: call.type,
    complexity: call.complexity,
    tier: call.tier,
    provider: call.provider,
    model: call.model,
    input_tokens: call.inputTokens,
    cached_input_tokens: call.cachedInputTokens,
    cache_write_tokens: call.cacheWriteTokens,
    output_tokens: call.outputTokens,
    reasoning_tokens: call.reasoningTokens,
    cost_usd: toUsd(call.cost),
    settlement: call.settlement,
    outcome: call.outcome,
    latency_ms: call.latencyMs,
    error_class: call.errorClass,
  });
}

/** Appends the calls that a committed batch finished. The ledger is the record; this file is a copy of it. */
export function appendToUsageLog(
  store: Store,
  path: string,
  batch: readonly { name: string; input: unknown }[],
  outcomes: readonly OperationOutcome[],
): void {
  const lines = batch.flatMap(({ name, input }, index) => {
    if (name !== 'finishCall' || outcomes[index]?.ok !== true) return [];
    const call = getCall(store, (input as { callId: string }).callId);
    return call === undefined ? [] : [`${usageLine(call)}\n`];
  });
  if (lines.length > 0) appendFileSync(path, lines.join(''), { mode: 0o600 });
}
