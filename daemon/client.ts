/**
 * A small client of a running daemon's HTTP API: what the commands use, and any Node program may
 * (`import { connect } from 'swarmd/client'`). It needs nothing but Node's own fetch, and never shows the token.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, exitCodeOf, SwarmdError } from '../config/errors.ts';
import { dataDirectory } from '../config/paths.ts';
import { readAddress } from './address.ts';
import type { Accepted } from './control.ts';
import { type ErrorJson, InputRefused } from './http/errors.ts';
import type { ActionJson, ResultJson } from './http/wire/action-json.ts';
import type { EventJson } from './http/wire/event-json.ts';
import type { CallJson, ExplanationJson } from './http/wire/explanation-json.ts';
import type { BudgetJson, SumsJson } from './http/wire/ledger-json.ts';
import type { StatusJson } from './http/wire/status-json.ts';
import { readServerSentEvents } from './sse-reader.ts';

export interface ConnectOptions {
  /** Where the daemon keeps its data; default: `SWARMD_HOME`, else `$XDG_DATA_HOME/swarmd`. */
  dataDir?: string;
  /** Default: the running daemon's own word in the data directory. */
  url?: string;
  /** Default: the file `token` in the data directory. */
  token?: string;
  env?: NodeJS.ProcessEnv;
}

export interface ListQuery {
  status?: string;
  type?: string;
  parentId?: string;
  rootId?: string;
  since?: string;
  tag?: string;
  client?: string;
  limit?: number;
}

/** How long one request waits for the daemon before it is asked again, in seconds. */
const longPollSeconds = 30;
const requestTimeoutMs = 30_000;

/** Finds the running daemon and makes sure that it answers. Throws DAEMON_UNREACHABLE where none does. */
export async function connect(options: ConnectOptions = {}): Promise<Client> {
  const dataDir = options.dataDir ?? dataDirectory(options.env ?? process.env);
  const url = options.url ?? readAddress(dataDir)?.url;
  if (url === undefined) throw unreachable(`no daemon runs in ${dataDir}`, dataDir);
  const client = new Client(url.replace(/\/+$/, ''), options.token ?? readToken(dataDir));
  await client.ping();
  return client;
}

function readToken(dataDir: string): string {
  const file = join(dataDir, 'token');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new SwarmdError('DENIED', `the daemon’s token cannot be read: ${(error as Error).message}`, {
      where: file,
      allowed: 'the user who runs the daemon, or a token given by hand',
      cause: error,
    });
  }
}

export class Client {
  readonly url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
  }

  /** Resolves when the daemon answers. */
  async ping(): Promise<void> {
    await this.#request('GET', '/healthz', { timeoutMs: 3000 });
  }

  /** Accepts one action; with a key the same submission never makes two. */
  async submit(input: unknown, options: { idempotencyKey?: string } = {}): Promise<Accepted> {
    return (await this.#request('POST', '/v1/actions', { body: input, ...keyHeader(options) })) as Accepted;
  }

  /** Accepts all or none. Throws InputRefused with the index of each fault. */
  async submitAll(
    inputs: readonly unknown[],
    options: { idempotencyKey?: string } = {},
  ): Promise<readonly Accepted[]> {
    const body = await this.#request('POST', '/v1/actions', { body: inputs, ...keyHeader(options) });
    return (body as { actions: Accepted[] }).actions;
  }

  async list(query: ListQuery = {}): Promise<readonly ActionJson[]> {
    const path = withQuery('/v1/actions', {
      status: query.status,
      type: query.type,
      parent_id: query.parentId,
      root_id: query.rootId,
      since: query.since,
      tag: query.tag,
      client: query.client,
      limit: query.limit,
    });
    return ((await this.#request('GET', path)) as { actions: ActionJson[] }).actions;
  }

  async action(id: string): Promise<ActionJson> {
    return (await this.#request('GET', `/v1/actions/${encodeURIComponent(id)}`)) as ActionJson;
  }

  /** The result as it is now; `status` says whether it is one. */
  async result(id: string, waitSeconds = 0): Promise<ResultJson> {
    const path = withQuery(`/v1/actions/${encodeURIComponent(id)}/result`, {
      wait: waitSeconds === 0 ? undefined : waitSeconds,
    });
    return (await this.#request('GET', path, {
      timeoutMs: requestTimeoutMs + waitSeconds * 1000,
    })) as ResultJson;
  }

  /** Waits until the action is terminal, however long that takes; ends with the signal. */
  async waitFor(id: string, signal?: AbortSignal): Promise<ResultJson> {
    for (;;) {
      signal?.throwIfAborted();
      const path = `/v1/actions/${encodeURIComponent(id)}/result?wait=${longPollSeconds}`;
      const timeoutMs = requestTimeoutMs + longPollSeconds * 1000;
      const result = (await this.#request('GET', path, {
        timeoutMs,
        ...(signal === undefined ? {} : { signal }),
      })) as ResultJson;
      if (result.status === 'completed' || result.status === 'failed' || result.status === 'cancelled')
        return result;
    }
  }

  async explain(id: string): Promise<ExplanationJson> {
    return (await this.#request('GET', `/v1/actions/${encodeURIComponent(id)}/explain`)) as ExplanationJson;
  }

  async tree(id: string): Promise<{ root_id: string; actions: readonly ActionJson[] }> {
    const body = await this.#request('GET', `/v1/trees/${encodeURIComponent(id)}`);
    return body as { root_id: string; actions: ActionJson[] };
  }

  async cancel(id: string, reason?: string): Promise<readonly string[]> {
    const path = withQuery(`/v1/actions/${encodeURIComponent(id)}`, { reason });
    return ((await this.#request('DELETE', path)) as { cancelled: string[] }).cancelled;
  }

  async retry(id: string): Promise<ActionJson> {
    return (await this.#request('POST', `/v1/actions/${encodeURIComponent(id)}/retry`)) as ActionJson;
  }

  async calls(actionId: string): Promise<readonly CallJson[]> {
    const path = withQuery('/v1/ledger', { action_id: actionId });
    return ((await this.#request('GET', path)) as { calls: CallJson[] }).calls;
  }

  /** Sums of the ledger: `by` is a list of day, tier, type, model, role, outcome. */
  async sums(query: { since: string; until?: string; by: string }): Promise<readonly SumsJson[]> {
    return ((await this.#request('GET', withQuery('/v1/ledger', query))) as { sums: SumsJson[] }).sums;
  }

  async budget(): Promise<BudgetJson> {
    return (await this.#request('GET', '/v1/budget')) as BudgetJson;
  }

  async status(): Promise<StatusJson> {
    return (await this.#request('GET', '/v1/status')) as StatusJson;
  }

  async control(what: 'pause' | 'resume' | 'drain' | 'reload'): Promise<Record<string, unknown>> {
    return (await this.#request('POST', `/v1/control/${what}`)) as Record<string, unknown>;
  }

  /**
   * Events as they happen: of all actions, or of one (then it ends with it). A line that was cut is taken up
   * again after the last event seen; a daemon that does not come back ends it with DAEMON_UNREACHABLE.
   */
  async *events(options: {
    id?: string;
    tree?: boolean;
    signal?: AbortSignal;
  }): AsyncGenerator<EventJson, void, undefined> {
    const { id, signal } = options;
    const base = id === undefined ? '/v1/events' : `/v1/actions/${encodeURIComponent(id)}/events`;
    const path = withQuery(base, { tree: options.tree === true ? 'true' : undefined });
    let last: string | undefined;
    for (let failures = 0; ; ) {
      try {
        const response = await this.#send('GET', path, {
          ...(signal === undefined ? {} : { signal }),
          headers: last === undefined ? {} : { 'last-event-id': last },
        });
        failures = 0;
        for await (const message of readServerSentEvents(response)) {
          if (message.id !== undefined) last = message.id;
          if (message.event === 'gap') continue;
          const event = JSON.parse(message.data) as EventJson;
          yield event;
          if (id !== undefined && event.action_id === id && event.kind === 'finished') return;
        }
      } catch (error) {
        if (signal?.aborted === true) return;
        failures += 1;
        if (failures > 5 || !(error instanceof SwarmdError) || !error.retryable) throw error;
      }
      if (signal?.aborted === true) return;
      await sleep(500);
    }
  }

  async #request(method: string, path: string, options: RequestOptions = {}): Promise<unknown> {
    const response = await this.#send(method, path, {
      ...options,
      timeoutMs: options.timeoutMs ?? requestTimeoutMs,
    });
    return await response.json();
  }

  /** Sends and returns a good answer; every other becomes the SwarmdError it is. */
  async #send(method: string, path: string, options: RequestOptions): Promise<Response> {
    const { body, signal, timeoutMs } = options;
    const signals = [
      ...(signal === undefined ? [] : [signal]),
      ...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)]),
    ];
    let response: Response;
    try {
      response = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...options.headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
      });
    } catch (error) {
      if (signal?.aborted === true) throw error;
      throw unreachable(`the daemon at ${this.url} does not answer`, this.url, error);
    }
    if (response.ok) return response;
    throw await errorOf(response);
  }
}

interface RequestOptions {
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  timeoutMs?: number;
}

function keyHeader(options: { idempotencyKey?: string }): { headers?: Record<string, string> } {
  return options.idempotencyKey === undefined
    ? {}
    : { headers: { 'idempotency-key': options.idempotencyKey } };
}

function withQuery(path: string, query: Record<string, string | number | undefined>): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
  return given.size === 0 ? path : `${path}?${given}`;
}

async function errorOf(response: Response): Promise<SwarmdError> {
  const text = await response.text();
  let error: ErrorJson['error'] | undefined;
  try {
    error = (JSON.parse(text) as ErrorJson).error;
  } catch {
    // Not ours: something else listens there, or a proxy in between answered.
  }
  if (error === undefined || exitCodeOf(error.code) === undefined)
    return new SwarmdError('DAEMON_UNREACHABLE', `HTTP ${response.status} from ${response.url}: not swarmd`, {
      where: response.url,
    });
  if (error.errors !== undefined) return new InputRefused(error.errors);
  return new SwarmdError(error.code as ErrorCode, error.message, {
    ...(error.where === undefined ? {} : { where: error.where }),
    ...(error.allowed === undefined ? {} : { allowed: error.allowed }),
    retryable: error.retryable,
  });
}

function unreachable(message: string, where: string, cause?: unknown): SwarmdError {
  return new SwarmdError('DAEMON_UNREACHABLE', message, {
    where,
    allowed: 'start one with: swarmd start',
    retryable: true,
    ...(cause === undefined ? {} : { cause }),
  });
}
