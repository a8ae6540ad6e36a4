import { Worker } from 'node:worker_threads';
import { type Prompt, promptTexts } from '../tokens.ts';
import type { CountReply, CountRequest } from './tokenizer-thread.ts';

/** How long a plan waits for a count, loading the tokenizer included, in milliseconds. */
const withinMs = 2_000;
/** Unused for so long the thread ends and gives its memory back, in milliseconds. */
const idleMs = 300_000;

/** Counts a prompt's tokens; undefined where it took too long or the tokenizer does not work. */
export type CountTokens = (prompt: Prompt) => Promise<number | undefined>;

export interface TokenCounter {
  count: CountTokens;
  /** True while the tokenizer is in memory. */
  readonly loaded: boolean;
  close(): Promise<void>;
}

/**
 * A tokenizer (o200k, of the current OpenAI models and near those of Llama 3 and Qwen) in a thread that is
 * started for the first count and ends when nobody counts any more: a daemon at rest does not pay for it, and a
 * long prompt does not stall the event loop.
 */
export function createTokenCounter(options: { withinMs?: number; idleMs?: number } = {}): TokenCounter {
  const pending = new Map<number, (tokens: number | undefined) => void>();
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let lastId = 0;

  function start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const started = new Worker(new URL(`./tokenizer-thread.${extension}`, import.meta.url));
    // A count under way keeps no process alive: whoever waits for it has its own reason to.
    started.unref();
    started.on('message', ({ id, tokens }: CountReply) => settle(id, tokens));
    started.on('error', () => end(started));
    started.on('exit', () => end(started));
    return started;
  }

  function settle(id: number, tokens: number | undefined): void {
    pending.get(id)?.(tokens);
    pending.delete(id);
  }

  function end(ended: Worker): void {
    if (worker !== ended) return;
    worker = undefined;
    for (const id of [...pending.keys()]) settle(id, undefined);
  }

  function stop(): Promise<unknown> {
    clearTimeout(idle);
    const stopped = worker;
    if (stopped === undefined) return Promise.resolve();
    end(stopped);
    return stopped.terminate();
  }

  return {
    async count(prompt) {
      const { texts, overhead } = promptTexts(prompt);
      clearTimeout(idle);
      worker ??= start();
      lastId += 1;
      const request: CountRequest = { id: lastId, texts };
      const counted = new Promise<number | undefined>((resolve) => pending.set(request.id, resolve));
      worker.postMessage(request);
      const late = setTimeout(() => {
        settle(request.id, undefined);
        // Whatever it is busy with, the next one shall not wait behind it.
        void stop();
      }, options.withinMs ?? withinMs);
      const tokens = await counted.finally(() => clearTimeout(late));
      if (pending.size === 0) {
        clearTimeout(idle);
        idle = setTimeout(() => void stop(), options.idleMs ?? idleMs).unref();
      }
      return tokens === undefined ? undefined : tokens + overhead;
    },
    get loaded() {
      return worker !== undefined;
    },
    close: async () => void (await stop()),
  };
}
