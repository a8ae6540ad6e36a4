/** What came of trying a candidate, and how the answer is judged. */
import type { NanoUsd } from '../../config/money.ts';
import type { Candidate } from '../types.ts';
import type { CallErrorClass, Generation } from './call.ts';
import type { BudgetRefusal } from './outside.ts';

export type Attempt =
  | {
      kind: 'answered';
      candidate: Candidate;
      callId: string;
      generation: Generation;
      cost: NanoUsd;
      latencyMs: number;
    }
  | { kind: 'failed'; candidate: Candidate; callId: string | undefined; error: AttemptError; cost: NanoUsd };

export interface AttemptError {
  class: CallErrorClass | 'budget' | 'no_slot' | 'deadline';
  message: string;
  retryable: boolean;
  /** What a rate limit asked us to wait. */
  retryAfterMs?: number;
  /** With class `budget`: which limit. */
  refusal?: BudgetRefusal;
}

export type CheckGroup = 'format' | 'completeness' | 'coherence';

export interface CheckResult {
  name: string;
  group: CheckGroup;
  /** 0..1 */
  score: number;
  /** A hard failure ends the ladder and keeps quality below the threshold. */
  hard: boolean;
  /** A user's own check with `hard: false`: its failure lowers the quality, never from above the threshold to below. */
  lowersOnly?: true;
  /** What was seen, quoting at most a line. */
  evidence: string;
}

export interface Critique {
  /** 0..1 */
  score: number;
  issues: readonly string[];
  model: string;
  callId: string;
  cost: NanoUsd;
}

export interface Assessment {
  quality: number;
  verdict: 'pass' | 'fail';
  checks: readonly CheckResult[];
  critique: Critique | undefined;
  /** What it had to reach; undefined: the request's own threshold. */
  threshold?: number;
  /** One line naming what decided. */
  reason: string;
}

export type Decision =
  | { kind: 'accept' }
  | { kind: 'escalate'; reason: string }
  | { kind: 'fall_back'; reason: string }
  | { kind: 'give_up'; reason: string };
