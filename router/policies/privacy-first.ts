/**
 * Policy `privacy-first` (ADR-001). In this order: personal data → self-hosted, and nothing else; score above
 * 0.8 → the strong commercial model; more than 2,000 tokens of answer expected → the long-form commercial one;
 * score below 0.3 → the small self-hosted model; everything else → the large one. What the first choice cannot
 * do goes to the other self-hosted model before it goes to a commercial one.
 */
import type { Config, ModelSpec } from '../../config/config.ts';
import { judgePrivacy } from '../privacy/rules.ts';
import type { Candidate, Classification, PlanContext, Policy, Request } from '../types.ts';
import { allModels, configured, namedFirst } from './candidates.ts';

export const privacyFirstBounds = { strong: 0.8, longForm: 2_000, small: 0.3 } as const;

interface Roles {
  small: ModelSpec | undefined;
  large: ModelSpec | undefined;
  strong: ModelSpec | undefined;
  longForm: ModelSpec | undefined;
}

type Role = keyof Roles;

export const privacyFirstPolicy: Policy = {
  name: 'privacy-first',
  order(request, classification, context) {
    const { first, rest, why } = choose(request, classification, context);
    const roles = rolesOf(context.config);
    const candidates: Candidate[] = [];
    const add = (model: ModelSpec | undefined, reason: string): void => {
      if (model === undefined || candidates.some((known) => known.model.name === model.name)) return;
      candidates.push({ model, reason });
    };
    add(roles[first], why);
    for (const role of rest) add(roles[role], `${roleNames[role]}, after ${roleNames[first]}`);
    const selfHostedOnly = !rest.includes('strong') && first !== 'strong' && first !== 'longForm';
    for (const model of allModels(context.config)) {
      if (model.selfHosted || !selfHostedOnly) add(model, 'not named in privacy_first: after those that are');
    }
    const named = selfHostedOnly ? undefined : classification.namedModel;
    return namedFirst({ candidates, reason: `${why}: ${roleNames[first]}` }, named, context.config);
  },
};

const roleNames: Readonly<Record<Role, string>> = {
  small: 'the small self-hosted model',
  large: 'the large self-hosted model',
  strong: 'the strong commercial model',
  longForm: 'the commercial model for long texts',
};

function choose(
  request: Request,
  classification: Classification,
  context: PlanContext,
): { first: Role; rest: readonly Role[]; why: string } {
  const verdict = judgePrivacy(request, classification.personalData, context.config);
  const { score, expectedOutputTokens } = classification;
  if (verdict.localOnly) {
    const first = score < privacyFirstBounds.small ? 'small' : 'large';
    return { first, rest: ['large', 'small'], why: verdict.reason ?? 'private' };
  }
  if (score > privacyFirstBounds.strong) {
    return {
      first: 'strong',
      rest: ['longForm', 'large', 'small'],
      why: `score ${score.toFixed(2)} above 0.8`,
    };
  }
  if (expectedOutputTokens > privacyFirstBounds.longForm) {
    return {
      first: 'longForm',
      rest: ['strong', 'large', 'small'],
      why: `about ${expectedOutputTokens} tokens of answer, above 2,000`,
    };
  }
  if (score < privacyFirstBounds.small) {
    return {
      first: 'small',
      rest: ['large', 'strong', 'longForm'],
      why: `score ${score.toFixed(2)} below 0.3`,
    };
  }
  return { first: 'large', rest: ['strong', 'longForm', 'small'], why: `score ${score.toFixed(2)}` };
}

/** The models that `privacy_first` names; where it names none, the ends of the tiers. */
function rolesOf(config: Config): Roles {
  const named = config.privacyFirst;
  const { local_fast: fast, local_quality: quality, api_fallback: api } = config.tiers;
  return {
    small: configured(config, named?.small) ?? fast[0] ?? quality[0],
    large: configured(config, named?.large) ?? quality.at(-1) ?? fast.at(-1),
    strong: configured(config, named?.strong) ?? api[0],
    longForm: configured(config, named?.longForm) ?? api.at(-1),
  };
}
