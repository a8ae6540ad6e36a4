/**
 * Which models to try, in which order, and why. A policy orders; what the user asked for narrows; what was
 * learned skips; the hard constraints come last, so that no policy can get round them. What is left out stays
 * in the plan with its rule and its reason.
 */
import { didYouMean } from '../config/suggest.ts';
import { hardConstraints } from './plan/constraints.ts';
import { applyPassRates } from './plan/learned.ts';
import { allModels, modelNamed } from './policies/candidates.ts';
import { policyNamed } from './policies/policies.ts';
import type {
  Candidate,
  Classification,
  ExcludedCandidate,
  PlanContext,
  Policy,
  Request,
  RoutePlan,
} from './types.ts';

/** The plan of the configured policy, or of another one (`explain` shows what each would do). */
export function planRoute(
  request: Request,
  classification: Classification,
  context: PlanContext,
  policy: Policy = policyNamed(context.config.routing.policy),
): RoutePlan {
  const excluded: ExcludedCandidate[] = [];
  const ordered = policy.order(request, classification, context);
  const asked = narrow(request, ordered, context);
  excluded.push(...asked.excluded);
  const learned = asked.narrowed
    ? { candidates: asked.candidates, excluded: [], reason: undefined }
    : applyPassRates(asked.candidates, request, classification, context);
  excluded.push(...learned.excluded);

  const forbids = hardConstraints(request, classification, context);
  const allowed: Candidate[] = [];
  const leftOut: ExcludedCandidate[] = [];
  /** Left out although they would have been tried before the first one allowed. */
  const missedFirst: ExcludedCandidate[] = [];
  for (const candidate of learned.candidates) {
    const objection = forbids(candidate.model);
    if (objection === undefined) allowed.push(candidate);
    else {
      const entry = { model: candidate.model, ...objection };
      leftOut.push(entry);
      if (allowed.length === 0 || entry.rule === 'privacy') missedFirst.push(entry);
    }
  }
  // A model that was skipped for its record is better than none.
  const { candidates, excluded: skipped } =
    allowed.length > 0
      ? { candidates: allowed, excluded }
      : recall(excluded, (model) => forbids(model) === undefined);
  return {
    policy: policy.name,
    candidates,
    excluded: [...skipped, ...leftOut],
    reason: reasonOf(candidates, missedFirst, learned.reason ?? asked.reason),
  };
}

interface Ordered {
  candidates: readonly Candidate[];
  reason: string;
}

/** A tier or a model that the request asks for: only that one, wherever the policy would have put it. */
function narrow(
  request: Request,
  ordered: Ordered,
  context: PlanContext,
): { candidates: readonly Candidate[]; excluded: ExcludedCandidate[]; reason: string; narrowed: boolean } {
  if (request.model === undefined && request.tier === undefined) {
    return { ...ordered, excluded: [], narrowed: false };
  }
  const models = allModels(context.config);
  const wanted = request.model === undefined ? undefined : modelNamed(request.model, models);
  const what = request.model === undefined ? `tier ${request.tier}` : `model ${request.model}`;
  if (request.model !== undefined && wanted === undefined) {
    const names = models.map((model) => model.name);
    return {
      candidates: [],
      excluded: models.map((model) => notAsked(model, what)),
      reason: `model ${request.model} is not configured${didYouMean(request.model, names)}`,
      narrowed: true,
    };
  }
  const fits = (candidate: Candidate['model']): boolean =>
    (wanted === undefined || candidate.name === wanted.name) &&
    (request.tier === undefined || candidate.tier === request.tier);
  return {
    candidates: models.filter(fits).map((model) => ({ model, reason: `${what} was asked for` })),
    excluded: models.filter((model) => !fits(model)).map((model) => notAsked(model, what)),
    reason: `${what} was asked for`,
    narrowed: true,
  };
}

function notAsked(model: Candidate['model'], what: string): ExcludedCandidate {
  return { model, rule: 'not-asked-for', reason: `only ${what} was asked for` };
}

/** Takes back what only its record spoke against. */
function recall(
  excluded: readonly ExcludedCandidate[],
  allowed: (model: Candidate['model']) => boolean,
): { candidates: Candidate[]; excluded: ExcludedCandidate[] } {
  const back = excluded.filter((entry) => entry.rule === 'learned' && allowed(entry.model));
  return {
    candidates: back.map(({ model, reason }) => ({
      model,
      reason: `nothing else is left, although ${reason}`,
    })),
    excluded: excluded.filter((entry) => !back.includes(entry)),
  };
}

function reasonOf(
  candidates: readonly Candidate[],
  missed: readonly ExcludedCandidate[],
  reason: string,
): string {
  if (missed.length === 0) return reason;
  const rules = [...new Set(missed.map((entry) => `${entry.rule}: ${entry.reason}`))].join('; ');
  return candidates.length === 0 ? `no candidate is left (${rules})` : `${reason}; left out: ${rules}`;
}
