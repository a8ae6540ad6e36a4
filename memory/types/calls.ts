import type { Complexity, TierName } from '../../config/config.ts';
import type { NanoUsd } from '../../config/money.ts';

/** Model calls: one row each, and their sums. */

/** One row of `calls`, as `explain`, `costs` and the ledger's readers see it. */
export interface CallRecord {
  id: string;
  actionId: string;
  runId: string | null;
  rootId: string | null;
  parentId: string | null;
  client: string | null;
  agent: string | null;
  role: string;
  type: string;
  complexity: Complexity;
  tier: TierName;
  provider: string;
  model: string;
  modelId: string;
  inputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  reserved: NanoUsd;
  cost: NanoUsd;
  settlement: string;
  outcome: string;
  accepted: boolean | null;
  quality: number | null;
  checks: unknown;
  reason: string | null;
  escalatedFrom: string | null;
  errorClass: string | null;
  errorMessage: string | null;
  latencyMs: number | null;
  firstTokenMs: number | null;
  loadMs: number | null;
  /** The experiment it was made in, and the arm. */
  experiment: string | null;
  arm: string | null;
  startedAt: number;
  finishedAt: number | null;
}

export interface TierTotals {
  tier: TierName;
  /** Requests answered by this tier (accepted answers). */
  answers: number;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  cost: NanoUsd;
  meanQuality: number | null;
}

/** Finished calls summed by the columns asked for; a column not asked for is absent. */
export interface CallSums {
  /** `2026-11-21`, in `cost_control.time_zone`. */
  day?: string;
  tier?: TierName;
  type?: string;
  model?: string;
  role?: string;
  outcome?: string;
  calls: number;
  inputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
  cost: NanoUsd;
  /** Of these, the accepted answers: what one model alone would have had to do (cache hits not counted). */
  answers: number;
  /** Tokens of the accepted answers' calls; `answerInputTokens` with cache reads and writes included. */
  answerInputTokens: number;
  answerOutputTokens: number;
}

export const callSumColumns = ['day', 'tier', 'type', 'model', 'role', 'outcome'] as const;
export type CallSumColumn = (typeof callSumColumns)[number];

export interface Calls {
  forAction(actionId: string): CallRecord[];
  /** Started at or after `since` and before `until`, summed by these columns, in their order; of one client where one is named. */
  sums(since: number, until: number, by: readonly CallSumColumn[], client?: string): CallSums[];
  totals(
    since: number,
    until: number,
  ): { byTier: TierTotals[]; cacheHits: number; cost: NanoUsd; critiqueCalls: number };
  /** Calls charged in full because what they cost is not known, oldest first. */
  unknown(): CallRecord[];
}
