import { type ChatResponse, type GenerateResponse, Ollama } from 'ollama';
import { abortError, CallError } from '../call-error.ts';
import { estimatePromptTokens, estimateTokens } from '../tokens.ts';
import type { Delta, FinishReason, GenerateRequest, Provider, Usage } from '../types/call.ts';
import { type AdapterOptions, probeByGenerating, serverOf, tokenCount, unreportedUsage } from './adapter.ts';
import { classifyProviderError, classifyThrown, parseOrText, readProviderError } from './classify-error.ts';
import { strictLines } from './ndjson.ts';
import { chatRequest, rawRequest } from './ollama-body.ts';
import { ThinkTagSplitter } from './think-tags.ts';
import { fallbackIds } from './tool-calls.ts';

/**
 * Ollama's native /api/chat (never its /v1, which drops `num_ctx` and `think`), through the `ollama` package
 * with a fetch of ours per call: the package knows no signal per call, prints what it cannot parse and goes on
 * without it, and loses the headers of errors.
 */
export function createOllama(options: AdapterOptions): Provider {
  /** The context each model was last loaded with: a probe must not make the server load it anew. */
  const lastContext = new Map<string, number>();
  /** Models whose server said they cannot think although their kind says so. */
  const withoutThinking = new Set<string>();

  const begin = (client: Ollama, request: GenerateRequest): Promise<OllamaStream> => {
    if (request.model.kind === 'base') return client.generate({ ...rawRequest(request), stream: true });
    const chat = () => client.chat({ ...chatRequest(request, withoutThinking), stream: true });
    return chat().catch((error: unknown) => {
      if (!isThinkingUnsupported(error) || withoutThinking.has(request.model.modelId)) throw error;
      withoutThinking.add(request.model.modelId);
      return chat();
    });
  };

  const provider: Provider = {
    async *generate(request, signal) {
      lastContext.set(request.model.modelId, request.contextTokens);
      const server = serverOf(request.model);
      const stop = new AbortController();
      const onAbort = (): void => stop.abort(signal.reason);
      if (signal.aborted) throw abortError(signal);
      signal.addEventListener('abort', onAbort, { once: true });
      const client = new Ollama({ host: options.endpoint, fetch: callFetch(options, stop.signal, server) });
      let complete = false;
      try {
        for await (const delta of decode(await begin(client, request), request)) {
          complete = delta.kind === 'finish';
          yield delta;
        }
      } catch (error) {
        throw signal.aborted ? abortError(signal) : classifyThrown(error, server);
      } finally {
        signal.removeEventListener('abort', onAbort);
        // Leaving the package's loop early does not close the connection (*measured*).
        if (!complete) stop.abort();
      }
    },
    probe: (model, signal) => probeByGenerating(provider, model, signal, lastContext.get(model.modelId)),
  };
  return provider;
}

function isThinkingUnsupported(error: unknown): boolean {
  return (
    error instanceof CallError && error.status === 400 && /does not support thinking/i.test(error.message)
  );
}

/** A fetch bound to one call: its signal, its errors classed from status and headers, its lines checked. */
function callFetch(options: AdapterOptions, signal: AbortSignal, server: string): typeof fetch {
  return async (url, init) => {
    const headers: Record<string, string> = {
      ...(init?.headers as Record<string, string> | undefined),
      'User-Agent': options.userAgent,
    };
    if (options.apiKey !== undefined) headers.Authorization = `Bearer ${options.apiKey}`;
    const response = await options.fetch(url, { ...init, headers, signal });
    const type = response.headers.get('content-type') ?? '';
    if (!response.ok) {
      const text = await response.text();
      throw classifyProviderError(
        readProviderError(response.status, parseOrText(text), response.headers),
        server,
        options.now(),
      );
    }
    if (type !== '' && !type.includes('json')) {
      await response.body?.cancel();
      throw new CallError('retry_elsewhere', `${server}: answered with ${type} instead of JSON lines`, {
        status: response.status,
      });
    }
    return strictLines(response);
  };
}

type Part = ChatResponse | GenerateResponse;
type OllamaStream = AsyncIterable<Part>;

async function* decode(stream: OllamaStream, request: GenerateRequest): AsyncGenerator<Delta> {
  const thinkTags = new ThinkTagSplitter({ mayBeOpen: request.model.kind === 'thinking' });
  const nextId = fallbackIds(request.messages);
  let text = '';
  let reasoning = '';
  let calls = 0;
  const seen = (delta: Delta): Delta => {
    if (delta.kind === 'text') text += delta.text;
    else if (delta.kind === 'reasoning') reasoning += delta.text;
    return delta;
  };
  for await (const part of stream) {
    const message = 'message' in part ? part.message : { role: 'assistant', content: part.response ?? '' };
    if (message?.thinking) {
      thinkTags.nativeReasoning();
      yield seen({ kind: 'reasoning', text: message.thinking });
    }
    if (message?.content) for (const delta of thinkTags.push(message.content)) yield seen(delta);
    for (const call of message?.tool_calls ?? []) {
      yield {
        kind: 'tool_call',
        call: { id: nextId(calls), name: call.function.name, arguments: call.function.arguments ?? {} },
      };
      calls += 1;
    }
    if (!part.done) continue;
    for (const delta of thinkTags.end()) yield seen(delta);
    yield finish(part, request, { text, reasoning, calls });
    return;
  }
  throw new CallError('retry_here', `${serverOf(request.model)}: the stream ended without its terminator`);
}

function finish(
  part: Part,
  request: GenerateRequest,
  seen: { text: string; reasoning: string; calls: number },
): Delta {
  const usage = readUsage(part, request, seen);
  assertNotTruncated(part, request, usage);
  const loadMs = tokenCount(part.load_duration);
  return {
    kind: 'finish',
    reason: finishReason(part.done_reason, seen.calls),
    usage,
    timing: {
      firstTokenMs: undefined,
      loadMs: loadMs === undefined ? undefined : Math.round(loadMs / 1_000_000),
    },
  };
}

function finishReason(reason: string | undefined, calls: number): FinishReason {
  if (reason === 'length') return 'length';
  return calls > 0 ? 'tool_calls' : 'stop';
}

/** Counts are omitted when zero or unknown: what is missing is estimated, and the usage says so. */
function readUsage(part: Part, request: GenerateRequest, seen: { text: string; reasoning: string }): Usage {
  const input = tokenCount(part.prompt_eval_count);
  const output = tokenCount(part.eval_count);
  const reasoning = estimateTokens(seen.reasoning);
  const shown = { answer: seen.text, reasoning: seen.reasoning, hiddenThoughts: false };
  const unreported = unreportedUsage(request, shown);
  return {
    ...unreported,
    inputTokens: input ?? unreported.inputTokens,
    outputTokens: output ?? unreported.outputTokens,
    // Ollama counts thoughts within eval_count and does not say how many.
    reasoningTokens: Math.min(output ?? Number.POSITIVE_INFINITY, reasoning),
    reported: input !== undefined && output !== undefined,
  };
}

/**
 * Ollama cuts the oldest messages off a prompt that does not fit and answers 200. Seen from outside: prompt and
 * answer together fill `num_ctx`; or far fewer prompt tokens were evaluated than the prompt has. The estimate
 * may be too high by a good part (runs of symbols, CJK), hence the factor and the floor. The answer is not one,
 * and the same call would be cut again.
 */
function assertNotTruncated(part: Part, request: GenerateRequest, usage: Usage): void {
  const evaluated = tokenCount(part.prompt_eval_count);
  if (evaluated === undefined) return;
  const estimated = estimatePromptTokens(request);
  const full = evaluated + (tokenCount(part.eval_count) ?? 0) >= request.contextTokens;
  const missing = estimated > evaluated * 1.75 && estimated - evaluated > 512;
  if (!full && !missing) return;
  throw new CallError(
    'retry_elsewhere',
    `${serverOf(request.model)}: the prompt was cut (about ${estimated} tokens, ${evaluated} evaluated, num_ctx ${request.contextTokens})`,
    { settlement: 'settled', usage, requestSpecific: true, retryable: false },
  );
}
