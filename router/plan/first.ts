import { configured } from '../policies/candidates.ts';
import type { Classification, PlanContext } from '../types.ts';
import type { LearnedOrder } from './learned.ts';

/**
 * Puts the tier or model of an experiment's arm in front: of a tier the model that the policy prefers; the others
 * keep their places. Where an error would cost more than the answer is worth, and where the user names a model,
 * nothing is tried out. What was learned does not skip it: an experiment has to see its own answers.
 */
export function putFirst(
  order: LearnedOrder,
  classification: Classification,
  { config }: PlanContext,
): LearnedOrder {
  const { first } = config.routing;
  if (first === undefined || classification.qualityCritical || classification.namedModel !== undefined)
    return order;
  const known = [...order.candidates, ...order.excluded].map(({ model }) => model);
  const wanted =
    'model' in first
      ? configured(config, first.model)
      : (known.find((model) => model.tier === first.tier) ?? config.tiers[first.tier][0]);
  if (wanted === undefined) return order;
  const reason = `an experiment asks ${'model' in first ? `model ${first.model}` : `tier ${first.tier}`} first`;
  const others = order.candidates.filter(({ model }) => model.name !== wanted.name);
  return {
    candidates: [{ model: wanted, reason }, ...others],
    excluded: order.excluded.filter(({ model }) => model.name !== wanted.name),
    reason,
  };
}
