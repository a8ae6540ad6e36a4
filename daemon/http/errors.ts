import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { type ErrorCode, SwarmdError } from '../../config/errors.ts';
import type { InputError } from '../action-input.ts';

/** HTTP status of every code of the catalogue; a code without one here does not compile. */
const statusOf: Record<ErrorCode, number> = {
  CONFIG_INVALID: 422,
  INPUT_INVALID: 400,
  USAGE: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  DAEMON_RUNNING: 409,
  DAEMON_UNREACHABLE: 503,
  QUEUE_UNAVAILABLE: 503,
  MODEL_UNAVAILABLE: 503,
  MEMORY_UNAVAILABLE: 503,
  MEMORY_BUSY: 503,
  MEMORY_CORRUPT: 500,
  MEMORY_NEWER: 500,
  BUDGET_REFUSED: 402,
  PRICE_UNKNOWN: 422,
  PRIVACY_BLOCKED: 403,
  DENIED: 403,
  LIMIT_REACHED: 403,
  KILLED: 503,
  CANCELLED: 409,
  DEADLINE_EXCEEDED: 504,
  QUALITY_TOO_LOW: 422,
  ALL_CANDIDATES_FAILED: 502,
  INTERNAL: 500,
};

/** The one shape of every error over HTTP. `errors` lists each fault of an input. */
export interface ErrorJson {
  error: {
    code: string;
    message: string;
    where?: string;
    allowed?: string;
    retryable: boolean;
    errors?: readonly (InputError & { index?: number })[];
  };
}

/** An input with faults, refused as a whole. */
export class InputRefused extends SwarmdError {
  readonly errors: readonly (InputError & { index?: number })[];

  constructor(errors: readonly (InputError & { index?: number })[]) {
    const first = errors[0];
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    super('INPUT_INVALID', `${first?.message ?? 'the input is not valid'}${more}`, {
      ...(first === undefined ? {} : { where: first.field, allowed: first.allowed }),
    });
    this.errors = errors;
  }
}

/** 401 for a missing or wrong token: the one status that no code of the catalogue has. */
export class TokenRefused extends SwarmdError {
  constructor(message: string) {
    super('DENIED', message, {
      where: 'Authorization',
      allowed:
        'Bearer followed by the content of the file `token` in the data directory, or by a client’s token',
    });
  }
}

export function notFound(what: string, where: string): SwarmdError {
  return new SwarmdError('NOT_FOUND', `no ${what} ${JSON.stringify(where)}`, { where });
}

export function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = asSwarmdError(error);
  const status = error instanceof TokenRefused ? 401 : statusOf[known.code];
  if (status >= 500) request.log.error({ err: error }, 'request failed');
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  // Without it a client that reads no body cannot tell "later" from "broken".
  if (known.retryable && status === 503) reply.header('retry-after', '1');
  const body: ErrorJson = {
    error: { ...known.toJSON(), ...(error instanceof InputRefused ? { errors: error.errors } : {}) },
  };
  reply.code(status).send(body);
}

/** Fastify's own errors in our words; anything unknown is internal, and its message stays in the log. */
function asSwarmdError(error: unknown): SwarmdError {
  if (error instanceof SwarmdError) return error;
  const { code, statusCode, message } = error as FastifyError;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return new SwarmdError('INPUT_INVALID', 'the body is too large', {
      where: 'body',
      allowed: 'at most 8 MiB',
    });
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new SwarmdError('INPUT_INVALID', 'the body is not JSON', {
      where: 'Content-Type',
      allowed: 'application/json',
    });
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY')
    return new SwarmdError('INPUT_INVALID', 'the body is empty', { where: 'body', allowed: 'a JSON value' });
  if (error instanceof SyntaxError || (statusCode !== undefined && statusCode >= 400 && statusCode < 500))
    return new SwarmdError('INPUT_INVALID', message, { where: 'body', allowed: 'a JSON value' });
  return new SwarmdError('INTERNAL', 'something went wrong inside; the daemon’s log has the details');
}
