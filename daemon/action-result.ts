import type { ActionResult } from '../memory/types/actions.ts';
import type { Outcome } from '../router/types.ts';

/** What the record keeps of an outcome that ends its action. */
export function resultOf(outcome: Outcome): ActionResult {
  const { trail } = outcome;
  const complexity = trail.classification.complexity;
  switch (outcome.kind) {
    case 'answered':
      return {
        status: 'completed',
        complexity,
        tier: outcome.tier,
        model: outcome.model,
        quality: outcome.quality,
        ...(outcome.degraded === undefined ? {} : { degraded: outcome.degraded }),
        cached: outcome.cached,
        reason: outcome.reason,
        answer: outcome.answer.text,
        trail,
      };
    case 'failed': {
      const { code, message, retryable } = outcome.error;
      const status = code === 'CANCELLED' ? 'cancelled' : 'failed';
      return { status, error: { code, message, retryable }, complexity, reason: trail.plan.reason, trail };
    }
    case 'waiting': {
      const message = `no slot came free on host ${outcome.host}`;
      return {
        status: 'failed',
        error: { code: 'MODEL_UNAVAILABLE', message, retryable: true },
        complexity,
        trail,
      };
    }
  }
}
