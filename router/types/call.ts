/** A call of a model: the contract of a provider's adapter, and the two halves of the ledger's row. */
import type { Complexity, ModelSpec, TierName } from '../../config/config.ts';
import type { NanoUsd } from '../../config/money.ts';
import type { UnitPrices } from '../../config/prices.ts';
import type { Candidate, Message, Origin, ToolCall, ToolDefinition } from '../types.ts';
import type { Attempt, CheckResult } from './assessment.ts';

/**
 * Makes one call of one candidate, whatever its role, with everything a call owes: a slot, the reservation
 * and the ledger's row before it, retries within the deadline, settlement after it, the breaker told.
 * `attempt.ts` implements it; critique and judges receive it, so that no call can bypass the ledger.
 */
export type CallModel = (call: {
  candidate: Candidate;
  role: CallRole;
  messages: readonly Message[];
  tools?: readonly ToolDefinition[];
  schema?: Record<string, unknown>;
  maxTokens: number;
  temperature?: number;
  escalatedFrom?: string;
}) => Promise<Attempt>;

/** The contract of a provider's adapter: the smallest thing the rest of the router knows of it. */
export interface Provider {
  /**
   * Sends one request to one model. Yields deltas as they arrive, and exactly one `finish` as the last one.
   * Every failure is thrown as a `CallError`; a stream that ends without its terminator is one.
   */
  generate(request: GenerateRequest, signal: AbortSignal): AsyncIterable<Delta>;
  /** A sign of life that costs one token at most; resolves when the model answers, throws `CallError`. */
  probe(model: ModelSpec, signal: AbortSignal): Promise<void>;
}

export interface GenerateRequest {
  model: ModelSpec;
  messages: readonly Message[];
  tools?: readonly ToolDefinition[];
  schema?: Record<string, unknown>;
  /** The most tokens the answer may have, reasoning included. */
  maxTokens: number;
  temperature?: number;
  stop?: readonly string[];
  /** Tokens of prompt and answer together that the server must hold (Ollama's `num_ctx` bucket). */
  contextTokens: number;
  timeouts: { connect: number; firstToken: number; idle: number; total: number };
}

export type Delta =
  | { kind: 'text'; text: string }
  | { kind: 'reasoning'; text: string }
  | { kind: 'tool_call'; call: ToolCall }
  | { kind: 'finish'; reason: FinishReason; usage: Usage; timing: CallTiming; rateLimit?: RateLimitState };

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'refusal';

export interface Usage {
  /** Prompt tokens billed at the full input price: without those read from or written to a cache. */
  inputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  cacheWrite1hTokens: number;
  /** Everything generated, reasoning included. */
  outputTokens: number;
  reasoningTokens: number;
  /** The provider's own per-call tools, by name. */
  nativeToolCalls: Readonly<Record<string, number>>;
  /** False when the provider left something out and we estimated it. */
  reported: boolean;
}

export interface CallTiming {
  /** Until the first token, as seen here. */
  firstTokenMs: number | undefined;
  /** What the server says it spent loading the model. */
  loadMs: number | undefined;
}

/** What a response's rate-limit headers said; drives pacing before a 429. Both allowances grow steadily until full. */
export interface RateLimitState {
  requests?: Allowance;
  tokens?: Allowance;
}

export interface Allowance {
  remaining: number;
  /** What it holds when full; undefined when the server does not say. */
  limit?: number;
  /** When it is full again, in milliseconds since 1970; undefined when the server does not say. */
  fullAt?: number;
}

/** What a complete generation came to. */
export interface Generation {
  text: string;
  reasoning: string;
  toolCalls: readonly ToolCall[];
  finishReason: FinishReason;
  usage: Usage;
  timing: CallTiming;
}

/**
 * Every error of a call falls into one class, decided once, in the adapter:
 *   retry_here       the same candidate may answer in a moment (500, 529, cut stream, connection reset)
 *   rate_limited     the same candidate may answer after `retryAfterMs`
 *   retry_elsewhere  this candidate will not (model missing, 401, context too long, timeouts); another may
 *   spend_cap        the account's own limit; never retried, every model of that provider is out
 *   bad_request      the request itself is wrong; no candidate would take it
 *   refused          the provider refuses the content
 *   cancelled        we stopped it
 */
export type CallErrorClass =
  | 'retry_here'
  | 'rate_limited'
  | 'retry_elsewhere'
  | 'spend_cap'
  | 'bad_request'
  | 'refused'
  | 'cancelled';

/** What is known of the money when a call did not end well. */
export type Settlement = 'settled' | 'bounded' | 'unknown' | 'free';

/**
 * What a call is for. `shadow` and `judge` come after the answer was given and were asked for by nobody but the
 * installation: they are charged to it, never to the action, and answer nobody.
 */
export type CallRole = 'answer' | 'critique' | 'judge' | 'shadow' | 'embed' | 'probe';

/** The first half of a ledger row: written, with its reservation, before anything is sent. */
export interface CallStart {
  callId: string;
  origin: Origin;
  role: CallRole;
  type: string;
  complexity: Complexity;
  tier: TierName;
  provider: string;
  model: string;
  modelId: string;
  /** The most this call can cost; 0 on the user's own hardware. */
  reserve: NanoUsd;
  /** What the action itself may still spend; undefined: only the installation's limits apply. */
  actionBudget?: NanoUsd;
  prices: UnitPrices | undefined;
  escalatedFrom?: string;
  startedAt: number;
}

/** The second half: what came of it. */
export interface CallEnd {
  callId: string;
  outcome: 'ok' | 'rejected' | 'error' | 'cancelled';
  usage: Usage | undefined;
  cost: NanoUsd;
  settlement: Settlement;
  latencyMs: number;
  firstTokenMs: number | undefined;
  loadMs: number | undefined;
  errorClass?: CallErrorClass;
  /** Redacted, at most 500 characters. */
  errorMessage?: string;
  finishedAt: number;
}

/** What the assessment of an answer adds to its row. */
export interface CallJudgement {
  callId: string;
  quality: number;
  accepted: boolean;
  checks: readonly CheckResult[];
  /** The critique's score, where one was asked for. */
  critique?: number;
  reason: string;
}
