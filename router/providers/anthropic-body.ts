import { transformJSONSchema } from '@anthropic-ai/sdk/lib/transform-json-schema';
import type {
  CacheControlEphemeral,
  ContentBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  OutputConfig,
  ToolUnion,
} from '@anthropic-ai/sdk/resources/messages';
import type { ModelSpec } from '../../config/config.ts';
import type { GenerateRequest } from '../types/call.ts';
import type { Message } from '../types.ts';
import { schemaInstruction } from './adapter.ts';
import { type AnthropicModelTraits, anthropicEffort, anthropicModelTraits } from './anthropic-models.ts';
import { isObjectSchema } from './strict-schema.ts';
import { argumentsAsObject } from './tool-calls.ts';

/** The body of a Messages call. */
export function messageBody(request: GenerateRequest): MessageCreateParamsStreaming {
  const { model, schema } = request;
  const tools = toolsOf(request);
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
    ...(tools.length === 0 ? {} : { tools }),
    ...(config === undefined ? {} : { output_config: config }),
    ...(model.promptCaching === undefined ? {} : { cache_control: cacheControl(model.promptCaching) }),
  };
}

function toolsOf(request: GenerateRequest): ToolUnion[] {
  const tools: ToolUnion[] = (request.tools ?? []).map(({ name, description, parameters }) => ({
    name,
    description,
    input_schema: { type: 'object' as const, ...parameters },
  }));
  const native = request.model.nativeTools;
  // The one native tool of ours that this API has; `max_uses` holds it to what was reserved.
  if (native?.names.includes('web_search')) {
    tools.push({ type: 'web_search_20250305', name: 'web_search', max_uses: native.maxCalls });
  }
  return tools;
}

/** The top-level marker: the API puts the breakpoint at the last block that can be cached. */
function cacheControl(ttl: '5m' | '1h'): CacheControlEphemeral {
  return { type: 'ephemeral', ttl };
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
