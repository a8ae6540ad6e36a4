import type { RateLimitState } from '../types.ts';
import type { HeaderReader } from './classify-error.ts';

/**
 * What a response says of the account's remaining allowance: OpenAI's `x-ratelimit-*` (resets as durations,
 * `6m0s`) and Anthropic's `anthropic-ratelimit-*` (resets as RFC 3339 times). Undefined when it says nothing.
 * With several windows the one nearest to its end decides.
 */
export function readRateLimit(headers: HeaderReader, now: number): RateLimitState | undefined {
  const requests = smallest(headers, [
    'x-ratelimit-remaining-requests',
    'anthropic-ratelimit-requests-remaining',
  ]);
  const tokens = smallest(headers, [
    'x-ratelimit-remaining-tokens',
    'anthropic-ratelimit-tokens-remaining',
    'anthropic-ratelimit-input-tokens-remaining',
    'anthropic-ratelimit-output-tokens-remaining',
  ]);
  if (requests === undefined && tokens === undefined) return undefined;
  // The window that is used up, or nearest to it, is the one whose reset matters.
  const tight = (requests ?? Number.POSITIVE_INFINITY) <= 1 ? 'requests' : 'tokens';
  const resetAt =
    resetTime(headers.get(`x-ratelimit-reset-${tight}`), now) ??
    resetTime(headers.get(`anthropic-ratelimit-${tight}-reset`), now) ??
    resetTime(headers.get('anthropic-ratelimit-input-tokens-reset'), now);
  return {
    ...(requests === undefined ? {} : { requestsRemaining: requests }),
    ...(tokens === undefined ? {} : { tokensRemaining: tokens }),
    ...(resetAt === undefined ? {} : { resetAt }),
  };
}

function smallest(headers: HeaderReader, names: readonly string[]): number | undefined {
  let least: number | undefined;
  for (const name of names) {
    const value = headers.get(name);
    if (value === null || value === '') continue;
    const count = Number(value);
    if (Number.isFinite(count) && (least === undefined || count < least)) least = count;
  }
  return least;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1s`, `6m0s`, `20ms`, `1h2m3.5s`, or a date; as milliseconds since 1970. */
function resetTime(value: string | null, now: number): number | undefined {
  if (value === null || value === '') return undefined;
  if (/^(?:[\d.]+(?:ms|s|m|h|d))+$/.test(value)) {
    let duration = 0;
    for (const [, amount, unit] of value.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) {
      duration += Number(amount) * (unitMs[unit ?? ''] ?? 0);
    }
    return now + duration;
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : date;
}
