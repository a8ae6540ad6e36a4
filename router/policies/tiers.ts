/**
 * Policy `tiers`, the default: simple → local_fast, moderate and complex → local_quality, what is critical →
 * the API; then up the chain local_fast → local_quality → api_fallback. The API is where a chain ends, not
 * where hard work begins: the quality gate sends on what a local model cannot do, and learned pass rates skip
 * the tier that would fail anyway (`plan.ts`).
 */
import { type TierName, tierNames } from '../../config/config.ts';
import { lowConfidence } from '../classify.ts';
import type { Candidate, Classification, PlanContext, Policy, Request } from '../types.ts';
import { putNamedFirst } from './candidates.ts';

interface Start {
  tier: TierName;
  why: string;
}

export const tiersPolicy: Policy = {
  name: 'tiers',
  order(request, classification, context) {
    const start = startingTier(request, classification, context);
    const candidates = chain(start, context);
    return {
      candidates: putNamedFirst(candidates, classification.namedModel),
      reason: `${start.why}: starts at ${start.tier}`,
    };
  },
};

function startingTier(request: Request, classification: Classification, context: PlanContext): Start {
  const { config } = context;
  const override = config.routing.actionTierOverrides[request.type];
  if (override !== undefined) {
    return { tier: override, why: `routing.action_tier_overrides sends ${request.type} there` };
  }
  if (!config.routing.preferLocal) return { tier: 'api_fallback', why: 'routing.prefer_local is false' };
  if (classification.qualityCritical || config.actionTypes[request.type]?.critical === true) {
    return { tier: 'api_fallback', why: `quality-critical${criticalEvidence(classification)}` };
  }
  const { complexity } = classification;
  if (classification.confidence < lowConfidence && !isLearned(request, classification, context)) {
    return { tier: 'local_quality', why: `too little evidence to call it ${complexity}` };
  }
  if (complexity === 'simple') return { tier: 'local_fast', why: 'simple' };
  return { tier: 'local_quality', why: complexity };
}

function criticalEvidence(classification: Classification): string {
  const signal = classification.signals.find((candidate) => candidate.name === 'quality-critical');
  return signal === undefined ? '' : ` (${signal.evidence})`;
}

/** Does any pass rate exist for requests like this one at the fast tier? Then the guess has been tested. */
function isLearned(request: Request, classification: Classification, context: PlanContext): boolean {
  return context.config.tiers.local_fast.some(
    (model) => context.passRates.rate(request.type, classification.complexity, model.name) !== undefined,
  );
}

/**
 * From the starting tier up; then, as the last resort when all of those fail, the tiers below it, the best of
 * them first. A private request whose own tier is down still gets the answer that the other one can give.
 */
function chain(start: Start, context: PlanContext): Candidate[] {
  const from = tierNames.indexOf(start.tier);
  const upward = tierNames.slice(from).flatMap((tier, step) =>
    context.config.tiers[tier].map((model) => ({
      model,
      reason: step === 0 ? start.why : `next tier up after ${tierNames[from + step - 1]}`,
    })),
  );
  const downward = tierNames
    .slice(0, from)
    .reverse()
    .flatMap((tier) =>
      context.config.tiers[tier].map((model) => ({
        model,
        reason:
          start.tier === 'api_fallback'
            ? `local fallback when the API cannot answer`
            : `last resort when everything from ${start.tier} up fails`,
      })),
    );
  return [...upward, ...downward];
}
