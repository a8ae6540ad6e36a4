/**
 * What this installation has learned: how often a model's answers pass for this type and complexity. A model
 * that nearly always fails is skipped, one that nearly always passes and costs less goes first. Both only
 * where the interval says so, not the mean: with ten answers a rate is still a guess.
 */
import { tierNames } from '../../config/config.ts';
import { chosenOf, explores } from '../learning/explore.ts';
import type { Candidate, Classification, ExcludedCandidate, PlanContext, Request } from '../types.ts';
import { replaceLeftOut } from './replace.ts';

/** A local model is skipped when even the upper end of its pass rate's interval is below this. */
const hopelessBelow = 0.35;
/** A cheaper model goes first when even the lower end is above this. */
const reliableAbove = 0.85;

/** Wilson's score interval (1927), 95 %: honest for few answers and for rates near 0 and 1. */
export function wilsonInterval(rate: number, count: number): { low: number; high: number } {
  if (count <= 0) return { low: 0, high: 1 };
  const z = 1.96;
  const squared = (z * z) / count;
  const centre = rate + squared / 2;
  const spread = z * Math.sqrt((rate * (1 - rate) + squared / 4) / count);
  return {
    low: Math.max(0, (centre - spread) / (1 + squared)),
    high: Math.min(1, (centre + spread) / (1 + squared)),
  };
}

export interface LearnedOrder {
  candidates: readonly Candidate[];
  excluded: readonly ExcludedCandidate[];
  /** Why the first is first, where that is what changed. */
  reason: string | undefined;
}

/** Skips and promotes among a policy's candidates. Never skips the last one, and never promotes to the API. */
export function applyPassRates(
  ordered: readonly Candidate[],
  request: Request,
  classification: Classification,
  context: PlanContext,
): LearnedOrder {
  const rateOf = (
    candidate: Candidate,
  ): { rate: number; count: number; low: number; high: number } | undefined => {
    const known = context.passRates.rate(request.type, classification.complexity, candidate.model.name);
    return known === undefined ? undefined : { ...known, ...wilsonInterval(known.rate, known.count) };
  };
  const hopeless: ExcludedCandidate[] = [];
  let usable = 0;
  ordered.forEach((candidate, at) => {
    const known = rateOf(candidate);
    const another = usable > 0 || at < ordered.length - 1;
    if (known !== undefined && known.high < hopelessBelow && candidate.model.selfHosted && another) {
      hopeless.push({
        model: candidate.model,
        rule: 'learned',
        reason: passes(known, `${classification.complexity} requests of type ${request.type}`),
      });
    } else usable += 1;
  });
  const tried = triedAgain(hopeless, request, classification, context);
  const excluded = hopeless.filter((entry) => entry !== tried);
  const left = replaceLeftOut(ordered, new Set(excluded.map((entry) => entry.model.name)));
  const kept = tried === undefined ? left : withTried(left, tried);
  const cheaper = reliableCheaper(kept, classification, rateOf);
  if (cheaper === undefined) {
    const first = ordered[0];
    if (tried !== undefined && first?.model.name === tried.model.name)
      return { candidates: kept, excluded, reason: `${tried.model.name}: ${kept[0]?.reason}` };
    const skippedFirst = excluded.find((entry) => entry.model.name === first?.model.name);
    return {
      candidates: kept,
      excluded,
      reason:
        skippedFirst === undefined ? undefined : `skips ${skippedFirst.model.name}: ${skippedFirst.reason}`,
    };
  }
  const rest = kept.filter((candidate) => candidate.model.name !== cheaper.model.name);
  return { candidates: [cheaper, ...rest], excluded, reason: cheaper.reason };
}

/**
 * Of the models that would be skipped the one that this action tries all the same, so that a model that became
 * good is found: for a small share of the actions, one model each, and only ever on the user's own hardware, so
 * that it costs time and no money. Never for critical requests, nor where the user named a model.
 */
function triedAgain(
  hopeless: readonly ExcludedCandidate[],
  request: Request,
  classification: Classification,
  { config }: PlanContext,
): ExcludedCandidate | undefined {
  const { actionId } = request.origin;
  if (hopeless.length === 0 || classification.qualityCritical || classification.namedModel !== undefined)
    return undefined;
  if (!explores(actionId, config.routing.explorationShare, 'plan')) return undefined;
  return hopeless[chosenOf(actionId, hopeless.length)];
}

/** It stands where the policy has it, with its record and why it is there all the same. */
function withTried(kept: readonly Candidate[], { model, reason }: ExcludedCandidate): Candidate[] {
  return kept.map((candidate) =>
    candidate.model.name === model.name
      ? { ...candidate, reason: `tried again, as a small share of the actions does, although ${reason}` }
      : candidate,
  );
}

/** A model of a lower tier than the first candidate's that has proved itself; not for critical requests. */
function reliableCheaper(
  kept: readonly Candidate[],
  classification: Classification,
  rateOf: (candidate: Candidate) => { rate: number; count: number; low: number } | undefined,
): Candidate | undefined {
  const first = kept[0];
  if (first === undefined || classification.qualityCritical || classification.namedModel !== undefined) {
    return undefined;
  }
  const firstTier = tierNames.indexOf(first.model.tier);
  for (const candidate of [...kept].sort(byTier)) {
    if (tierNames.indexOf(candidate.model.tier) >= firstTier) return undefined;
    const known = rateOf(candidate);
    if (known !== undefined && known.low > reliableAbove) {
      return {
        model: candidate.model,
        reason: passes(known, 'requests like this'),
      };
    }
  }
  return undefined;
}

function byTier(one: Candidate, other: Candidate): number {
  return tierNames.indexOf(one.model.tier) - tierNames.indexOf(other.model.tier);
}

/** The rate is a weighted one: of so many answers by count it would be another. */
function passes({ rate, count }: { rate: number; count: number }, asked: string): string {
  return `it passes ${percent(rate)} of the time on ${asked} (newer answers count more; weight of ${count} fresh ones)`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
