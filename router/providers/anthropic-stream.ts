import { CallError } from '../call-error.ts';
import { estimateTokens } from '../tokens.ts';
import type { Delta, FinishReason, GenerateRequest, Usage } from '../types/call.ts';
import { serverOf, tokenCount, unreportedUsage } from './adapter.ts';
import { anthropicModelTraits } from './anthropic-models.ts';
import { classifyProviderError, isRecord, readProviderError } from './classify-error.ts';
import { joined } from './joined.ts';
import type { SseEvent } from './sse.ts';
import { fallbackIds, ToolCallAssembler } from './tool-calls.ts';

/** Decodes a Messages stream. Without `message_stop` it was cut, whatever else came. */
export async function* decodeMessage(
  events: AsyncIterable<readonly SseEvent[]>,
  request: GenerateRequest,
  now: () => number,
): AsyncGenerator<Delta> {
  const calls = new ToolCallAssembler(fallbackIds(request.messages));
  const usage = new MessageUsage();
  let text = '';
  let reasoning = '';
  let reason: string | undefined;
  let stopped = false;

  for await (const batch of events) {
    const pieces: Delta[] = [];
    for (const { event, data } of batch) {
      if (!isRecord(data)) {
        throw new CallError(
          'retry_here',
          `${serverOf(request.model)}: the stream holds something that is no event`,
        );
      }
      const type = typeof data.type === 'string' ? data.type : event;
      if (type === 'error') {
        throw classifyProviderError(
          readProviderError(undefined, data, undefined),
          serverOf(request.model),
          now(),
        );
      }
      if (type === 'message_start') usage.add(isRecord(data.message) ? data.message.usage : undefined);
      else if (type === 'content_block_start') beginBlock(calls, data);
      else if (type === 'content_block_delta') pieces.push(...blockDelta(calls, data));
      else if (type === 'message_delta') {
        usage.add(data.usage);
        if (isRecord(data.delta) && typeof data.delta.stop_reason === 'string')
          reason = data.delta.stop_reason;
      } else if (type === 'message_stop') stopped = true;
    }
    const together = joined(pieces);
    for (const piece of together) {
      if (piece.kind === 'text') text += piece.text;
      else if (piece.kind === 'reasoning') reasoning += piece.text;
      yield piece;
    }
    if (together.length === 0) yield { kind: 'text', text: '' };
    if (stopped) break;
  }

  if (!stopped || reason === undefined) {
    throw new CallError('retry_here', `${serverOf(request.model)}: the stream ended without message_stop`);
  }
  const complete = calls.complete();
  for (const call of complete) yield { kind: 'tool_call', call };
  yield {
    kind: 'finish',
    reason: finishReason(reason),
    usage: usage.read(request, text + calls.text(), reasoning),
    timing: { firstTokenMs: undefined, loadMs: undefined },
  };
}

function beginBlock(calls: ToolCallAssembler, data: Record<string, unknown>): void {
  const block = data.content_block;
  if (typeof data.index !== 'number' || !isRecord(block) || block.type !== 'tool_use') return;
  calls.add(data.index, { id: block.id, name: block.name });
}

function blockDelta(calls: ToolCallAssembler, data: Record<string, unknown>): Delta[] {
  const { delta, index } = data;
  if (!isRecord(delta)) return [];
  if (delta.type === 'text_delta' && typeof delta.text === 'string')
    return [{ kind: 'text', text: delta.text }];
  if (delta.type === 'thinking_delta' && typeof delta.thinking === 'string') {
    return [{ kind: 'reasoning', text: delta.thinking }];
  }
  if (delta.type === 'input_json_delta' && typeof index === 'number' && calls.has(index)) {
    calls.add(index, { arguments: delta.partial_json });
  }
  return [];
}

function finishReason(reason: string): FinishReason {
  switch (reason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
    // A long server-side turn handed back unfinished: not an answer either.
    case 'pause_turn':
      return 'length';
    case 'tool_use':
      return 'tool_calls';
    case 'refusal':
      return 'refusal';
    default:
      return 'stop';
  }
}

/**
 * The input side comes with `message_start`, the output side grows with each `message_delta`, which may repeat
 * and correct the input side. `input_tokens` exclude what was read from or written to the cache already.
 */
class MessageUsage {
  readonly #seen: Record<string, unknown> = {};

  add(usage: unknown): void {
    if (!isRecord(usage)) return;
    for (const [name, value] of Object.entries(usage)) {
      if (value !== null && value !== undefined) this.#seen[name] = value;
    }
  }

  read(request: GenerateRequest, answer: string, reasoning: string): Usage {
    const input = tokenCount(this.#seen.input_tokens);
    const output = tokenCount(this.#seen.output_tokens);
    if (input === undefined || output === undefined) {
      const { hiddenThoughts } = anthropicModelTraits(request.model.modelId);
      return unreportedUsage(request, { answer, reasoning, hiddenThoughts });
    }
    const written = tokenCount(this.#seen.cache_creation_input_tokens) ?? 0;
    const creation = isRecord(this.#seen.cache_creation) ? this.#seen.cache_creation : {};
    const writtenFor1h = Math.min(written, tokenCount(creation.ephemeral_1h_input_tokens) ?? 0);
    const details = isRecord(this.#seen.output_tokens_details) ? this.#seen.output_tokens_details : {};
    const searches = isRecord(this.#seen.server_tool_use)
      ? tokenCount(this.#seen.server_tool_use.web_search_requests)
      : undefined;
    return {
      inputTokens: input,
      cachedInputTokens: tokenCount(this.#seen.cache_read_input_tokens) ?? 0,
      cacheWriteTokens: written - writtenFor1h,
      cacheWrite1hTokens: writtenFor1h,
      outputTokens: output,
      reasoningTokens: tokenCount(details.thinking_tokens) ?? Math.min(output, estimateTokens(reasoning)),
      nativeToolCalls: searches === undefined || searches === 0 ? {} : { web_search: searches },
      reported: true,
    };
  }
}
