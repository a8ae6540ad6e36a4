import { abortError, CallError, type PartialGeneration } from './call-error.ts';
import { estimateTokens, tokenMargin } from './tokens.ts';
import type { Clock, Delta, GenerateRequest, Generation, Provider, ToolCall } from './types.ts';

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
  const startedAt = clock.now();
  const stop = new AbortController();
  const watch = new Watch(clock, request, startedAt, stop);
  const onAbort = (): void => stop.abort(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });

  let text = '';
  let reasoning = '';
  let firstTokenMs: number | undefined;
  const toolCalls: ToolCall[] = [];
  try {
    if (stop.signal.aborted) throw abortError(stop.signal);
    for await (const delta of provider.generate(request, stop.signal)) {
      if (delta.kind === 'finish') {
        return {
          text,
          reasoning,
          toolCalls,
          finishReason: delta.reason,
          usage: delta.usage,
          timing: { ...delta.timing, firstTokenMs: firstTokenMs ?? delta.timing.firstTokenMs },
        };
      }
      const now = clock.now();
      watch.pieceArrived(now);
      if (isSignOfLife(delta)) continue;
      if (firstTokenMs === undefined) {
        firstTokenMs = now - startedAt;
        watch.firstTokenArrived();
      }
      if (delta.kind === 'text') text += delta.text;
      else if (delta.kind === 'reasoning') reasoning += delta.text;
      else toolCalls.push(delta.call);
      onDelta?.(delta);
    }
    throw new CallError('retry_here', `${request.model.name}: the stream ended without its terminator`);
  } catch (error) {
    throw withPartial(asCallError(error, request), { text, reasoning, toolCalls, firstTokenMs });
  } finally {
    watch.end();
    signal.removeEventListener('abort', onAbort);
  }
}

/** Adapters yield an empty text for a ping: the line lives, but nothing has been said yet. */
function isSignOfLife(delta: Delta): boolean {
  return delta.kind === 'text' && delta.text === '';
}

/** Ends a call that takes too long, by aborting it with the reason. */
class Watch {
  readonly #clock: Clock;
  readonly #request: GenerateRequest;
  readonly #startedAt: number;
  readonly #stop: AbortController;
  readonly #ended = new AbortController();
  #lastPieceAt: number;
  #firstToken = false;

  constructor(clock: Clock, request: GenerateRequest, startedAt: number, stop: AbortController) {
    this.#clock = clock;
    this.#request = request;
    this.#startedAt = startedAt;
    this.#lastPieceAt = startedAt;
    this.#stop = stop;
    void this.#run();
  }

  pieceArrived(now: number): void {
    this.#lastPieceAt = now;
  }

  firstTokenArrived(): void {
    this.#firstToken = true;
  }

  end(): void {
    this.#ended.abort();
  }

  /** Sleeps until the next moment something could be too late; a piece that came meanwhile moves that moment. */
  async #run(): Promise<void> {
    const { timeouts, model } = this.#request;
    while (!this.#ended.signal.aborted) {
      const total = this.#startedAt + timeouts.total;
      const silence = this.#firstToken
        ? this.#lastPieceAt + timeouts.idle
        : this.#startedAt + timeouts.firstToken;
      const dueAt = Math.min(total, silence);
      const now = this.#clock.now();
      if (now >= dueAt) {
        const what =
          dueAt === total
            ? `no complete answer within ${timeouts.total} ms`
            : this.#firstToken
              ? `silent for ${timeouts.idle} ms in the middle of its answer`
              : `no first token within ${timeouts.firstToken} ms`;
        this.#stop.abort(
          new CallError('retry_elsewhere', `${model.name}: ${what}`, { settlement: 'bounded' }),
        );
        return;
      }
      // Never longer than the idle timeout: a first token on the way brings a due time nearer than this one.
      // Rejects when the call ends first, which is the usual case.
      const pause = Math.min(dueAt - now, timeouts.idle);
      await this.#clock.sleep(pause, this.#ended.signal).catch(() => undefined);
    }
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
