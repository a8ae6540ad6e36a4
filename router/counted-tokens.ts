/**
 * A prompt's tokens are estimated by its characters; where the estimate's error leaves open on which side of a
 * bound the prompt lies, and only there, they are counted. The bounds are those of the policy in force, and the
 * windows of models that the estimate would leave out. Money goes by upper bounds and needs no count.
 */
import type { Config, PolicyName } from '../config/config.ts';
import type { RouterParts } from './parts.ts';
import { answerRoom, mostInputTokens } from './plan/constraints.ts';
import { allModels } from './policies/candidates.ts';
import { policies } from './policies/policies.ts';
import type { Classification, Request } from './types.ts';

/** The step between `classify` and `planRoute`: counts where it matters, and says so in the signals. */
export async function withCountedTokens(
  request: Request,
  classification: Classification,
  parts: Pick<RouterParts, 'config' | 'countTokens'>,
  names: readonly PolicyName[] = [parts.config().routing.policy],
): Promise<Classification> {
  const near = nearBound(request, classification, parts.config(), names);
  if (near === undefined || parts.countTokens === undefined) return classification;
  const estimated = classification.inputTokens;
  const counted = await parts.countTokens(request);
  const evidence =
    counted === undefined
      ? `${estimated} estimated near ${near}; they could not be counted in time`
      : `${counted} counted, ${estimated} estimated, near ${near}`;
  return {
    ...classification,
    ...(counted === undefined ? {} : { inputTokens: counted, tokensCounted: true }),
    signals: [...classification.signals, { name: 'tokens', weight: 0, evidence }],
  };
}

/** The first bound whose side the estimate leaves open. */
export function nearBound(
  request: Request,
  classification: Classification,
  config: Config,
  names: readonly PolicyName[],
): string | undefined {
  const { inputTokens, inputTokensError } = classification;
  const least = Math.floor(inputTokens * inputTokensError.least);
  const most = Math.ceil(inputTokens * inputTokensError.most);
  for (const name of names)
    for (const bound of policies[name].tokenBounds?.(config) ?? [])
      if (least <= bound.tokens && bound.tokens <= most) return bound.name;
  for (const model of allModels(config)) {
    if (model.kind === 'embedding') continue;
    const room = model.contextWindow - answerRoom(model, request, classification);
    const counted = mostInputTokens(model, { ...classification, inputTokens: least, tokensCounted: true });
    if (most > room && counted <= room) return `the context of ${model.name} (${model.contextWindow})`;
  }
  return undefined;
}
