import { Worker } from 'node:worker_threads';
import { SwarmdError } from '../config/errors.ts';
import type { SearchRequest } from './search.ts';
import type { SearchReply } from './search-thread.ts';
import type { SearchResult } from './types/entries.ts';
import { unpackError } from './wire.ts';

/** Searches that take longer than the event loop may stall, in a thread that is started for the first one. */
export class Searcher {
  readonly #path: string;
  #worker: Worker | undefined;
  #nextId = 1;
  readonly #pending = new Map<
    number,
    { resolve: (results: SearchResult[]) => void; reject: (error: Error) => void }
  >();

  constructor(path: string) {
    this.#path = path;
  }

  search(request: SearchRequest): Promise<SearchResult[]> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, request });
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./search-thread.${extension}`, import.meta.url), {
      workerData: { path: this.#path },
    });
    worker.on('message', (reply: SearchReply) => {
      const pending = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      if (this.#pending.size === 0) worker.unref();
      if (reply.error === undefined) pending?.resolve(reply.results ?? []);
      else pending?.reject(unpackError(reply.error));
    });
    worker.on('error', (error) => this.#end(error));
    worker.on('exit', () => this.#end(new SwarmdError('MEMORY_UNAVAILABLE', 'the search was ended')));
    return worker;
  }

  #end(error: Error): void {
    this.#worker = undefined;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
