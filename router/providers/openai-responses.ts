import type {
  ResponseCreateParamsStreaming,
  ResponseInputItem,
  Tool,
} from 'openai/resources/responses/responses';
import { CallError } from '../call-error.ts';
import { leastOutputCap } from '../cost.ts';
import type { Delta, FinishReason, GenerateRequest, Usage } from '../types/call.ts';
import type { Message, ToolCall } from '../types.ts';
import { schemaInstruction, serverOf, tokenCount, unreportedUsage } from './adapter.ts';
import { classifyProviderError, isRecord, readProviderError } from './classify-error.ts';
import { joined } from './joined.ts';
import { nearestEffort, openAiModelTraits } from './openai-models.ts';
import type { SseEvent } from './sse.ts';
import { isObjectSchema, isStrictSchema } from './strict-schema.ts';
import { argumentsAsText, parseArguments } from './tool-calls.ts';

/** True when this request has to go through the Responses API: native tools, or tools on a model that takes them only there. */
export function needsResponses(request: GenerateRequest): boolean {
  if (request.model.provider !== 'openai') return false;
  if ((request.model.nativeTools?.names.length ?? 0) > 0) return true;
  return (request.tools?.length ?? 0) > 0 && openAiModelTraits(request.model.modelId).tools === 'responses';
}

/** The body of a Responses call. Nothing is stored at OpenAI: the conversation is ours and is sent each time. */
export function responsesBody(request: GenerateRequest): ResponseCreateParamsStreaming {
  const { model, schema } = request;
  const traits = openAiModelTraits(model.modelId);
  const effort = nearestEffort(traits, model.effort);
  const reasons = traits.reasoning && effort !== 'none';
  const temperature = reasons ? undefined : (request.temperature ?? model.temperature);
  const nativeSchema = schema !== undefined && model.supports.structuredOutput && isObjectSchema(schema);
  const input = request.messages.flatMap(toItems);
  if (schema !== undefined && !nativeSchema) {
    input.unshift({ role: 'system', content: schemaInstruction(schema) });
  }
  const tools = toolsOf(request);
  return {
    model: model.modelId,
    input,
    stream: true,
    store: false,
    max_output_tokens: Math.max(leastOutputCap, request.maxTokens),
    ...(temperature === undefined ? {} : { temperature }),
    ...(effort === undefined ? {} : { reasoning: { effort } }),
    ...(tools.length === 0 ? {} : { tools }),
    // Enforced by OpenAI, so that the fees reserved for cannot be exceeded.
    ...(model.nativeTools === undefined ? {} : { max_tool_calls: model.nativeTools.maxCalls }),
    ...(nativeSchema
      ? {
          text: {
            format: { type: 'json_schema' as const, name: 'answer', schema, strict: isStrictSchema(schema) },
          },
        }
      : {}),
  };
}

function toolsOf(request: GenerateRequest): Tool[] {
  const tools: Tool[] = (request.tools ?? []).map(({ name, description, parameters }) => ({
    type: 'function',
    name,
    description,
    parameters,
    strict: false,
  }));
  const native = request.model.nativeTools;
  for (const name of native?.names ?? []) {
    if (name === 'web_search') tools.push({ type: 'web_search' });
    else if (name === 'image_generation') tools.push({ type: 'image_generation' });
    else tools.push({ type: 'file_search', vector_store_ids: [...(native?.vectorStoreIds ?? [])] });
  }
  return tools;
}

function toItems(message: Message): ResponseInputItem[] {
  if (message.role === 'tool') {
    return [{ type: 'function_call_output', call_id: message.toolCallId ?? '', output: message.content }];
  }
  const calls = (message.toolCalls ?? []).map((call) => ({
    type: 'function_call' as const,
    call_id: call.id,
    name: call.name,
    arguments: argumentsAsText(call.arguments),
  }));
  const said =
    message.content === '' && calls.length > 0 ? [] : [{ role: message.role, content: message.content }];
  return [...said, ...calls];
}

/** The provider's own tools, as their output items and our price list name them. */
const nativeToolOf: Readonly<Record<string, string>> = {
  web_search_call: 'web_search',
  file_search_call: 'file_search',
  image_generation_call: 'image_generation',
};

/** Decodes a Responses stream. Without `response.completed` or `response.incomplete` it was cut. */
export async function* decodeResponses(
  events: AsyncIterable<readonly SseEvent[]>,
  request: GenerateRequest,
  now: () => number,
): AsyncGenerator<Delta> {
  const server = serverOf(request.model);
  const calls: ToolCall[] = [];
  const nativeToolCalls: Record<string, number> = {};
  let text = '';
  let reasoning = '';
  let refused = false;

  for await (const batch of events) {
    const pieces: Delta[] = [];
    let last: Record<string, unknown> | undefined;
    for (const { data } of batch) {
      if (!isRecord(data))
        throw new CallError('retry_here', `${server}: the stream holds something that is no event`);
      switch (data.type) {
        case 'response.output_text.delta':
          pieces.push({ kind: 'text', text: String(data.delta ?? '') });
          break;
        case 'response.refusal.delta':
          refused = true;
          pieces.push({ kind: 'text', text: String(data.delta ?? '') });
          break;
        case 'response.reasoning_summary_text.delta':
        case 'response.reasoning_text.delta':
          pieces.push({ kind: 'reasoning', text: String(data.delta ?? '') });
          break;
        case 'response.output_item.done':
          pieces.push(...itemDone(data.item, calls, nativeToolCalls));
          break;
        case 'response.completed':
        case 'response.incomplete':
          last = isRecord(data.response) ? data.response : {};
          break;
        case 'response.failed': {
          const response = isRecord(data.response) ? data.response : {};
          throw classifyProviderError(
            readProviderError(undefined, { error: response.error }, undefined),
            server,
            now(),
          );
        }
        case 'error':
          throw classifyProviderError(readProviderError(undefined, data, undefined), server, now());
        default:
          break;
      }
    }
    const together = joined(pieces);
    for (const piece of together) {
      if (piece.kind === 'text') text += piece.text;
      else if (piece.kind === 'reasoning') reasoning += piece.text;
      yield piece;
    }
    if (last !== undefined) {
      const generated = text + calls.map((call) => call.name + argumentsAsText(call.arguments)).join(' ');
      yield {
        kind: 'finish',
        reason: refused ? 'refusal' : finishReason(last, calls.length),
        usage: { ...responsesUsage(last.usage, request, generated, reasoning), nativeToolCalls },
        timing: { firstTokenMs: undefined, loadMs: undefined },
      };
      return;
    }
    if (together.length === 0) yield { kind: 'text', text: '' };
  }
  throw new CallError('retry_here', `${server}: the stream ended without response.completed`);
}

/** Counts native tools, collects function calls, and shows a generated image as Markdown. */
function itemDone(item: unknown, calls: ToolCall[], nativeToolCalls: Record<string, number>): Delta[] {
  if (!isRecord(item) || typeof item.type !== 'string') return [];
  if (item.type === 'function_call') {
    const call: ToolCall = {
      id: String(item.call_id ?? ''),
      name: String(item.name ?? ''),
      arguments: parseArguments(String(item.arguments ?? '')),
    };
    calls.push(call);
    return [{ kind: 'tool_call', call }];
  }
  const native = nativeToolOf[item.type];
  if (native === undefined) return [];
  // Of the web search's actions only the search itself is billed, opening a page and finding in it are not.
  const action = isRecord(item.action) ? item.action.type : undefined;
  if (native !== 'web_search' || action === undefined || action === 'search') {
    nativeToolCalls[native] = (nativeToolCalls[native] ?? 0) + 1;
  }
  if (item.type !== 'image_generation_call' || typeof item.result !== 'string') return [];
  const format = typeof item.output_format === 'string' ? item.output_format : 'png';
  return [{ kind: 'text', text: `![generated image](data:image/${format};base64,${item.result})\n` }];
}

function finishReason(response: Record<string, unknown>, calls: number): FinishReason {
  if (response.status === 'incomplete') {
    const details = isRecord(response.incomplete_details) ? response.incomplete_details : {};
    return details.reason === 'content_filter' ? 'refusal' : 'length';
  }
  return calls > 0 ? 'tool_calls' : 'stop';
}

/** As in Chat, `input_tokens` include what was read from and written to the cache, `output_tokens` the reasoning. */
function responsesUsage(usage: unknown, request: GenerateRequest, answer: string, reasoning: string): Usage {
  const seen = { answer, reasoning, hiddenThoughts: openAiModelTraits(request.model.modelId).reasoning };
  if (!isRecord(usage)) return unreportedUsage(request, seen);
  const input = tokenCount(usage.input_tokens);
  const output = tokenCount(usage.output_tokens);
  if (input === undefined || output === undefined) return unreportedUsage(request, seen);
  const inDetails = isRecord(usage.input_tokens_details) ? usage.input_tokens_details : {};
  const outDetails = isRecord(usage.output_tokens_details) ? usage.output_tokens_details : {};
  const cached = Math.min(input, tokenCount(inDetails.cached_tokens) ?? 0);
  const written = Math.min(input - cached, tokenCount(inDetails.cache_write_tokens) ?? 0);
  return {
    inputTokens: input - cached - written,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    cacheWrite1hTokens: 0,
    outputTokens: output,
    reasoningTokens: tokenCount(outDetails.reasoning_tokens) ?? 0,
    nativeToolCalls: {},
    reported: true,
  };
}
