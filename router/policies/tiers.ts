/**
 * Policy `tiers`, the default: simple → local_fast, moderate and complex → local_quality, what is critical →
 * the API; then up the chain local_fast → local_quality → api_fallback. The API is where a chain ends, not
 * where hard work begins: the quality gate sends on what a local model cannot do, and learned pass rates skip
 * the tier that would fail anyway (`plan.ts`).
 */
import { type ModelSpec, type TierName, tierNames } from '../../config/config.ts';
import { lowConfidence } from '../classify.ts';
import type { Candidate, Classification, PlanContext, Policy, Request } from '../types.ts';
import { namedFirst } from './candidates.ts';

interface Start {
  tier: TierName;
  why: string;
}

export const tiersPolicy: Policy = {
  name: 'tiers',
  order(request, classification, context) {
    const start = startingTier(request, classification, context);
    const candidates = chain(start, classification, context);
    const missing = context.config.tiers[start.tier].length === 0 ? ' (which has no model)' : '';
    const reason = `${start.why}: starts at ${start.tier}${missing}`;
    return namedFirst({ candidates, reason }, classification.namedModel, context.config);
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
 * First one model of each tier from the starting one up, so that a poor answer goes to a better tier and not to
 * its neighbour: with two escalations allowed a simple request still reaches the API. Then, for when those
 * fail, the other models of the tiers from the top down, and last the tiers below the start. A private request
 * whose own tier is down still gets the answer that the lower one can give.
 */
function chain(start: Start, classification: Classification, context: PlanContext): Candidate[] {
  const { tiers } = context.config;
  const from = tierNames.indexOf(start.tier);
  const upward = tierNames.slice(from).filter((tier) => tiers[tier].length > 0);
  const leads = upward.flatMap((tier, step): Candidate[] => {
    const model = leadOf(tiers[tier], classification);
    if (model === undefined) return [];
    return [{ model, reason: step === 0 ? start.why : `next tier up after ${upward[step - 1]}` }];
  });
  const isLead = (model: ModelSpec): boolean => leads.some((lead) => lead.model.name === model.name);
  const others = [...upward]
    .reverse()
    .flatMap((tier) => tiers[tier].filter((model) => !isLead(model)))
    .map((model): Candidate => ({ model, reason: `another model of ${model.tier}` }));
  const below = tierNames
    .slice(0, from)
    .reverse()
    .flatMap((tier) => tiers[tier])
    .map(
      (model): Candidate => ({
        model,
        reason:
          start.tier === 'api_fallback'
            ? 'local fallback when the API cannot answer'
            : `last resort when everything from ${start.tier} up fails`,
        onlyAfterErrors: true,
      }),
    );
  return [...leads, ...others, ...below];
}

/** The tier's first model; for code the first one that is made for it, where there is one. */
function leadOf(models: readonly ModelSpec[], classification: Classification): ModelSpec | undefined {
  const coder =
    classification.domain === 'code'
      ? models.find((model) => /code|codestral/i.test(model.modelId))
      : undefined;
  return coder ?? models[0];
}
