/**
 * What would happen to a request, without a call: its classification and the plan of every policy, with the
 * reasons. `swarmd explain --dry-run` prints it, docs/policies.md shows it per preset.
 */
import { type PolicyName, policyNames } from '../config/config.ts';
import { type ClassifyOptions, classify, complexityBounds, lowConfidence } from './classify.ts';
import { withCountedTokens } from './counted-tokens.ts';
import { withNearestExample } from './nearest-examples.ts';
import type { RouterParts } from './parts.ts';
import { planRoute } from './plan.ts';
import { policies } from './policies/policies.ts';
import type { Classification, PlanContext, Request, RoutePlan } from './types.ts';

export interface PlanExplanation {
  classification: Classification;
  /** The policy in force. */
  policy: PolicyName;
  /** Every policy's plan, the one in force first. */
  plans: readonly RoutePlan[];
}

/**
 * Classifies and plans under every policy, by the same steps as `route`. Reads only: nothing is reserved, called
 * or remembered; `nearestExamples` asks a model, and is given only where the user wants that.
 */
export async function explainPlan(
  request: Request,
  context: PlanContext,
  options: ClassifyOptions & Pick<RouterParts, 'countTokens' | 'nearestExamples'> = {},
): Promise<PlanExplanation> {
  const policy = context.config.routing.policy;
  const names = [policy, ...policyNames.filter((name) => name !== policy)];
  const parts = { ...options, config: () => context.config };
  const judged = classify(request, options);
  const counted = await withCountedTokens(request, judged, parts, names);
  const classification = await withNearestExample(request, counted, parts, new AbortController().signal);
  return {
    classification,
    policy,
    plans: names.map((name) => planRoute(request, classification, context, policies[name])),
  };
}

/** The explanation as lines of plain text, for a terminal. */
export function explanationLines(explanation: PlanExplanation): string[] {
  return [
    ...classificationLines(explanation.classification),
    ...explanation.plans.flatMap((plan) => [
      '',
      ...planLines(plan, `policy ${plan.policy}${plan.policy === explanation.policy ? ' (in force)' : ''}`),
    ]),
  ];
}

function classificationLines(classification: Classification): string[] {
  const { moderate, complex } = complexityBounds;
  const confidence = classification.confidence.toFixed(2);
  const lines = [
    `${classification.complexity}, score ${classification.score.toFixed(2)} (simple below ${moderate}, complex from ${complex}), confidence ${confidence}${classification.confidence < lowConfidence ? ' (low)' : ''}`,
    `domain ${classification.domain}; about ${classification.inputTokens} tokens in, ${classification.expectedOutputTokens} out${classification.needsTools ? '; needs tools' : ''}${classification.qualityCritical ? '; quality-critical' : ''}${classification.namedModel === undefined ? '' : `; asks for ${classification.namedModel}`}`,
  ];
  for (const signal of classification.signals) {
    const weight =
      signal.weight === 0 ? '    ' : `${signal.weight > 0 ? '+' : '-'}${Math.abs(signal.weight).toFixed(2)}`;
    lines.push(`  ${weight.padEnd(5)} ${signal.name}: ${signal.evidence}`);
  }
  if (classification.signals.length === 0) lines.push('  no signal: nothing in the text says how hard it is');
  for (const finding of classification.personalData) {
    lines.push(`  personal data: ${finding.kind} (${finding.class}) ${finding.masked}`);
  }
  return lines;
}

function planLines(plan: RoutePlan, title: string): string[] {
  return [
    `${title}: ${plan.reason}`,
    ...plan.candidates.map(
      (candidate, at) =>
        `  ${at + 1}. ${candidate.model.name} (${candidate.model.tier}): ${candidate.reason}`,
    ),
    ...plan.excluded.map((entry) => `  -  ${entry.model.name}: ${entry.rule}: ${entry.reason}`),
    ...(plan.warnings ?? []).map((warning) => `  !  ${warning}`),
  ];
}
