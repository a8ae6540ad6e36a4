/**
 * What no policy may overrule, in the order in which it is checked: the first objection is the one recorded.
 * Privacy stands first, so that a plan never shows another reason where privacy is one.
 */
import type { ModelSpec } from '../../config/config.ts';
import type { NanoUsd } from '../../config/money.ts';
import { describeRefusal } from '../budget-refusal.ts';
import { judgePrivacy, type PrivacyVerdict } from '../privacy/rules.ts';
import { tokenMargin } from '../tokens.ts';
import type { BudgetRefusal } from '../types/outside.ts';
import type { Classification, PlanContext, Request } from '../types.ts';

export interface Objection {
  rule: string;
  reason: string;
  /** Of the rule `budget`: which limit, and when it starts anew. */
  refusal?: BudgetRefusal;
  /** Of the rule `breaker`: when its rest is over. */
  retryAt?: number;
}

interface Facts {
  request: Request;
  classification: Classification;
  context: PlanContext;
  privacy: PrivacyVerdict;
}

interface Constraint {
  rule: string;
  /** Why this model may not be called, or undefined. */
  objection(model: ModelSpec, facts: Facts): string | Omit<Objection, 'rule'> | undefined;
}

/** Tokens kept for an answer whose length nobody stated; less could not hold a paragraph. */
const leastAnswerRoom = 256;

/** The only type that embedding models serve. */
const embeddingType = 'embedding';

const constraints: readonly Constraint[] = [
  {
    rule: 'privacy',
    objection: (model, { privacy }) =>
      privacy.localOnly && !model.selfHosted
        ? `${privacy.reason ?? 'private'}: it may not leave this house`
        : undefined,
  },
  {
    rule: 'embedding',
    objection: (model, { request }) => {
      const wanted = request.type === embeddingType;
      if (model.kind === 'embedding') return wanted ? undefined : 'it makes embeddings, not answers';
      return wanted ? 'it makes answers, not embeddings' : undefined;
    },
  },
  {
    rule: 'api-off',
    objection: (model, { context }) =>
      !model.selfHosted && context.apiAllowed !== true ? context.apiAllowed : undefined,
  },
  {
    rule: 'context',
    objection: (model, { request, classification }) => tooLong(model, request, classification),
  },
  {
    rule: 'breaker',
    objection: (model, { context }) => {
      const breaker = context.breakers.state(model);
      if (breaker.state !== 'open') return undefined;
      const until = breaker.retryAt === undefined ? '' : ` until ${new Date(breaker.retryAt).toISOString()}`;
      return {
        reason: `it failed repeatedly and rests${until}${breaker.reason === undefined ? '' : ` (${breaker.reason})`}`,
        ...(breaker.retryAt === undefined ? {} : { retryAt: breaker.retryAt }),
      };
    },
  },
  {
    rule: 'price-unknown',
    objection: (model, { context }) =>
      !model.selfHosted && context.upperBound(model) === undefined
        ? `no price of ${model.modelId} is known today: add it to the price list`
        : undefined,
  },
  { rule: 'budget', objection: (model, { request, context }) => tooDear(model, request, context) },
  {
    rule: 'deadline',
    objection: (_, { request, context }) =>
      request.deadlineAt <= context.now ? 'the deadline has passed' : undefined,
  },
];

export interface HardConstraints {
  /** Which rule forbids a model, if one does. */
  objection(model: ModelSpec): Objection | undefined;
  /** Personal data that may leave by the rules in force, but should be said. */
  warnings: readonly string[];
}

/** The constraints as they apply to one request; what is the same for all models is computed once. */
export function hardConstraints(
  request: Request,
  classification: Classification,
  context: PlanContext,
): HardConstraints {
  const facts: Facts = {
    request,
    classification,
    context,
    privacy: judgePrivacy(request, classification.personalData, context.config),
  };
  return {
    objection(model) {
      for (const { rule, objection } of constraints) {
        const found = objection(model, facts);
        if (found === undefined) continue;
        return typeof found === 'string' ? { rule, reason: found } : { rule, ...found };
      }
      return undefined;
    },
    warnings: facts.privacy.warnings.map((found) => `contains ${found}`),
  };
}

/** Tokens that must be left for the answer: what was asked for, else what is expected. */
export function answerRoom(model: ModelSpec, request: Request, classification: Classification): number {
  return Math.min(
    model.maxTokens,
    request.maxTokens ?? Math.max(leastAnswerRoom, classification.expectedOutputTokens),
  );
}

/** What the tokenizer that counted and a chat's template may make of a prompt at the provider it is of. */
const ownTokenizerMargin = 1.05;

/**
 * The most tokens a model may see of the prompt: an estimate with its error; a count with the margin for
 * another tokenizer than the one that counted (those of small vocabularies make a quarter more).
 */
export function mostInputTokens(
  model: Pick<ModelSpec, 'provider'>,
  {
    inputTokens,
    inputTokensError,
    tokensCounted,
  }: Pick<Classification, 'inputTokens' | 'inputTokensError' | 'tokensCounted'>,
): number {
  if (tokensCounted !== true) return Math.ceil(inputTokens * inputTokensError.most);
  return Math.ceil(inputTokens * (model.provider === 'openai' ? ownTokenizerMargin : tokenMargin));
}

/** Why a prompt does not fit a model's window with room for the answer. */
export function tooLong(
  model: ModelSpec,
  request: Request,
  classification: Classification,
): string | undefined {
  const answer = answerRoom(model, request, classification);
  const prompt = mostInputTokens(model, classification);
  return prompt + answer > model.contextWindow
    ? `about ${prompt} tokens of prompt and ${answer} for the answer do not fit its ${model.contextWindow}`
    : undefined;
}

function tooDear(
  model: ModelSpec,
  request: Request,
  context: PlanContext,
): { reason: string; refusal: BudgetRefusal } | undefined {
  if (model.selfHosted) return undefined;
  const bound = context.upperBound(model);
  if (bound === undefined) return undefined;
  const refusal = overRequest(bound, request.budget) ?? context.wouldRefuse(bound);
  return refusal === undefined ? undefined : { reason: describeRefusal(refusal), refusal };
}

function overRequest(bound: NanoUsd, budget: NanoUsd | undefined): BudgetRefusal | undefined {
  if (budget === undefined || bound <= budget) return undefined;
  return {
    limit: 'action',
    setBy: 'budget_usd',
    limitNano: budget,
    usedNano: 0,
    neededNano: bound,
    resetsAt: undefined,
  };
}
