import type { ReasoningEffort } from 'openai/resources/shared';

/** What a family of OpenAI models accepts; an unknown effort is a 400, so it is decided here. */
export interface OpenAiModelTraits {
  /** Reasons before it answers: no temperature, no stop sequences; its thoughts are billed and not shown. */
  reasoning: boolean;
  efforts: readonly NonNullable<ReasoningEffort>[];
  /** Which API takes tools: Chat, Responses, or Chat only with effort `none`. */
  tools: 'chat' | 'responses' | 'chat-without-reasoning';
}

const plain: OpenAiModelTraits = { reasoning: false, efforts: [], tools: 'chat' };

/**
 * The first pattern that fits the model's id decides; sources in `reference/model-api-facts.md` (November 2026).
 * An id no pattern fits (a fine-tune, a model of an OpenAI-compatible server) counts as plain.
 */
const families: readonly { pattern: RegExp; traits: OpenAiModelTraits }[] = [
  {
    pattern: /^gpt-6\.1-sol/,
    traits: { reasoning: true, efforts: ['low', 'medium', 'high', 'xhigh', 'max'], tools: 'responses' },
  },
  {
    pattern: /^gpt-6-astra/,
    traits: { reasoning: true, efforts: ['low', 'medium', 'high', 'xhigh', 'max'], tools: 'responses' },
  },
  {
    pattern: /^gpt-6-(?:sol|luna)/,
    traits: {
      reasoning: true,
      efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
      tools: 'chat-without-reasoning',
    },
  },
  {
    pattern: /^gpt-5\.6/,
    traits: {
      reasoning: true,
      efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'],
      tools: 'responses',
    },
  },
  {
    pattern: /^gpt-5\.[1-5]/,
    traits: { reasoning: true, efforts: ['none', 'low', 'medium', 'high'], tools: 'responses' },
  },
  {
    pattern: /^gpt-5(?:-|$)/,
    traits: { reasoning: true, efforts: ['minimal', 'low', 'medium', 'high'], tools: 'responses' },
  },
  {
    pattern: /^o[134](?:-|$)/,
    traits: { reasoning: true, efforts: ['low', 'medium', 'high'], tools: 'chat' },
  },
];

export function openAiModelTraits(modelId: string): OpenAiModelTraits {
  return families.find((family) => family.pattern.test(modelId))?.traits ?? plain;
}

/** From least to most; `nearestEffort` moves along it. */
const order = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/**
 * The effort this model takes that is nearest to the one asked for, the lower of two equally near; undefined
 * where the model has none or none was asked for.
 */
export function nearestEffort(
  traits: OpenAiModelTraits,
  wanted: NonNullable<ReasoningEffort> | undefined,
): NonNullable<ReasoningEffort> | undefined {
  if (wanted === undefined || traits.efforts.length === 0) return undefined;
  const at = order.indexOf(wanted);
  let best: NonNullable<ReasoningEffort> | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const effort of traits.efforts) {
    const distance = Math.abs(order.indexOf(effort) - at);
    if (distance < bestDistance) {
      best = effort;
      bestDistance = distance;
    }
  }
  return best;
}
