import { type ErrorCode, SwarmdError } from '../config/errors.ts';
import type { OperationName } from './operations.ts';

/** What the main thread and its threads say to each other. */

export interface WriterOptions {
  path: string;
  /** How long a write waits for another process's lock before that is told, and how long in all. */
  busyTimeoutMs: number;
  patienceMs: number;
  usageLogPath: string | undefined;
}

export type WriterRequest =
  | { kind: 'run'; operations: { id: number; name: OperationName; input: unknown }[] }
  | { kind: 'close' };

export type WriterReply =
  | { kind: 'ready' }
  | { kind: 'done'; outcomes: { id: number; value?: unknown; error?: PackedError }[] }
  | { kind: 'surprise'; error: PackedError }
  /** Writes wait for another process, named in the message. */
  | { kind: 'waiting'; error: PackedError }
  | { kind: 'closed' };

/** An error that can be posted: structured clone would lose the class and its fields. */
export interface PackedError {
  message: string;
  stack: string | undefined;
  code: ErrorCode | undefined;
  where: string | undefined;
  allowed: string | undefined;
  retryable: boolean;
}

export function packError(error: unknown): PackedError {
  const swarmd = error instanceof SwarmdError ? error : undefined;
  return {
    message: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? error.stack : undefined,
    code: swarmd?.code,
    where: swarmd?.where,
    allowed: swarmd?.allowed,
    retryable: swarmd?.retryable ?? false,
  };
}

export function unpackError(packed: PackedError): Error {
  if (packed.code === undefined) {
    const error = new Error(packed.message);
    if (packed.stack !== undefined) error.stack = packed.stack;
    return error;
  }
  return new SwarmdError(packed.code, packed.message, {
    ...(packed.where === undefined ? {} : { where: packed.where }),
    ...(packed.allowed === undefined ? {} : { allowed: packed.allowed }),
    retryable: packed.retryable,
  });
}
