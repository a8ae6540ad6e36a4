import type { Allowance, RateLimitState } from '../types/call.ts';
import type { HeaderReader } from './classify-error.ts';

/**
 * What a response says of the account's remaining allowance: OpenAI's `x-ratelimit-*` (full again after a
 * duration, `6m0s`) and Anthropic's `anthropic-ratelimit-*` (full again at an RFC 3339 time). Of several token
 * limits the one with the smallest share left counts. Undefined when it says nothing.
 */
export function readRateLimit(headers: HeaderReader, now: number): RateLimitState | undefined {
  const requests =
    allowance(headers, openAiNames('requests'), now) ?? allowance(headers, anthropicNames('requests'), now);
  const tokens = scarcest(
    [openAiNames('tokens'), ...['tokens', 'input-tokens', 'output-tokens'].map(anthropicNames)].map((names) =>
      allowance(headers, names, now),
    ),
  );
  if (requests === undefined && tokens === undefined) return undefined;
  return { ...(requests === undefined ? {} : { requests }), ...(tokens === undefined ? {} : { tokens }) };
}

interface HeaderNames {
  remaining: string;
  limit: string;
  reset: string;
}

function openAiNames(what: string): HeaderNames {
  const named = (part: string) => `x-ratelimit-${part}-${what}`;
  return { remaining: named('remaining'), limit: named('limit'), reset: named('reset') };
}

function anthropicNames(what: string): HeaderNames {
  const named = (part: string) => `anthropic-ratelimit-${what}-${part}`;
  return { remaining: named('remaining'), limit: named('limit'), reset: named('reset') };
}

function allowance(headers: HeaderReader, names: HeaderNames, now: number): Allowance | undefined {
  const remaining = count(headers.get(names.remaining));
  if (remaining === undefined) return undefined;
  const limit = count(headers.get(names.limit));
  const fullAt = resetTime(headers.get(names.reset), now);
  return {
    remaining,
    ...(limit === undefined ? {} : { limit }),
    ...(fullAt === undefined ? {} : { fullAt }),
  };
}

function scarcest(allowances: readonly (Allowance | undefined)[]): Allowance | undefined {
  let least: Allowance | undefined;
  for (const one of allowances) {
    if (one === undefined) continue;
    if (least === undefined || share(one) < share(least)) least = one;
  }
  return least;
}

/** Without a stated limit only an empty allowance is scarce. */
function share({ remaining, limit }: Allowance): number {
  return limit === undefined || limit === 0 ? Math.min(1, remaining) : remaining / limit;
}

function count(value: string | null): number | undefined {
  if (value === null || value === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `1s`, `6m0s`, `20ms`, `1h2m3.5s`, or a date; as milliseconds since 1970. */
function resetTime(value: string | null, now: number): number | undefined {
  if (value === null || value === '') return undefined;
  if (/^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(value)) {
    let duration = 0;
    for (const [, amount, unit] of value.matchAll(/([\d.]+)(ms|s|m|h|d)/g)) {
      duration += Number(amount) * (unitMs[unit ?? ''] ?? 0);
    }
    return now + duration;
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : date;
}
