import { type BudgetWait, waitAfterFailures, waitBeforeAsking } from './budget-wait.ts';
import { shown } from './decide.ts';
import type { Journey, Judged } from './journey.ts';
import type {
  Candidate,
  Classification,
  ExcludedCandidate,
  Outcome,
  Request,
  RoutePlan,
  RouteTrail,
} from './types.ts';

export function answered(journey: Journey, best: Judged): Extract<Outcome, { kind: 'answered' }> {
  return {
    kind: 'answered',
    answer: best.answer,
    tier: best.candidate.model.tier,
    model: best.candidate.model.name,
    quality: best.quality,
    degraded: budgetMark(journey, best),
    cached: false,
    cost: journey.cost,
    reason: reasonFor(journey, best),
    trail: trailOf(journey),
  };
}

/** Every candidate was tried (or trying on was ruled out: `why`) and none passed. */
export function exhausted(journey: Journey, why: string | undefined): Outcome {
  const { best, request, plan, failures } = journey;
  const errors = failures.map((failure) => failure.error);
  const named = failures
    .map((failure) => `${failure.candidate.model.name}: ${failure.error.message}`)
    .join('; ');
  if (best !== undefined && !request.mustPass) {
    const cause = why ?? (named === '' ? 'no candidate is left' : named);
    const degraded = `below the threshold of ${shown(best.threshold)}: ${best.reason}; ${cause}${budgetNote(plan)}`;
    return { ...answered(journey, best), degraded };
  }
  if (best !== undefined) {
    const message = `the best answer (${best.candidate.model.name}) has quality ${best.quality.toFixed(2)}, ${shown(best.threshold)} is required: ${best.reason}`;
    return failed(journey, 'QUALITY_TOO_LOW', message, false);
  }
  const all = named + exclusionNote(plan.excluded);
  const now = journey.parts.clock.now();
  const wait = waitAfterFailures(journey, now);
  if (errors.length > 0 && errors.every((error) => error.class === 'budget'))
    return waiting(journey, all, wait);
  if (now >= request.deadlineAt) return failed(journey, 'DEADLINE_EXCEEDED', all, false);
  if (wait !== undefined) return waiting(journey, all, wait);
  const pauses = errors.map((error) =>
    error.retryAfterMs === undefined ? undefined : now + error.retryAfterMs,
  );
  const retryable = errors.some((error) => error.retryable);
  return failed(journey, 'ALL_CANDIDATES_FAILED', all, retryable, earliest(pauses));
}

/** Rules whose objection passes: with the budget, or with a model's rest. */
const lifts: ReadonlySet<string> = new Set(['budget', 'breaker']);

/** Rests up to this are waited for by an action's retries, in milliseconds; behind longer ones is an outage. */
const shortRestMs = 60_000;

/** The plan holds no candidate at all: the constraints' own reasons become the error. */
export function nothingToTry(
  request: Request,
  classification: Classification,
  plan: RoutePlan,
  now: number,
): Outcome {
  const trail: RouteTrail = { classification, plan, steps: [] };
  const rules = new Set(plan.excluded.map((excluded) => excluded.rule));
  const reasons = (excluded: readonly ExcludedCandidate[]) =>
    excluded.map(({ model, reason }) => `${model.name}: ${reason}`).join('; ');
  const why = reasons(plan.excluded);
  const rest = earliest(plan.excluded.map(({ retryAt }) => retryAt));
  const refuse = (
    code: Extract<Outcome, { kind: 'failed' }>['error']['code'],
    message: string,
    retryable: boolean,
  ): Outcome => ({
    kind: 'failed',
    error: {
      code,
      message,
      retryable,
      // Before a short rest ends nothing can be asked: an attempt until then would be none.
      ...(retryable && rest !== undefined && rest <= now + shortRestMs ? { retryAt: rest } : {}),
    },
    cost: 0,
    trail,
  });
  if (now >= request.deadlineAt)
    return refuse('DEADLINE_EXCEEDED', 'the deadline passed before a model could be asked', false);
  if (plan.excluded.length === 0)
    return refuse('INPUT_INVALID', `no configured model serves this request: ${plan.reason}`, false);
  // A local model that is down may come back; what privacy or the window exclude stays excluded.
  const recovers = rules.has('breaker');
  if (rules.has('privacy'))
    return refuse(
      'PRIVACY_BLOCKED',
      `this must stay on your own hardware and no local model can take it (${why})`,
      recovers,
    );
  const wait = waitBeforeAsking(plan, now);
  if (wait !== undefined || (rules.has('budget') && !recovers))
    return {
      kind: 'failed',
      // What else spoke against other models is in the trail; here it would hide what is waited for.
      error: refusedByBudget(reasons(plan.excluded.filter(({ rule }) => lifts.has(rule))), wait),
      cost: 0,
      trail,
    };
  return refuse('ALL_CANDIDATES_FAILED', why, recovers);
}

export function stopped(journey: Journey, message: string): Outcome {
  return failed(journey, 'CANCELLED', message, false);
}

export function waitingForSlot(journey: Journey, candidate: Candidate): Outcome {
  const { host, name } = candidate.model;
  return { kind: 'waiting', host, model: name, cost: journey.cost, trail: trailOf(journey) };
}

function failed(
  journey: Journey,
  code: Extract<Outcome, { kind: 'failed' }>['error']['code'],
  message: string,
  retryable: boolean,
  retryAt?: number,
): Outcome {
  return {
    kind: 'failed',
    error: { code, message, retryable, ...(retryAt === undefined ? {} : { retryAt }) },
    cost: journey.cost,
    trail: trailOf(journey),
  };
}

/** Refused for want of money: for good, or until `wait` is over. */
function waiting(journey: Journey, message: string, wait: BudgetWait | undefined): Outcome {
  return {
    kind: 'failed',
    error: refusedByBudget(message, wait),
    cost: journey.cost,
    trail: trailOf(journey),
  };
}

function refusedByBudget(
  message: string,
  wait: BudgetWait | undefined,
): Extract<Outcome, { kind: 'failed' }>['error'] {
  if (wait === undefined) return { code: 'BUDGET_REFUSED', message, retryable: false };
  const { waitsFor, retryAt } = wait;
  return {
    code: 'BUDGET_REFUSED',
    message,
    retryable: true,
    waitsFor,
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

export function trailOf(journey: Pick<Journey, 'classification' | 'plan' | 'steps'>): RouteTrail {
  return { classification: journey.classification, plan: journey.plan, steps: journey.steps };
}

function reasonFor(journey: Journey, best: Judged): string {
  const [first] = journey.plan.candidates;
  if (first?.model.name === best.candidate.model.name) return journey.plan.reason;
  const before = journey.steps.filter((step) => step.model !== best.candidate.model.name);
  return `${journey.plan.reason}; then ${before.map((step) => `${step.model} ${step.result}`).join(', ')}`;
}

/** A local answer given because paid models were out of budget says so, even when it passes. */
function budgetMark(journey: Journey, best: Judged): string | undefined {
  if (!best.candidate.model.selfHosted) return undefined;
  const skipped = journey.plan.excluded.find(
    (excluded) => excluded.rule === 'budget' && excluded.wouldHaveBeenFirst === true,
  );
  if (skipped !== undefined) return `budget: ${skipped.reason}`;
  const refused = journey.steps.find((step) => step.refusedByBudget === true);
  return refused === undefined ? undefined : `budget: ${refused.result.slice('error: '.length)}`;
}

function budgetNote(plan: RoutePlan): string {
  const skipped = plan.excluded.find((excluded) => excluded.rule === 'budget');
  return skipped === undefined ? '' : `; ${skipped.model.name} left out: ${skipped.reason}`;
}

function exclusionNote(excluded: readonly ExcludedCandidate[]): string {
  if (excluded.length === 0) return '';
  return `; left out: ${excluded.map((one) => `${one.model.name} (${one.reason})`).join(', ')}`;
}

function earliest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
