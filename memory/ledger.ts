import { SwarmdError } from '../config/errors.ts';
import type { NanoUsd } from '../config/money.ts';
import type { CallEnd, CallJudgement, CallStart, Settlement } from '../router/types/call.ts';
import type { BudgetRefusal } from '../router/types/outside.ts';
import { giveBackUnspent } from './actions.ts';
import { charge, refusalFor, reserve } from './budget.ts';
import type { BudgetLimits } from './budget-limits.ts';
import type { Store } from './database.ts';
import { dayOf } from './days.ts';
import { isAlive } from './process-identity.ts';
import * as sql from './sql/calls.ts';
import { setState } from './state.ts';

interface WorkingCall {
  seq: number;
  id: string;
  action_id: string;
  client: string | null;
  agent: string | null;
  role: string;
  experiment: string | null;
  type: string;
  tier: string;
  provider: string;
  model: string;
  day: string;
  started_at: number;
  settlement: Settlement | 'open';
  outcome: string;
  reserved_nano: NanoUsd;
  cost_nano: NanoUsd;
  input_tokens: number;
  cached_input_tokens: number;
  cache_write_tokens: number;
  output_tokens: number;
  accepted: number | null;
  quality: number | null;
  answer_id: string | null;
}

/** The provider that the router writes for an answer out of its cache: a row of the ledger, but no call. */
const cacheProvider = 'cache';

/**
 * Records a call and reserves its upper bound, or says which limit forbids it. Every limit is checked and
 * the reservation taken in one transaction, so no number of processes can overrun a budget together.
 */
export function beginCall(
  store: Store,
  input: { start: CallStart; limits: BudgetLimits; holder: string },
): { ok: true } | { ok: false; refusal: BudgetRefusal } {
  const { start, limits } = input;
  const refusal = refusalFor(store, limits, {
    reserve: start.reserve,
    actionId: start.origin.actionId,
    actionBudget: start.actionBudget,
    role: start.role,
    experiment: start.origin.experiment,
    type: start.type,
    agent: start.origin.agent,
    client: start.origin.client,
    at: start.startedAt,
  });
  if (refusal !== undefined) return { ok: false, refusal };
  const day = dayOf(start.startedAt, limits.timeZone);
  reserve(store, start, day);
  store.run(sql.insertCall, {
    id: start.callId,
    action_id: start.origin.actionId,
    run_id: start.origin.runId ?? null,
    root_id: start.origin.rootId ?? null,
    parent_id: start.origin.parentId ?? null,
    client: start.origin.client ?? null,
    agent: start.origin.agent ?? null,
    role: start.role,
    type: start.type,
    complexity: start.complexity,
    tier: start.tier,
    provider: start.provider,
    model: start.model,
    model_id: start.modelId,
    day,
    started_at: start.startedAt,
    reserved_nano: start.reserve,
    escalated_from: start.escalatedFrom ?? null,
    holder: input.holder,
    prices: start.prices === undefined ? null : JSON.stringify(start.prices),
    experiment: start.origin.experiment ?? null,
    arm: start.origin.arm ?? null,
  });
  return { ok: true };
}

/**
 * Completes a row and settles its reservation, once. A call that was given up as `unknown` and ends after
 * all (its process was thought dead) is corrected; any other second end changes nothing.
 */
export function finishCall(store: Store, end: CallEnd): void {
  const call = workingCall(store, end.callId);
  if (call.settlement !== 'open' && call.settlement !== 'unknown') return;
  const open = call.settlement === 'open';
  const usage = end.usage;
  const done: WorkingCall = {
    ...call,
    settlement: end.settlement,
    outcome: end.outcome,
    cost_nano: end.cost,
    input_tokens: usage?.inputTokens ?? 0,
    cached_input_tokens: usage?.cachedInputTokens ?? 0,
    cache_write_tokens: usage === undefined ? 0 : usage.cacheWriteTokens + usage.cacheWrite1hTokens,
    output_tokens: usage?.outputTokens ?? 0,
  };
  store.run(sql.finishCall, {
    seq: call.seq,
    settlement: done.settlement,
    outcome: done.outcome,
    cost_nano: done.cost_nano,
    input_tokens: done.input_tokens,
    cached_input_tokens: done.cached_input_tokens,
    cache_write_tokens: done.cache_write_tokens,
    output_tokens: done.output_tokens,
    reasoning_tokens: usage?.reasoningTokens ?? 0,
    latency_ms: end.latencyMs,
    first_token_ms: end.firstTokenMs ?? null,
    load_ms: end.loadMs ?? null,
    error_class: end.errorClass ?? null,
    error_message: end.errorMessage?.slice(0, 500).toWellFormed() ?? null,
    finished_at: end.finishedAt,
  });
  if (!open) addUsage(store, call, -1);
  addUsage(store, done, 1);
  settle(store, call, done);
}

/** Moves the money of a call from how it stood to how it stands now. */
function settle(store: Store, before: WorkingCall, after: WorkingCall): void {
  const wasUnknown = before.settlement === 'unknown';
  const isUnknown = after.settlement === 'unknown';
  charge(store, {
    day: before.day,
    actionId: before.action_id,
    role: before.role,
    experiment: before.experiment,
    owner: { type: before.type, agent: before.agent, client: before.client },
    released: before.settlement === 'open' ? before.reserved_nano : 0,
    cost: after.cost_nano - before.cost_nano,
    unknown: (isUnknown ? after.cost_nano : 0) - (wasUnknown ? before.cost_nano : 0),
    unknownCalls: Number(isUnknown) - Number(wasUnknown),
  });
  if (before.answer_id !== null && after.cost_nano !== before.cost_nano) {
    store.run(sql.addToAnswer, { id: before.answer_id, cost: after.cost_nano - before.cost_nano });
  }
  if (after.cost_nano < before.reserved_nano) giveBackUnspent(store, before.action_id);
}

/** Adds an assessment to its row; accepting an answer makes it the owner of the calls made for it. */
export function judgeCall(store: Store, judgement: CallJudgement): void {
  const call = workingCall(store, judgement.callId);
  const judged = { ...call, accepted: judgement.accepted ? 1 : 0, quality: judgement.quality };
  store.run(sql.judgeCall, {
    seq: call.seq,
    accepted: judged.accepted,
    quality: judged.quality,
    checks: JSON.stringify(judgement.checks),
    critique: judgement.critique ?? null,
    reason: judgement.reason.toWellFormed(),
  });
  if (call.settlement !== 'open') {
    addUsage(store, call, -1);
    addUsage(store, judged, 1);
  }
  if (judgement.accepted && call.role === 'answer') {
    store.run(sql.claimForAnswer, { answer: call.id, action: call.action_id });
    store.run(sql.sumAnswer, { answer: call.id, action: call.action_id, seq: call.seq });
  }
}

/** Corrects a call whose cost was not known, once the provider's usage report tells it. False: no such call. */
export function settleUnknownCall(store: Store, input: { callId: string; cost: NanoUsd }): boolean {
  const call = store.get<WorkingCall>(sql.selectWorkingCall, input.callId);
  if (call?.settlement !== 'unknown') return false;
  const settled: WorkingCall = { ...call, settlement: 'settled', cost_nano: input.cost };
  store.run(sql.settleCall, { seq: call.seq, cost_nano: input.cost });
  // Whoever waits for money learns of it.
  setState(store, { key: 'last_settled_call', value: call.id, at: call.started_at });
  addUsage(store, call, -1);
  addUsage(store, settled, 1);
  settle(store, call, settled);
  return true;
}

/**
 * Ends the calls of processes that no longer exist: what they cost is not known, so they are charged in full.
 * Returns how many.
 */
export function recoverCalls(store: Store, input: { at: number }): number {
  let recovered = 0;
  for (const { holder } of store.all<{ holder: string | null }>(sql.selectOpenHolders)) {
    if (holder !== null && isAlive(holder)) continue;
    const calls = store.all<{ id: string; reserved_nano: NanoUsd }>(sql.selectOpenCallsOf, { holder });
    for (const call of calls) {
      finishCall(store, {
        callId: call.id,
        outcome: 'error',
        usage: undefined,
        cost: call.reserved_nano,
        settlement: call.reserved_nano === 0 ? 'free' : 'unknown',
        latencyMs: 0,
        firstTokenMs: undefined,
        loadMs: undefined,
        errorMessage: 'the process ended during the call',
        finishedAt: input.at,
      });
      recovered += 1;
    }
  }
  return recovered;
}

function workingCall(store: Store, id: string): WorkingCall {
  const call = store.get<WorkingCall>(sql.selectWorkingCall, id);
  if (call === undefined) throw new SwarmdError('INTERNAL', `the ledger has no call ${id}`);
  return call;
}

/** Keeps the roll-ups by hour and day equal to the calls: adds a row as it stands, or takes it out again. */
function addUsage(store: Store, call: WorkingCall, sign: 1 | -1): void {
  const hit = call.provider === cacheProvider;
  const answers = call.accepted === 1 && call.role === 'answer' && !hit ? sign : 0;
  store.run(sql.addUsage, {
    started_at: Math.trunc(call.started_at),
    day: call.day,
    tier: call.tier,
    model: call.model,
    type: call.type,
    role: call.role,
    outcome: call.outcome,
    client: call.client ?? '',
    agent: call.agent ?? '',
    calls: hit ? 0 : sign,
    cache_hits: hit ? sign : 0,
    input_tokens: sign * call.input_tokens,
    cached_input_tokens: sign * call.cached_input_tokens,
    cache_write_tokens: sign * call.cache_write_tokens,
    output_tokens: sign * call.output_tokens,
    cost_nano: sign * call.cost_nano,
    answers,
    answer_input_tokens: answers * (call.input_tokens + call.cached_input_tokens + call.cache_write_tokens),
    answer_output_tokens: answers * call.output_tokens,
    quality_sum: answers * (call.quality ?? 0),
  });
}
