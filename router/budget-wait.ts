import type { ModelSpec } from '../config/config.ts';
import { allowedAgainAt } from './budget-refusal.ts';
import { consequences } from './call-error.ts';
import type { Journey } from './journey.ts';
import type { RouterParts } from './parts.ts';
import type { AttemptError } from './types/assessment.ts';
import type { Breakers, BudgetRefusal } from './types/outside.ts';
import type { RoutePlan } from './types.ts';

/** What a request waits for that money, or a model of the user's own, would answer. */
export interface BudgetWait {
  /** `budget_paused`: until a person resumes it, whatever the time. */
  waitsFor: 'budget' | 'budget_paused';
  /** When asking again can help at the earliest; undefined: only when somebody changes the budget. */
  retryAt: number | undefined;
}

/** Own models that failed and whose breaker has not opened yet are asked again no sooner than this, in milliseconds. */
const ownModelPauseMs = 5_000;

/** What may be lifted: refusals of the budget, and the ends of rests, in milliseconds since 1970. */
interface Lifts {
  refusals: (BudgetRefusal | undefined)[];
  rests: number[];
}

/**
 * Where nothing was asked because paid models are out of budget and others rest: until the sooner of the
 * budget's new start and the end of a rest. Undefined where waiting for the budget cannot help.
 */
export function waitBeforeAsking(plan: RoutePlan, now: number): BudgetWait | undefined {
  return soonest(leftOut(plan, now), now);
}

/**
 * The same after own models were asked and failed. An error of a paid model is an ordinary failure: it was
 * called, so money is not what the request lacks.
 */
export function waitAfterFailures(
  { failures, plan, parts }: Pick<Journey, 'failures' | 'plan'> & { parts: Pick<RouterParts, 'breakers'> },
  now: number,
): BudgetWait | undefined {
  const lifts = leftOut(plan, now);
  for (const { candidate, error } of failures) {
    if (error.class === 'budget') lifts.refusals.push(error.refusal);
    else if (!candidate.model.selfHosted || !othersMayAnswer(error)) return undefined;
    else if (error.retryable) lifts.rests.push(restsUntil(candidate.model, error, parts.breakers, now));
  }
  return soonest(lifts, now);
}

function leftOut({ excluded }: RoutePlan, now: number): Lifts {
  return {
    refusals: excluded.flatMap(({ rule, refusal }) => (rule === 'budget' ? [refusal] : [])),
    rests: excluded.flatMap(({ rule, retryAt }) => (rule === 'breaker' ? [retryAt ?? now] : [])),
  };
}

function soonest({ refusals, rests }: Lifts, now: number): BudgetWait | undefined {
  const paused = refusals.some((refusal) => refusal?.limit === 'pause');
  const anew = refusals
    .map((refusal) => (refusal === undefined ? undefined : allowedAgainAt(refusal, now)))
    .filter((at) => at !== undefined);
  if (!paused && anew.length === 0) return undefined;
  const times = [...anew, ...rests];
  return {
    waitsFor: paused ? 'budget_paused' : 'budget',
    retryAt: times.length === 0 ? undefined : Math.min(...times),
  };
}

function othersMayAnswer({ class: errorClass }: AttemptError): boolean {
  if (errorClass === 'no_slot') return true;
  if (errorClass === 'budget' || errorClass === 'deadline') return false;
  return consequences[errorClass].nextCandidate;
}

function restsUntil(model: ModelSpec, error: AttemptError, breakers: Breakers, now: number): number {
  const breaker = breakers.state(model);
  return breaker.state === 'open'
    ? (breaker.retryAt ?? now)
    : now + Math.max(error.retryAfterMs ?? 0, ownModelPauseMs);
}
