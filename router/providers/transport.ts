import { Agent } from 'undici';
import { CallError } from '../call-error.ts';
import {
  type Control,
  Response,
  ResponseBody,
  ResponseHeaders,
  type TransportResponse,
} from './transport-response.ts';

/**
 * The `fetch` the SDKs are given: HTTP/1.1 straight on undici's dispatcher, without the web streams, header
 * objects and mirrors of the standard's fetch. *Measured* (`scripts/bench/transport.ts`): about twice the calls
 * a second of the same SDK on the global fetch. Left out on purpose: redirects (a key must not follow one),
 * compression, cookies, request bodies other than strings.
 */
export type Transport = (url: string, init: TransportInit) => Promise<TransportResponse>;

interface TransportInit {
  method: string;
  headers: Record<string, string>;
  body: string | undefined;
  signal: AbortSignal | undefined;
  /** Milliseconds until a connection stands; a kept-alive one stands at once. */
  connectMs: number;
}

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
