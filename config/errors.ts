/** Exit codes of every swarmd program; documented in docs/commands.md and stable. */
export const exitCodes = {
  ok: 0,
  failure: 1,
  usage: 64,
  unavailable: 69,
  internal: 70,
  tryAgain: 75,
  budgetRefused: 76,
  denied: 77,
  config: 78,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The one catalogue of error codes: what a program may match on, with the exit code a command ends with. */
const catalogue = {
  CONFIG_INVALID: exitCodes.config,
  INPUT_INVALID: exitCodes.usage,
  USAGE: exitCodes.usage,
  NOT_FOUND: exitCodes.failure,
  CONFLICT: exitCodes.failure,
  /** Another daemon has the data directory. */
  DAEMON_RUNNING: exitCodes.tryAgain,
  DAEMON_UNREACHABLE: exitCodes.unavailable,
  QUEUE_UNAVAILABLE: exitCodes.unavailable,
  MODEL_UNAVAILABLE: exitCodes.unavailable,
  MEMORY_UNAVAILABLE: exitCodes.unavailable,
  MEMORY_BUSY: exitCodes.tryAgain,
  MEMORY_CORRUPT: exitCodes.internal,
  MEMORY_NEWER: exitCodes.config,
  BUDGET_REFUSED: exitCodes.budgetRefused,
  PRICE_UNKNOWN: exitCodes.config,
  PRIVACY_BLOCKED: exitCodes.denied,
  DENIED: exitCodes.denied,
  LIMIT_REACHED: exitCodes.denied,
  KILLED: exitCodes.tryAgain,
  CANCELLED: exitCodes.failure,
  DEADLINE_EXCEEDED: exitCodes.failure,
  QUALITY_TOO_LOW: exitCodes.failure,
  /** No model could be used: down, missing, refusing, or each of them wrong. */
  ALL_CANDIDATES_FAILED: exitCodes.unavailable,
  INTERNAL: exitCodes.internal,
} as const satisfies Record<string, ExitCode>;

export type ErrorCode = keyof typeof catalogue;

/** The exit code of a code that came over the wire; undefined when the catalogue does not have it. */
export function exitCodeOf(code: string): ExitCode | undefined {
  return Object.hasOwn(catalogue, code) ? catalogue[code as ErrorCode] : undefined;
}

/** One of several faults of one input or file. */
export interface Fault {
  /** As the user would type it; empty when the whole is wrong. */
  field: string;
  message: string;
  /** Where it stands: the index in a list, the line of a file, or the place in words. */
  index?: number;
  line?: number;
  where?: string;
  allowed?: string;
}

interface ErrorDetails {
  /** The field, file or address the error is about, as the user would type it. */
  where?: string;
  /** What would have been right. */
  allowed?: string;
  /** True when the same call may succeed later without any change. */
  retryable?: boolean;
  /** Every fault by itself, where the message joins several. */
  faults?: readonly Fault[];
  cause?: unknown;
}

/** An error a user can act on: what was wrong, where, what would be right, and whether a retry can help. */
export class SwarmdError extends Error {
  override readonly name = 'SwarmdError';
  readonly code: ErrorCode;
  readonly where: string | undefined;
  readonly allowed: string | undefined;
  readonly retryable: boolean;
  /** `--json` shows them as `errors`. */
  readonly faults: readonly Fault[] | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.where = details.where;
    this.allowed = details.allowed;
    this.retryable = details.retryable ?? false;
    this.faults = details.faults;
  }

  get exitCode(): ExitCode {
    return catalogue[this.code];
  }

  /** The shape every JSON surface (HTTP, `--json`, the `error` column) shows. */
  toJSON(): { code: ErrorCode; message: string; where?: string; allowed?: string; retryable: boolean } {
    return {
      code: this.code,
      message: this.message,
      ...(this.where === undefined ? {} : { where: this.where }),
      ...(this.allowed === undefined ? {} : { allowed: this.allowed }),
      retryable: this.retryable,
    };
  }
}
