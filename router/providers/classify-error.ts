import { CallError } from '../call-error.ts';
import type { CallErrorClass } from '../types/call.ts';

/** An error as a provider words it, from an error status or from inside a stream. */
export interface ProviderError {
  /** Undefined for an error event inside a stream that began with 200. */
  status: number | undefined;
  /** `rate_limit_error`, `insufficient_quota` … */
  type: string;
  code: string;
  message: string;
  headers: HeaderReader | undefined;
}

export interface HeaderReader {
  get(name: string): string | null;
}

/** What an error event's type would have been as a status. */
const statusOfType: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  api_error: 500,
  server_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
  // The Responses API's own reasons, in `response.failed`.
  invalid_prompt: 400,
  bio_policy: 400,
  misalignment_policy_violation: 400,
  image_content_policy_violation: 400,
};

interface Rule {
  /** Undefined: any status. */
  statuses: readonly number[] | undefined;
  /** Tested against `type code message`, case-insensitively. */
  words: RegExp | undefined;
  class: CallErrorClass;
  retryable?: boolean;
  requestSpecific?: boolean;
}

/**
 * The one table from a provider's error to our class; the first rule that fits decides. Sources: the providers'
 * error pages, vLLM's, llama.cpp's and Ollama's wordings, and `reference/model-api-facts.md`. Spend caps come
 * as 400 (Anthropic's own limits), 402 and 429; none of them is ever retried.
 */
const rules: readonly Rule[] = [
  {
    statuses: undefined,
    words:
      /insufficient_quota|enforced_spend_limit_reached|billing_hard_limit_reached|billing_not_active|credit balance is too low|exceeded your current quota|reached your specified api usage limits|\bcredits? (?:are |is |has been )?exhausted|spend(?:ing)?[ _](?:cap|limit)/i,
    class: 'spend_cap',
  },
  { statuses: [402], words: undefined, class: 'spend_cap' },
  {
    statuses: undefined,
    words:
      /context_length_exceeded|exceed_context_size|maximum context length|prompt is too long|exceed(?:s|ed)?\b.{0,40}\bcontext (?:length|limit|size|window)|input (?:length|is too long)|context (?:length|window) exceeded/i,
    class: 'retry_elsewhere',
    // It will be as long tomorrow.
    retryable: false,
    requestSpecific: true,
  },
  {
    statuses: [400, 403],
    words:
      /content_policy|content_filter|invalid_prompt|bio_policy|policy_violation|usage policy|safety system/i,
    class: 'refused',
  },
  {
    // What this model does not take another may: tools, thinking, an effort, a schema keyword.
    statuses: [400, 422],
    words:
      /does not support|not supported|unsupported|deprecated for this model|could not finish the message|invalid_json_schema|model_not_found|requires? .{0,30}responses api/i,
    class: 'retry_elsewhere',
    retryable: false,
    requestSpecific: true,
  },
  { statuses: [400, 422], words: undefined, class: 'bad_request' },
  { statuses: [401, 403, 404], words: undefined, class: 'retry_elsewhere', retryable: false },
  {
    // One request above the whole minute's allowance: waiting cannot help.
    statuses: [413, 429],
    words: /request too large|request_too_large/i,
    class: 'retry_elsewhere',
    retryable: false,
    requestSpecific: true,
  },
  { statuses: [413], words: undefined, class: 'retry_elsewhere', retryable: false, requestSpecific: true },
  { statuses: [429], words: undefined, class: 'rate_limited' },
  {
    statuses: [500, 503],
    words: /requires more (?:system )?memory|out of memory/i,
    class: 'retry_elsewhere',
  },
  {
    statuses: [408, 409, 425, 500, 502, 503, 504, 520, 522, 524, 529],
    words: undefined,
    class: 'retry_here',
  },
];

/** Classes an error that the provider worded. `server` names the model and its address for the message. */
export function classifyProviderError(error: ProviderError, server: string, now: number): CallError {
  const status = error.status ?? statusOfType[error.type] ?? statusOfType[error.code] ?? 500;
  const words = `${error.type} ${error.code} ${error.message}`;
  const rule = rules.find(
    (candidate) =>
      (candidate.statuses === undefined || candidate.statuses.includes(status)) &&
      (candidate.words === undefined || candidate.words.test(words)),
  );
  const errorClass = rule?.class ?? 'retry_elsewhere';
  const label = error.status === undefined ? error.type || error.code || 'error in the stream' : error.status;
  const retryAfterMs = errorClass === 'spend_cap' ? undefined : retryAfter(error.headers, now);
  return new CallError(errorClass, `${server}: ${label} ${redact(error.message)}`.trim(), {
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(rule?.retryable === undefined ? {} : { retryable: rule.retryable }),
    ...(rule?.requestSpecific === undefined ? {} : { requestSpecific: rule.requestSpecific }),
    // An error status means nothing was generated; inside a stream something may have been.
    settlement: error.status === undefined ? 'unknown' : 'free',
  });
}

/** Reads `{error: {type, code, message}}` (OpenAI, Anthropic), `{error: "…"}` (Ollama) or plain text. */
export function readProviderError(
  status: number | undefined,
  body: unknown,
  headers: HeaderReader | undefined,
): ProviderError {
  const outer = isRecord(body) ? body : {};
  const inner = isRecord(outer.error) ? outer.error : outer;
  const details = isRecord(inner.details) ? inner.details : {};
  const message =
    asText(inner.message) ||
    asText(outer.error) ||
    asText(outer.message) ||
    asText(outer.detail) ||
    asText(body);
  return {
    status,
    type: asText(inner.type),
    code: asText(details.error_code) || asText(inner.code),
    message,
    headers,
  };
}

/** An error's body as it came: JSON where it is, else text. */
export function parseOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Codes of Node and undici that mean: no connection ever stood, nothing was sent. */
const neverConnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_INVALID_URL',
]);

/** Classes what the network or the decoding threw. A `CallError` in the chain of causes is kept. */
export function classifyThrown(error: unknown, server: string): CallError {
  let code = '';
  for (let cause: unknown = error, depth = 0; cause instanceof Error && depth < 6; depth += 1) {
    if (cause instanceof CallError) return cause;
    if ('code' in cause && typeof cause.code === 'string' && code === '') code = cause.code;
    if (cause instanceof AggregateError && cause.errors.length > 0) cause = cause.errors[0];
    else cause = cause.cause;
  }
  const message = error instanceof Error ? error.message : String(error);
  if (neverConnected.has(code) || code.startsWith('ERR_TLS') || code.includes('CERT')) {
    return new CallError('retry_elsewhere', `${server}: no connection (${code})`, {
      settlement: 'free',
      cause: error,
    });
  }
  if (code === 'EAI_AGAIN') {
    return new CallError('retry_here', `${server}: no connection (${code})`, {
      settlement: 'free',
      cause: error,
    });
  }
  return new CallError('retry_here', `${server}: ${redact(message)}${code === '' ? '' : ` (${code})`}`, {
    settlement: 'unknown',
    cause: error,
  });
}

/** Milliseconds to wait: `retry-after-ms`, `retry-after` in seconds or as a date, else undefined. */
function retryAfter(headers: HeaderReader | undefined, now: number): number | undefined {
  const milliseconds = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds;
  const value = headers?.get('retry-after');
  if (value === null || value === undefined || value === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

const longestMessage = 400;

/** Takes keys out (OpenAI quotes a part of a wrong one) and cuts what is long. */
function redact(text: string): string {
  const clean = text
    .replace(/\b(?:sk|pk|rk|key|api)[-_][\w*.-]{6,}/gi, '[key]')
    .replace(/\bBearer\s+\S+/gi, 'Bearer [key]')
    .replace(/\s+/g, ' ')
    .trim();
  return clean.length > longestMessage ? `${clean.slice(0, longestMessage)}…` : clean;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
