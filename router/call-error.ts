import type { AttemptError } from './types/assessment.ts';
import type { CallErrorClass, Settlement, Usage } from './types/call.ts';

/**
 * What each class of error leads to; the one table that attempt, breaker and action retries read.
 *
 *   retryHere       the same candidate is tried again, after `retryAfterMs` or a backoff with jitter
 *   nextCandidate   another candidate may answer the same request
 *   breaker         the candidate's breaker counts it as a failure of the model
 *   wholeProvider   every model of the provider is out until the account's limit is lifted
 *   retryable       the whole action may succeed later without any change
 */
export const consequences: Readonly<Record<CallErrorClass, Consequence>> = {
  retry_here: {
    retryHere: true,
    nextCandidate: true,
    breaker: true,
    wholeProvider: false,
    retryable: true,
  },
  rate_limited: {
    retryHere: true,
    nextCandidate: true,
    breaker: false,
    wholeProvider: false,
    retryable: true,
  },
  retry_elsewhere: {
    retryHere: false,
    nextCandidate: true,
    breaker: true,
    wholeProvider: false,
    retryable: true,
  },
  spend_cap: {
    retryHere: false,
    nextCandidate: true,
    breaker: true,
    wholeProvider: true,
    retryable: false,
  },
  bad_request: {
    retryHere: false,
    nextCandidate: false,
    breaker: false,
    wholeProvider: false,
    retryable: false,
  },
  refused: {
    retryHere: false,
    nextCandidate: true,
    breaker: false,
    wholeProvider: false,
    retryable: false,
  },
  cancelled: {
    retryHere: false,
    nextCandidate: false,
    breaker: false,
    wholeProvider: false,
    retryable: false,
  },
};

export interface Consequence {
  retryHere: boolean;
  nextCandidate: boolean;
  breaker: boolean;
  wholeProvider: boolean;
  retryable: boolean;
}

/** What had arrived when a call failed; settles an aborted call as `bounded`. */
export interface PartialGeneration {
  text: string;
  reasoning: string;
  /** Estimated from what arrived, with `tokenMargin` on top: never below what was generated for us to see. */
  outputTokens: number;
  firstTokenMs: number | undefined;
}

export interface CallErrorDetails {
  /** HTTP status, where the server answered with one. */
  status?: number;
  /** How long the server asked us to wait. */
  retryAfterMs?: number;
  /**
   * What is known of the money: `free` (nothing was generated: refused connection, error status), `bounded` (we
   * stopped a stream that showed all it generated), `settled` (`usage` is complete), `unknown` (all else).
   */
  settlement?: Settlement;
  usage?: Usage;
  /** False where waiting cannot help either (a key that is wrong, a model that does not exist). */
  retryable?: boolean;
  /** True when this concerns the request's size or shape, not the model's health: the breaker ignores it. */
  requestSpecific?: boolean;
  cause?: unknown;
}

/**
 * Every failure of a call, classed once where it is first understood. `message` says what happened and at
 * which model's server; it never holds a key, a prompt or an answer.
 */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly class: CallErrorClass;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly usage: Usage | undefined;
  readonly retryable: boolean;
  readonly requestSpecific: boolean;
  settlement: Settlement;
  /** Added by `collect`. */
  partial: PartialGeneration | undefined;

  constructor(errorClass: CallErrorClass, message: string, details: CallErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.class = errorClass;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.usage = details.usage;
    this.retryable = details.retryable ?? consequences[errorClass].retryable;
    this.requestSpecific = details.requestSpecific ?? false;
    this.settlement = details.settlement ?? 'unknown';
  }

  /** True when the candidate's breaker should count it. */
  get countsForBreaker(): boolean {
    return consequences[this.class].breaker && !this.requestSpecific;
  }

  toAttemptError(): AttemptError {
    return { class: this.class, message: this.message, retryable: this.retryable };
  }
}

/** The error an abort of `signal` stands for: its reason where that is classed, else `cancelled`. */
export function abortError(signal: AbortSignal): CallError {
  if (signal.reason instanceof CallError) return signal.reason;
  return new CallError('cancelled', 'the call was cancelled', {
    settlement: 'bounded',
    cause: signal.reason,
  });
}
