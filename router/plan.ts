/**
 * Which models to try, in which order, and why. A policy orders; what the user asked for narrows; what was
 * learned skips; the hard constraints come last, so that no policy can get round them. What is left out stays
 * in the plan with its rule and its reason.
 */
import type { ModelSpec } from '../config/config.ts';
import { didYouMean } from '../config/suggest.ts';
import { type HardConstraints, hardConstraints } from './plan/constraints.ts';
import { putFirst } from './plan/first.ts';
import { applyPassRates } from './plan/learned.ts';
import { replaceLeftOut } from './plan/replace.ts';
import { allModels, modelNamed } from './policies/candidates.ts';
import { policies } from './policies/policies.ts';
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
  policy: Policy = policies[context.config.routing.policy],
): RoutePlan {
  const ordered = policy.order(request, classification, context);
  const asked = narrow(request, ordered, context);
  const learned = asked.narrowed
    ? { candidates: asked.candidates, excluded: [], reason: undefined }
    : putFirst(applyPassRates(asked.candidates, request, classification, context), classification, context);
  const constraints = hardConstraints(request, classification, context);
  const { allowed, leftOut } = sift(learned.candidates, constraints);
  // A model that was skipped for its record is better than none.
  const skipped =
    allowed.length > 0
      ? { candidates: allowed, excluded: learned.excluded }
      : recall(learned.excluded, constraints);
  const excluded = [...asked.excluded, ...skipped.excluded, ...leftOut];
  return {
    policy: policy.name,
    candidates: skipped.candidates,
    excluded: [...excluded, ...unused(policy, [...skipped.candidates, ...excluded], context)],
    reason: reasonOf(skipped.candidates, leftOut, learned.reason ?? asked.reason),
    ...(constraints.warnings.length === 0 ? {} : { warnings: constraints.warnings }),
  };
}

/** Applies the hard constraints; what they leave out is replaced in its place, and marked where it would have come first. */
function sift(
  candidates: readonly Candidate[],
  constraints: HardConstraints,
): { allowed: Candidate[]; leftOut: ExcludedCandidate[] } {
  const leftOut: ExcludedCandidate[] = [];
  let firstSeen = false;
  for (const { model } of candidates) {
    const objection = constraints.objection(model);
    if (objection === undefined) firstSeen = true;
    else leftOut.push({ model, ...objection, ...(firstSeen ? {} : { wouldHaveBeenFirst: true }) });
  }
  const out = new Set(leftOut.map((entry) => entry.model.name));
  return { allowed: replaceLeftOut(candidates, out), leftOut };
}

/** Models that are configured and that this policy has no place for, so that none goes missing without a word. */
function unused(
  policy: Policy,
  placed: readonly { model: ModelSpec }[],
  context: PlanContext,
): ExcludedCandidate[] {
  const names = new Set(placed.map((entry) => entry.model.name));
  return allModels(context.config)
    .filter((model) => !names.has(model.name))
    .map((model) => ({ model, rule: 'policy', reason: `policy ${policy.name} has no place for it here` }));
}

interface Ordered {
  candidates: readonly Candidate[];
  reason: string;
  excluded?: readonly ExcludedCandidate[];
}

interface Narrowed extends Ordered {
  excluded: readonly ExcludedCandidate[];
  narrowed: boolean;
}

/** A tier or a model that the request asks for: only that one, wherever the policy would have put it. */
function narrow(request: Request, ordered: Ordered, context: PlanContext): Narrowed {
  if (request.model === undefined && request.tier === undefined) {
    return { ...ordered, excluded: ordered.excluded ?? [], narrowed: false };
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
  const fits = (candidate: ModelSpec): boolean =>
    (wanted === undefined || candidate.name === wanted.name) &&
    (request.tier === undefined || candidate.tier === request.tier);
  return {
    candidates: models.filter(fits).map((model) => ({ model, reason: `${what} was asked for` })),
    excluded: models.filter((model) => !fits(model)).map((model) => notAsked(model, what)),
    reason: `${what} was asked for`,
    narrowed: true,
  };
}

function notAsked(model: ModelSpec, what: string): ExcludedCandidate {
  return { model, rule: 'not-asked-for', reason: `only ${what} was asked for` };
}

/** Takes back what only its record spoke against. */
function recall(
  excluded: readonly ExcludedCandidate[],
  constraints: HardConstraints,
): { candidates: Candidate[]; excluded: ExcludedCandidate[] } {
  const back = excluded.filter(
    (entry) => entry.rule === 'learned' && constraints.objection(entry.model) === undefined,
  );
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
  leftOut: readonly ExcludedCandidate[],
  reason: string,
): string {
  // Privacy is said wherever it applies; the rest where it changed what comes first.
  const said = leftOut.filter((entry) => entry.wouldHaveBeenFirst === true || entry.rule === 'privacy');
  if (said.length === 0) return reason;
  const rules = [...new Set(said.map((entry) => `${entry.rule}: ${entry.reason}`))].join('; ');
  return candidates.length === 0 ? `no candidate is left (${rules})` : `${reason}; left out: ${rules}`;
}
