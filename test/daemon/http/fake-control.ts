import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import type { Config } from '../../../config/config.ts';
import { parseActionInputs } from '../../../daemon/action-input.ts';
import type { ActionEvent, ChatResult, Control } from '../../../daemon/control.ts';
import { startHttp } from '../../../daemon/http/server.ts';
import { createSearchEntries } from '../../../daemon/search-entries.ts';
import type { Memory } from '../../../memory/types/memory.ts';
import { temporaryMemory } from '../../memory/temporary-memory.ts';

export const token = 'a-token-of-the-test';

/** Only what HTTP and the door read. */
export const config = {
  tiers: {
    local_fast: [{ name: 'small', tier: 'local_fast', provider: 'ollama', selfHosted: true }],
    local_quality: [],
    api_fallback: [{ name: 'paid', tier: 'api_fallback', provider: 'openai', selfHosted: false }],
  },
  actionTypes: {},
  queue: { attempts: 3 },
  http: { host: '127.0.0.1', port: 0 },
} as unknown as Config;

/** A daemon without queue and models: accepts into a real memory, and does what the test tells it. */
export interface FakeDaemon {
  url: string;
  memory: Memory;
  tell: (event: Partial<ActionEvent> & Pick<ActionEvent, 'actionId' | 'kind'>) => void;
  /** Ends an action as completed and tells it. */
  complete: (id: string, answer: string) => Promise<void>;
  /** What was asked of control, in order. */
  asked: string[];
  ready: { ready: boolean; reasons: string[] };
  chat: (input: unknown, signal: AbortSignal, client?: string) => Promise<ChatResult>;
  close: () => Promise<void>;
  /** Sends a request with the token; `path` from the root. */
  call: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;
}

export interface Reply {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into JSON of every shape
  body: any;
}

export async function startFake(test: TestContext): Promise<FakeDaemon> {
  const { memory, path } = await temporaryMemory(test);
  const listeners = new Set<(event: ActionEvent) => void>();
  const asked: string[] = [];
  const tell: FakeDaemon['tell'] = (event) => {
    const full: ActionEvent = {
      rootId: event.actionId,
      type: 'prompt',
      client: undefined,
      at: Date.now(),
      line: event.kind,
      ...event,
    };
    for (const listener of listeners) listener(full);
  };
  const note = (what: string) => {
    asked.push(what);
    return Promise.resolve();
  };
  const control: Control = {
    config: () => config,
    async submit(inputs, options) {
      const parsed = parseActionInputs(inputs, {
        agents: new Map([['worker', {}]]),
        config,
        now: Date.now(),
        newId: () => randomUUID(),
        ...(options?.client === undefined ? {} : { client: options.client }),
      });
      if (!parsed.ok) return parsed;
      const accepted = await memory.actions.acceptAll(parsed.actions);
      return {
        ok: true,
        accepted: accepted.map(({ action, duplicate }) => ({
          id: action.id,
          type: action.type,
          status: action.status,
          duplicate,
        })),
      };
    },
    async cancel(id, reason) {
      if (memory.actions.get(id) === undefined) return undefined;
      return { cancelled: await memory.actions.cancel(id, reason, Date.now()) };
    },
    async retry(id) {
      const action = memory.actions.get(id);
      if (action === undefined) return { ok: false, reason: 'not_found' };
      if (action.status === 'completed') return { ok: false, reason: 'completed' };
      if (action.status !== 'failed' && action.status !== 'cancelled')
        return { ok: false, reason: 'not_terminal' };
      await memory.actions.retry(id, Date.now());
      return { ok: true };
    },
    pause: () => note('pause'),
    resume: () => note('resume'),
    drain: () => note('drain'),
    reload: async () => {
      await note('reload');
      return { changed: ['routing.qualityThreshold'], needRestart: [] };
    },
    kill: (reason) => note(`kill: ${reason}`),
    chat: (input, { signal, client }) => fake.chat(input, signal, client),
    status: () =>
      Promise.resolve({
        pid: 1,
        version: '0.0.0',
        startedAt: 0,
        dataDir: '/nowhere',
        url: undefined,
        simulated: false,
        state: 'running',
        queue: { url: 'embedded', jobs: { waiting: 2 }, lastFinishedAt: undefined, stalled: 3 },
        actions: memory.actions.counts(),
        waitingFor: memory.actions.waitingCounts(),
        budget: memory.budget.status(),
        experiments: [],
        afterOutcomes: { waiting: 0, running: 0, done: 0, leftOut: 0 },
        apiAllowed: true,
        drift: [],
        models: [],
        hosts: [
          {
            host: 'gpu',
            slots: 2,
            active: 1,
            waiting: 3,
            aside: 40,
            resident: ['small'],
            loading: false,
            swaps: { count: 5, failed: 1, ms: 52_500 },
          },
        ],
      }),
    ready: () => Promise.resolve(fake.ready),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const embedTexts = () => Promise.reject(new Error('a fake has no models'));
  const searchEntries = createSearchEntries({
    config: () => config,
    memory,
    embedTexts,
    hasRoomFor: () => true,
  });
  const logger = pino({ level: 'silent' });
  const http = await startHttp({ control, memory, searchEntries, embedTexts, config, token, logger });
  test.after(() => http.close());
  const fake: FakeDaemon = {
    url: http.url,
    memory,
    tell,
    async complete(id, answer) {
      const claimed = await memory.actions.claim(id, Date.now());
      if (claimed === undefined) throw new Error(`cannot claim ${id}`);
      await memory.actions.finish(
        id,
        claimed.fence,
        { status: 'completed', tier: 'local_fast', model: 'small', quality: 0.9, reason: 'simple', answer },
        Date.now(),
      );
      tell({ actionId: id, kind: 'finished', status: 'completed' });
    },
    asked,
    ready: { ready: true, reasons: [] },
    chat: () => Promise.reject(new Error('no chat in this test')),
    close: http.close,
    async call(method, path, body, headers = {}) {
      const response = await fetch(`${http.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const json = response.headers.get('content-type')?.includes('json') === true;
      return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
    },
  };
  if (!existsSync(path)) throw new Error('the memory is not on a file');
  return fake;
}
