import type {
  ChatCompletionChunk,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions';
import type { CompletionCreateParamsStreaming } from 'openai/resources/completions';
import { CallError } from '../call-error.ts';
import { estimateTokens } from '../tokens.ts';
import type { Delta, FinishReason, GenerateRequest, Usage } from '../types/call.ts';
import type { Message } from '../types.ts';
import { schemaInstruction, serverOf, tokenCount, unreportedUsage } from './adapter.ts';
import { basePrompt } from './base-prompt.ts';
import { classifyProviderError, isRecord, readProviderError } from './classify-error.ts';
import { joined } from './joined.ts';
import { nearestEffort, openAiModelTraits } from './openai-models.ts';
import type { SseEvent } from './sse.ts';
import { isObjectSchema, isStrictSchema } from './strict-schema.ts';
import { ThinkTagSplitter } from './think-tags.ts';
import { argumentsAsText, fallbackIds, ToolCallAssembler } from './tool-calls.ts';

/** The body of a Chat Completions call; `openai-compatible` servers get the older, wider known names. */
export function chatBody(request: GenerateRequest): ChatCompletionCreateParamsStreaming {
  const { model, tools, schema } = request;
  const official = model.provider === 'openai';
  const traits = openAiModelTraits(official ? model.modelId : '');
  const hasTools = tools !== undefined && tools.length > 0;
  const effort =
    hasTools && traits.tools === 'chat-without-reasoning' ? 'none' : nearestEffort(traits, model.effort);
  const reasons = traits.reasoning && effort !== 'none';
  const temperature = reasons ? undefined : (request.temperature ?? model.temperature);
  const nativeSchema = schema !== undefined && model.supports.structuredOutput && isObjectSchema(schema);
  const messages = request.messages.map(toChatMessage);
  if (schema !== undefined && !nativeSchema) {
    messages.unshift({ role: 'system', content: schemaInstruction(schema) });
  }
  return {
    model: model.modelId,
    messages,
    stream: true,
    stream_options: { include_usage: true },
    ...(official ? { max_completion_tokens: request.maxTokens } : { max_tokens: request.maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(request.stop === undefined || reasons ? {} : { stop: [...request.stop] }),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    // vLLM and llama.cpp hand this to the chat template; said only when asked for, since others may refuse it.
    ...(!official && model.effort === 'none' ? { chat_template_kwargs: { enable_thinking: false } } : {}),
    ...(hasTools
      ? {
          tools: tools.map(({ name, description, parameters }) => ({
            type: 'function' as const,
            function: { name, description, parameters },
          })),
        }
      : {}),
    ...(nativeSchema
      ? {
          response_format: {
            type: 'json_schema' as const,
            json_schema: { name: 'answer', schema, strict: !official || isStrictSchema(schema) },
          },
        }
      : {}),
  };
}

/** The body of a Completions call, for base models: a prompt instead of messages. */
export function completionBody(request: GenerateRequest): CompletionCreateParamsStreaming {
  const { model, schema } = request;
  const { prompt, stop } = basePrompt(request);
  const temperature = request.temperature ?? model.temperature;
  // vLLM and llama.cpp hold a completion to a schema too; OpenAI's own types do not know that.
  const format =
    schema === undefined || !model.supports.structuredOutput
      ? {}
      : { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } } };
  return {
    model: model.modelId,
    prompt,
    stop: [...stop],
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: request.maxTokens,
    ...(temperature === undefined ? {} : { temperature }),
    ...format,
  };
}

function toChatMessage(message: Message): ChatCompletionMessageParam {
  switch (message.role) {
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId ?? '', content: message.content };
    case 'assistant':
      return message.toolCalls === undefined || message.toolCalls.length === 0
        ? { role: 'assistant', content: message.content }
        : {
            role: 'assistant',
            content: message.content === '' ? null : message.content,
            tool_calls: message.toolCalls.map((call) => ({
              id: call.id,
              type: 'function',
              function: { name: call.name, arguments: argumentsAsText(call.arguments) },
            })),
          };
    default:
      return { role: message.role, content: message.content };
  }
}

/** What servers add to OpenAI's delta for their thinking models (vLLM, llama.cpp, LM Studio, DeepSeek). */
type ChatDelta = Partial<ChatCompletionChunk.Choice.Delta> & {
  reasoning_content?: unknown;
  reasoning?: unknown;
};

/** Decodes a Chat stream. Without a `finish_reason` it was cut, whatever else came. */
export async function* decodeChat(
  events: AsyncIterable<readonly SseEvent[]>,
  request: GenerateRequest,
  now: () => number,
): AsyncGenerator<Delta> {
  const official = request.model.provider === 'openai';
  const thinkTags = official
    ? undefined
    : new ThinkTagSplitter({ mayBeOpen: request.model.kind === 'thinking' });
  const calls = new ToolCallAssembler(fallbackIds(request.messages));
  let text = '';
  let reasoning = '';
  let refused = false;
  let finished: string | undefined;
  let usage: unknown;

  for await (const batch of events) {
    const pieces: Delta[] = [];
    for (const { data } of batch) {
      const chunk = asChunk(data, request, now);
      if (chunk.usage !== undefined && chunk.usage !== null) usage = chunk.usage;
      const choice = chunk.choices?.[0];
      if (choice === undefined) continue;
      const delta: ChatDelta = choice.delta ?? {};
      const thought = delta.reasoning_content ?? delta.reasoning;
      if (typeof thought === 'string' && thought !== '') {
        thinkTags?.nativeReasoning();
        pieces.push({ kind: 'reasoning', text: thought });
      }
      // A completion's text stands beside the place of a chat's delta.
      const content = delta.content ?? ('text' in choice ? choice.text : undefined);
      if (typeof content === 'string' && content !== '') {
        if (thinkTags === undefined) pieces.push({ kind: 'text', text: content });
        else pieces.push(...thinkTags.push(content));
      }
      if (typeof delta.refusal === 'string' && delta.refusal !== '') {
        refused = true;
        pieces.push({ kind: 'text', text: delta.refusal });
      }
      for (const call of delta.tool_calls ?? [])
        calls.add(call.index ?? calls.size, { id: call.id, ...call.function });
      if (choice.finish_reason) finished = choice.finish_reason;
    }
    if (finished !== undefined && thinkTags !== undefined) pieces.push(...thinkTags.end());
    const together = joined(pieces);
    for (const piece of together) {
      if (piece.kind === 'text') text += piece.text;
      else if (piece.kind === 'reasoning') reasoning += piece.text;
      yield piece;
    }
    if (together.length === 0) yield { kind: 'text', text: '' };
  }

  if (finished === undefined) {
    throw new CallError('retry_here', `${serverOf(request.model)}: the stream ended without finish_reason`);
  }
  const complete = calls.complete();
  for (const call of complete) yield { kind: 'tool_call', call };
  yield {
    kind: 'finish',
    reason: refused ? 'refusal' : finishReason(finished, complete.length),
    usage: chatUsage(usage, request, text + calls.text(), reasoning),
    timing: { firstTokenMs: undefined, loadMs: undefined },
  };
}

function asChunk(data: unknown, request: GenerateRequest, now: () => number): Partial<ChatCompletionChunk> {
  if (isRecord(data) && data.error !== undefined && data.error !== null) {
    throw classifyProviderError(
      readProviderError(undefined, data, undefined),
      serverOf(request.model),
      now(),
    );
  }
  if (!isRecord(data)) {
    throw new CallError(
      'retry_here',
      `${serverOf(request.model)}: the stream holds something that is no chunk`,
    );
  }
  return data as Partial<ChatCompletionChunk>;
}

function finishReason(reason: string, calls: number): FinishReason {
  if (reason === 'length') return 'length';
  if (reason === 'content_filter') return 'refusal';
  return calls > 0 ? 'tool_calls' : 'stop';
}

/**
 * Chat's `prompt_tokens` include what was read from and written to the cache, `completion_tokens` include
 * reasoning: taken apart here, so that every token is in one class.
 */
function chatUsage(usage: unknown, request: GenerateRequest, answer: string, reasoning: string): Usage {
  const seen = { answer, reasoning, hiddenThoughts: openAiModelTraits(request.model.modelId).reasoning };
  if (!isRecord(usage)) return unreportedUsage(request, seen);
  const prompt = tokenCount(usage.prompt_tokens);
  const output = tokenCount(usage.completion_tokens);
  if (prompt === undefined || output === undefined) return unreportedUsage(request, seen);
  const inDetails = isRecord(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  const outDetails = isRecord(usage.completion_tokens_details) ? usage.completion_tokens_details : {};
  const cached = Math.min(prompt, tokenCount(inDetails.cached_tokens) ?? 0);
  const written = Math.min(prompt - cached, tokenCount(inDetails.cache_write_tokens) ?? 0);
  const thoughts = tokenCount(outDetails.reasoning_tokens) ?? Math.min(output, estimateTokens(reasoning));
  return {
    inputTokens: prompt - cached - written,
    cachedInputTokens: cached,
    cacheWriteTokens: written,
    cacheWrite1hTokens: 0,
    outputTokens: output,
    reasoningTokens: thoughts,
    nativeToolCalls: {},
    reported: true,
  };
}
