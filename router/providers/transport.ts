import { Agent } from 'undici';
import { CallError } from '../call-error.ts';

/**
 * The `fetch` the SDKs are given: HTTP/1.1 straight on undici's dispatcher, without the web streams, header
 * objects and mirrors of the standard's fetch. *Measured* (`scripts/bench/transport.ts`): about twice the calls
 * a second of the same SDK on the global fetch. Left out on purpose: redirects (a key must not follow one),
 * compression, cookies, request bodies other than strings.
 */
export type Transport = (url: string, init: TransportInit) => Promise<TransportResponse>;

export interface TransportInit {
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
  signal: AbortSignal | undefined;
  /** Milliseconds until a connection stands; a kept-alive one stands at once. */
  connectMs: number;
}

/** As much of the standard's `Response` as the SDKs touch. */
export interface TransportResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: ResponseHeaders;
  readonly body: ResponseBody;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** Pauses the socket while this much has arrived that nobody has read. */
const highWaterBytes = 1_048_576;

/** How long a response that nobody wants any more may take to end by itself. */
const drainMs = 100;

/** One pool of kept-alive connections per process; undici keeps them apart by origin. */
const agent = new Agent({
  pipelining: 1,
  // Every timeout is ours (`collect.ts`), by model: undici's own would cut a slow model's first token.
  headersTimeout: 0,
  bodyTimeout: 0,
  // Only so that an attempt nobody waits for any more ends one day; `connectMs` decides.
  connect: { timeout: 120_000 },
  // Below the usual servers' 5 s, so that a connection is rarely reused in the moment its server closes it.
  keepAliveTimeout: 4_000,
});

export class ResponseHeaders {
  readonly #headers: Record<string, string | string[] | undefined>;

  constructor(headers: Record<string, string | string[] | undefined>) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    const value = this.#headers[name.toLowerCase()];
    if (value === undefined) return null;
    return Array.isArray(value) ? value.join(', ') : value;
  }

  has(name: string): boolean {
    return this.#headers[name.toLowerCase()] !== undefined;
  }

  *entries(): IterableIterator<[string, string]> {
    for (const name of Object.keys(this.#headers)) {
      const value = this.get(name);
      if (value !== null) yield [name, value];
    }
  }

  forEach(visit: (value: string, name: string) => void): void {
    for (const [name, value] of this.entries()) visit(value, name);
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}

interface Control {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

type Chunk = { value: Uint8Array; done: false } | { value: undefined; done: true };
type Waiting = { resolve: (chunk: Chunk) => void; reject: (error: Error) => void };

/** The bytes of a response: read by one consumer, with the socket paused while it lags behind. */
export class ResponseBody {
  readonly #chunks: Uint8Array[] = [];
  readonly #control: Control;
  #bytes = 0;
  #ended = false;
  #error: Error | undefined;
  #waiting: Waiting | undefined;
  #drain: NodeJS.Timeout | undefined;

  constructor(control: Control) {
    this.#control = control;
  }

  push(chunk: Uint8Array): void {
    if (this.#drain !== undefined) return;
    if (this.#waiting !== undefined) {
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve({ value: chunk, done: false });
      return;
    }
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > highWaterBytes) this.#control.pause();
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#drain);
    this.#waiting?.resolve({ value: undefined, done: true });
    this.#waiting = undefined;
  }

  /** With `discard` what has not been read is dropped: a cancelled call must not go on. */
  fail(error: Error, discard: boolean): void {
    if (this.#error !== undefined || (this.#ended && !discard)) return;
    this.#error = error;
    if (discard) this.#chunks.length = 0;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  /** Rejects when the transfer failed, after what had arrived before. */
  read(): Promise<Chunk> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#bytes -= chunk.length;
      if (this.#bytes <= highWaterBytes) this.#control.resume();
      return Promise.resolve({ value: chunk, done: false });
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /**
   * Gives up the rest. The connection is closed unless the response ends within a moment by itself: after an
   * answer's last event the end of the response is usually in the next packet, and a connection that may live
   * on saves the next call a handshake.
   */
  cancel(): Promise<void> {
    if (!this.#ended && this.#error === undefined && this.#drain === undefined) {
      this.#chunks.length = 0;
      this.#control.resume();
      this.#drain = setTimeout(() => {
        if (!this.#ended) this.#control.abort(new Error('the response was not read to its end'));
      }, drainMs).unref();
    }
    return Promise.resolve();
  }

  getReader(): { read(): Promise<Chunk>; cancel(): Promise<void>; releaseLock(): void } {
    return { read: () => this.read(), cancel: () => this.cancel(), releaseLock: () => undefined };
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return {
      next: () => this.read() as Promise<IteratorResult<Uint8Array>>,
      return: async () => {
        await this.cancel();
        return { value: undefined, done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

class Response implements TransportResponse {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: ResponseHeaders;
  readonly body: ResponseBody;

  constructor(url: string, status: number, statusText: string, headers: ResponseHeaders, body: ResponseBody) {
    this.url = url;
    this.status = status;
    this.statusText = statusText;
    this.headers = headers;
    this.body = body;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  async text(): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.body) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

/** Sends one request. Rejects with a `CallError` when no connection stands in time, else with undici's error. */
export const transport: Transport = (url, init) =>
  new Promise((resolve, reject) => {
    const { signal } = init;
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const { origin, pathname, search } = parsed(url);
    let control: Control | undefined;
    let body: ResponseBody | undefined;
    let connectTimer: NodeJS.Timeout | undefined;
    let started = false;
    let failure: Error | undefined;

    const settle = (): void => {
      clearTimeout(connectTimer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: Error): void => {
      settle();
      if (body === undefined) reject(error);
      else body.fail(error, failure !== undefined);
    };
    // Before a connection stands there is no controller: the request is dropped when it starts.
    const stop = (error: Error): void => {
      failure = error;
      control?.abort(error);
      fail(error);
    };
    const onAbort = (): void => stop(asError(signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });

    agent.dispatch(
      {
        origin,
        path: search === '' ? pathname : pathname + search,
        method: init.method as 'POST',
        headers: init.headers,
        body: init.body ?? null,
      },
      {
        onRequestStart(controller) {
          started = true;
          control = controller;
          clearTimeout(connectTimer);
          if (failure !== undefined) controller.abort(failure);
        },
        onResponseStart(controller, status, headers, statusText) {
          // 1xx is not the response.
          if (status < 200) return;
          body = new ResponseBody(controller);
          resolve(new Response(url, status, statusText ?? '', new ResponseHeaders(headers), body));
        },
        onResponseData(_controller, chunk) {
          body?.push(chunk);
        },
        onResponseEnd() {
          settle();
          body?.end();
        },
        onResponseError(_controller, error) {
          fail(failure ?? error);
        },
      },
    );
    if (!started && failure === undefined) {
      connectTimer = setTimeout(() => {
        stop(
          new CallError('retry_elsewhere', `no connection to ${origin} within ${init.connectMs} ms`, {
            settlement: 'free',
          }),
        );
      }, init.connectMs);
    }
  });

const parsedUrls = new Map<string, URL>();

/** A process calls few addresses many times. */
function parsed(url: string): URL {
  const known = parsedUrls.get(url);
  if (known !== undefined) return known;
  if (parsedUrls.size >= 256) parsedUrls.clear();
  const made = new URL(url);
  parsedUrls.set(url, made);
  return made;
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/**
 * `transport` in the shape the SDKs expect. The cast is honest about being partial: the SDKs touch status,
 * headers.get, body (async iterable, getReader), text and json, and nothing else of a response.
 */
export function asFetch(send: Transport, connectMs: number): typeof fetch {
  const partialFetch = (url: string | URL | globalThis.Request, init?: RequestInit) =>
    send(String(url), {
      method: init?.method ?? 'GET',
      headers: plainHeaders(init?.headers),
      body: typeof init?.body === 'string' ? init.body : undefined,
      signal: init?.signal ?? undefined,
      connectMs,
    });
  return partialFetch as unknown as typeof fetch;
}

function plainHeaders(headers: RequestInit['headers']): Record<string, string> {
  if (headers === undefined) return {};
  if (headers instanceof Headers || Array.isArray(headers)) return Object.fromEntries(headers);
  return headers as Record<string, string>;
}
