import type { RouterParts } from './parts.ts';
import type { CallRole } from './types/call.ts';
import type { BudgetRefusal } from './types/outside.ts';
import type { Origin } from './types.ts';

/**
 * The router's parts for work nobody waits for: other places (background-slots.ts), no cache, no retries, nobody is
 * told and nothing is learned from it; and every call is written under a role of its own and checked against the
 * limits of that role.
 */
export function backgroundParts(
  live: RouterParts,
  role: CallRole,
  given: {
    slots: RouterParts['slots'];
    wouldRefuse: (reserve: number, origin: Origin, role: CallRole) => BudgetRefusal | undefined;
  },
): RouterParts {
  const { onEvent: _silent, labels: _unlearned, nearestExamples: _unasked, ...parts } = live;
  return {
    ...parts,
    config: () => withoutRetries(live.config()),
    cache: { get: () => undefined, put: () => {} },
    slots: given.slots,
    ledger: { ...live.ledger, begin: (start) => live.ledger.begin({ ...start, role }) },
    wouldRefuse: (reserve, origin) => given.wouldRefuse(reserve, origin, role),
  };
}

/** A busy or limited server is needed for real work: this tries once. */
function withoutRetries(config: ReturnType<RouterParts['config']>): ReturnType<RouterParts['config']> {
  const { routing } = config;
  return {
    ...config,
    routing: { ...routing, enableCaching: false, retry: { ...routing.retry, maxRetries: 0 } },
  };
}
