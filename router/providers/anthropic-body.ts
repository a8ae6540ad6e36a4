import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import type {
  CacheControlEphemeral,
  ContentBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  OutputConfig,
} from '@anthropic-ai/sdk/resources/messages';
import type { ModelSpec } from '../../config/config.ts';
import type { GenerateRequest, Message } from '../types.ts';
import { schemaInstruction } from './adapter.ts';
import { isObjectSchema } from './strict-schema.ts';
import { argumentsAsObject } from './tool-calls.ts';

/** The body of a Messages call. */
export function messageBody(request: GenerateRequest): MessageCreateParamsStreaming {
  const { model, tools, schema } = request;
  const traits = anthropicModelTraits(model.modelId);
  const format = schema === undefined || !model.supports.structuredOutput ? undefined : outputFormat(schema);
  const system = request.messages
    .filter((message) => message.role === 'system')
    .map(({ content }) => content);
  if (schema !== undefined && format === undefined) system.push(schemaInstruction(schema));
  const temperature = traits.sampling ? (request.temperature ?? model.temperature) : undefined;
  const config = outputConfig(model, traits, format);
  return {
    model: model.modelId,
    max_tokens: request.maxTokens,
    messages: conversation(request.messages),
    stream: true,
    ...(system.length === 0 ? {} : { system: system.join('\n\n') }),
    // Their range ends at 1.
    ...(temperature === undefined ? {} : { temperature: Math.min(1, temperature) }),
    ...(request.stop === undefined ? {} : { stop_sequences: [...request.stop] }),
    ...(tools === undefined || tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, parameters }) => ({
            name,
            description,
            input_schema: { type: 'object' as const, ...parameters },
          })),
        }),
    ...(config === undefined ? {} : { output_config: config }),
    ...(model.promptCaching === undefined ? {} : { cache_control: cacheControl(model.promptCaching) }),
  };
}

/** The top-level marker: the API puts the breakpoint at the last block that can be cached. */
function cacheControl(ttl: '5m' | '1h'): CacheControlEphemeral {
  return { type: 'ephemeral', ttl };
}

interface AnthropicModelTraits {
  /** Takes `temperature`; the models since Opus 4.7 answer 400 to it. */
  sampling: boolean;
  /** Takes `output_config.effort`. */
  efforts: readonly NonNullable<OutputConfig['effort']>[];
}

/** The first pattern that fits decides; an unknown model is treated like today's. */
const families: readonly { pattern: RegExp; traits: AnthropicModelTraits }[] = [
  { pattern: /^claude-3/, traits: { sampling: true, efforts: [] } },
  { pattern: /^claude-(?:opus|sonnet)-4(?:-[01])?(?:-\d{8})?$/, traits: { sampling: true, efforts: [] } },
  { pattern: /^claude-(?:sonnet|haiku)-4-5/, traits: { sampling: true, efforts: [] } },
  { pattern: /^claude-opus-4-5/, traits: { sampling: true, efforts: ['low', 'medium', 'high'] } },
  {
    pattern: /^claude-(?:opus|sonnet)-4-6/,
    traits: { sampling: true, efforts: ['low', 'medium', 'high', 'max'] },
  },
];
const current: AnthropicModelTraits = { sampling: false, efforts: ['low', 'medium', 'high', 'xhigh', 'max'] };

export function anthropicModelTraits(modelId: string): AnthropicModelTraits {
  return families.find((family) => family.pattern.test(modelId))?.traits ?? current;
}

function outputConfig(
  model: ModelSpec,
  traits: AnthropicModelTraits,
  format: OutputConfig['format'] | undefined,
): OutputConfig | undefined {
  const effort = anthropicEffort(traits, model.effort);
  if (effort === undefined && format === undefined) return undefined;
  return { ...(effort === undefined ? {} : { effort }), ...(format === undefined ? {} : { format }) };
}

/** `none` and `minimal` do not exist here: the least the model takes. Above its most: its most. */
function anthropicEffort(
  traits: AnthropicModelTraits,
  wanted: ModelSpec['effort'],
): NonNullable<OutputConfig['effort']> | undefined {
  if (wanted === undefined || traits.efforts.length === 0) return undefined;
  if (wanted === 'none' || wanted === 'minimal') return traits.efforts[0];
  if (traits.efforts.includes(wanted)) return wanted;
  return wanted === 'xhigh' && traits.efforts.includes('max') ? 'high' : traits.efforts.at(-1);
}

/**
 * The schema as the API takes it: the SDK's own transformation closes objects and moves keywords it does not
 * know into descriptions. Undefined where it cannot (no type at the root, or not an object).
 */
function outputFormat(schema: Record<string, unknown>): OutputConfig['format'] | undefined {
  if (!isObjectSchema(schema)) return undefined;
  try {
    return { type: 'json_schema', schema: transformJSONSchema(schema) };
  } catch {
    return undefined;
  }
}

/** Tool results are blocks of a user's turn here, and those of one turn belong into one message. */
function conversation(messages: readonly Message[]): MessageParam[] {
  const result: MessageParam[] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const content = blocks(message);
    const last = result.at(-1);
    if (last?.role === role && Array.isArray(last.content)) last.content.push(...content);
    else result.push({ role, content });
  }
  return result;
}

function blocks(message: Message): ContentBlockParam[] {
  if (message.role === 'tool') {
    return [{ type: 'tool_result', tool_use_id: message.toolCallId ?? '', content: message.content }];
  }
  const content: ContentBlockParam[] = [];
  // An empty text block is an error, and so is a message without any block.
  if (message.content !== '' || (message.toolCalls ?? []).length === 0) {
    content.push({ type: 'text', text: message.content === '' ? ' ' : message.content });
  }
  for (const call of message.toolCalls ?? []) {
    content.push({
      type: 'tool_use',
      id: call.id,
      name: call.name,
      input: argumentsAsObject(call.arguments),
    });
  }
  return content;
}
