import type { OutputConfig } from '@anthropic-ai/sdk/resources/messages';

type Effort = NonNullable<OutputConfig['effort']>;

/** What a family of Claude models accepts; what it does not is a 400, so it is decided here. */
export interface AnthropicModelTraits {
  /** Takes `temperature`; the models since Opus 4.7 do not. */
  sampling: boolean;
  /** What `output_config.effort` may be; empty where it may not be sent. */
  efforts: readonly Effort[];
  /** Thinks unasked, and its thoughts may be left out of the stream although they are billed. */
  hiddenThoughts: boolean;
}

/** Like today's models: Opus 4.7 and later, Sonnet 5 and later, Fable. */
const current: AnthropicModelTraits = {
  sampling: false,
  efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
  hiddenThoughts: true,
};

/** The first pattern that fits the model's id decides; an unknown model counts as `current`. */
const families: readonly { pattern: RegExp; traits: AnthropicModelTraits }[] = [
  { pattern: /^claude-3/, traits: { sampling: true, efforts: [], hiddenThoughts: false } },
  {
    pattern: /^claude-(?:opus|sonnet)-4(?:-[01])?(?:-\d{8})?$/,
    traits: { sampling: true, efforts: [], hiddenThoughts: false },
  },
  {
    pattern: /^claude-(?:sonnet|haiku)-4-5/,
    traits: { sampling: true, efforts: [], hiddenThoughts: false },
  },
  {
    pattern: /^claude-opus-4-5/,
    traits: { sampling: true, efforts: ['low', 'medium', 'high'], hiddenThoughts: false },
  },
  {
    pattern: /^claude-(?:opus|sonnet)-4-6/,
    traits: { sampling: true, efforts: ['low', 'medium', 'high', 'max'], hiddenThoughts: false },
  },
  // No Haiku is documented to take an effort.
  { pattern: /^claude-haiku/, traits: { sampling: false, efforts: [], hiddenThoughts: true } },
];

export function anthropicModelTraits(modelId: string): AnthropicModelTraits {
  return families.find((family) => family.pattern.test(modelId))?.traits ?? current;
}

/** `none` and `minimal` do not exist here: the least the model takes. What lies above its most: its most. */
export function anthropicEffort(
  traits: AnthropicModelTraits,
  wanted: Effort | 'none' | 'minimal' | undefined,
): Effort | undefined {
  if (wanted === undefined || traits.efforts.length === 0) return undefined;
  if (wanted === 'none' || wanted === 'minimal') return traits.efforts[0];
  if (traits.efforts.includes(wanted)) return wanted;
  return wanted === 'xhigh' ? 'high' : traits.efforts.at(-1);
}
