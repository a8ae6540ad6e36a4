import { abortError, CallError, type PartialGeneration } from './call-error.ts';
import { estimateTokens, tokenMargin } from './tokens.ts';
import type { Delta, GenerateRequest, Generation, Provider } from './types/call.ts';
import type { Clock } from './types/outside.ts';
import type { ToolCall } from './types.ts';
import { type Watched, watch } from './watchdog.ts';

/**
 * Gathers one generation, under the request's timeouts: first token and total count from the start of the
 * call, idle between pieces of the stream (signs of life without text included). Every failure is thrown as a
 * `CallError` whose `partial` holds what had arrived; `onDelta` sees each delta but the last as it comes.
 */
export async function collect(
  provider: Provider,
  request: GenerateRequest,
  signal: AbortSignal,
  clock: Clock,
  onDelta?: (delta: Delta) => void,
): Promise<Generation> {
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });

  const progress = new Progress(request, clock.now(), stop);
  const endWatch = watch(clock, progress);
  let text = '';
  let reasoning = '';
  const toolCalls: ToolCall[] = [];
  try {
    if (stop.signal.aborted) throw abortError(stop.signal);
    for await (const delta of provider.generate(request, stop.signal)) {
      if (delta.kind === 'finish') {
        const firstTokenMs = progress.firstTokenMs ?? delta.timing.firstTokenMs;
        return {
          text,
          reasoning,
          toolCalls,
          finishReason: delta.reason,
          usage: delta.usage,
          timing: { ...delta.timing, firstTokenMs },
        };
      }
      const alive = isSignOfLife(delta);
      progress.pieceArrived(clock.now(), !alive);
      if (alive) continue;
      if (delta.kind === 'text') text += delta.text;
      else if (delta.kind === 'reasoning') reasoning += delta.text;
      else toolCalls.push(delta.call);
      onDelta?.(delta);
    }
    throw new CallError('retry_here', `${request.model.name}: the stream ended without its terminator`);
  } catch (error) {
    const { firstTokenMs } = progress;
    throw withPartial(asCallError(error, request), { text, reasoning, toolCalls, firstTokenMs });
  } finally {
    endWatch();
    signal.removeEventListener('abort', onAbort);
  }
}

/** Adapters yield an empty text for a ping: the line lives, but nothing has been said yet. */
function isSignOfLife(delta: Delta): boolean {
  return delta.kind === 'text' && delta.text === '';
}

/** How far a call is, and when it will have taken too long; it is then aborted with the reason. */
class Progress implements Watched {
  readonly #request: GenerateRequest;
  readonly #startedAt: number;
  readonly #stop: AbortController;
  #lastPieceAt: number;
  firstTokenMs: number | undefined;

  constructor(request: GenerateRequest, startedAt: number, stop: AbortController) {
    this.#request = request;
    this.#startedAt = startedAt;
    this.#lastPieceAt = startedAt;
    this.#stop = stop;
  }

  pieceArrived(now: number, isToken: boolean): void {
    this.#lastPieceAt = now;
    if (isToken) this.firstTokenMs ??= now - this.#startedAt;
  }

  /** The first token may bring it nearer than the watchdog expects: then it is noticed a slice late at most. */
  dueAt(): number {
    const { firstToken, idle, total } = this.#request.timeouts;
    const silence = this.firstTokenMs === undefined ? this.#startedAt + firstToken : this.#lastPieceAt + idle;
    return Math.min(this.#startedAt + total, silence);
  }

  tooLate(): void {
    const { timeouts, model } = this.#request;
    const what =
      this.dueAt() === this.#startedAt + timeouts.total
        ? `no complete answer within ${timeouts.total} ms`
        : this.firstTokenMs === undefined
          ? `no first token within ${timeouts.firstToken} ms`
          : `silent for ${timeouts.idle} ms in the middle of its answer`;
    this.#stop.abort(new CallError('retry_elsewhere', `${model.name}: ${what}`, { settlement: 'bounded' }));
  }
}

function asCallError(error: unknown, request: GenerateRequest): CallError {
  if (error instanceof CallError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new CallError('retry_elsewhere', `${request.model.name}: ${message}`, { cause: error });
}

function withPartial(
  error: CallError,
  seen: Pick<PartialGeneration, 'text' | 'reasoning' | 'firstTokenMs'> & { toolCalls: readonly ToolCall[] },
): CallError {
  const { text, reasoning, toolCalls, firstTokenMs } = seen;
  const calls = toolCalls.length === 0 ? '' : JSON.stringify(toolCalls);
  const tokens = estimateTokens(text) + estimateTokens(reasoning) + estimateTokens(calls);
  error.partial = { text, reasoning, firstTokenMs, outputTokens: Math.ceil(tokens * tokenMargin) };
  return error;
}
