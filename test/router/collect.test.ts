import assert from 'node:assert/strict';
import { test } from 'node:test';
import { abortError, CallError } from '../../router/call-error.ts';
import { collect } from '../../router/collect.ts';
import type { Delta, GenerateRequest, Provider, Usage } from '../../router/types/call.ts';
import type { Clock } from '../../router/types/outside.ts';
import { modelOf, requestOf } from './providers/scripted-server.ts';

/** A clock that stands until it is moved; sleepers wake in order. */
class StandingClock implements Clock {
  #time = 0;
  #sleepers: { at: number; wake: () => void }[] = [];

  now(): number {
    return this.#time;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ at: this.#time + ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(new Error('woken')), { once: true });
    });
  }

  /** Moves on step by step, letting what wakes run before time goes on. */
  async pass(ms: number): Promise<void> {
    const until = this.#time + ms;
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = Math.min(...this.#sleepers.map(({ at }) => at));
      if (next > until) break;
      this.#time = Math.max(this.#time, next);
      const due = this.#sleepers.filter(({ at }) => at <= this.#time);
      this.#sleepers = this.#sleepers.filter(({ at }) => at > this.#time);
      for (const { wake } of due) wake();
    }
    this.#time = until;
  }
}

const usage: Usage = {
  inputTokens: 5,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 2,
  reasoningTokens: 0,
  nativeToolCalls: {},
  reported: true,
};
const finish: Delta = {
  kind: 'finish',
  reason: 'stop',
  usage,
  timing: { firstTokenMs: undefined, loadMs: 7 },
};

/** Yields a delta at each of the given times of the clock. */
function provider(clock: Clock, script: readonly (readonly [number, Delta])[]): Provider {
  return {
    async *generate(_request, signal) {
      const aborted = new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(abortError(signal)), { once: true });
      });
      aborted.catch(() => undefined);
      for (const [at, delta] of script) {
        await Promise.race([clock.sleep(at - clock.now()), aborted]);
        yield delta;
      }
    },
    probe: async () => undefined,
  };
}

const text = (content: string): Delta => ({ kind: 'text', text: content });
const request: GenerateRequest = requestOf(modelOf('ollama', 'http://nowhere'), {
  timeouts: { connect: 1_000, firstToken: 10_000, idle: 1_000, total: 30_000 },
});

async function run(
  script: readonly (readonly [number, Delta])[],
  ms: number,
  signal = new AbortController().signal,
) {
  const clock = new StandingClock();
  const seen: Delta[] = [];
  const outcome = collect(provider(clock, script), request, signal, clock, (delta) => seen.push(delta)).then(
    (generation) => ({ generation, error: undefined }),
    (error: unknown) => ({ generation: undefined, error: error as CallError }),
  );
  await clock.pass(ms);
  return { ...(await outcome), seen };
}

test('deltas add up to a generation, with the time of the first token', async () => {
  const { generation, seen } = await run(
    [
      [100, text('')],
      [400, { kind: 'reasoning', text: 'Hm.' }],
      [500, text('Hello, ')],
      [600, text('world')],
      [700, { kind: 'tool_call', call: { id: 'a', name: 'f', arguments: {} } }],
      [800, finish],
    ],
    1_000,
  );
  assert.equal(generation?.text, 'Hello, world');
  assert.equal(generation?.reasoning, 'Hm.');
  assert.equal(generation?.toolCalls.length, 1);
  // A sign of life is no token.
  assert.deepEqual(generation?.timing, { firstTokenMs: 400, loadMs: 7 });
  assert.deepEqual(
    seen.map(({ kind }) => kind),
    ['reasoning', 'text', 'text', 'tool_call'],
  );
});

test('signs of life keep an answer under way from being idle, but do not stand for a first token', async () => {
  const pings = (from: number, to: number) =>
    Array.from({ length: (to - from) / 500 }, (_, index) => [from + index * 500, text('')] as const);
  const alive = await run([[100, text('Well')], ...pings(600, 9_600), [9_900, finish]], 10_000);
  assert.equal(alive.generation?.text, 'Well');
  const waiting = await run([...pings(500, 20_000)], 20_000);
  assert.match(waiting.error?.message ?? '', /no first token within 10000 ms/);
});

test('each timeout ends the call with its name, and what had arrived is told', async () => {
  const late = await run([[11_000, text('late')]], 12_000);
  assert.match(late.error?.message ?? '', /no first token within 10000 ms/);
  assert.equal(late.error?.partial?.outputTokens, 0);
  const silent = await run(
    [
      [100, text('Hello, world')],
      [5_000, finish],
    ],
    6_000,
  );
  assert.match(silent.error?.message ?? '', /silent for 1000 ms/);
  assert.equal(silent.error?.partial?.text, 'Hello, world');
  assert.ok((silent.error?.partial?.outputTokens ?? 0) >= 3);
  assert.equal(silent.error?.settlement, 'bounded');
  assert.equal(silent.error?.class, 'retry_elsewhere');
  const endless = await run(
    Array.from({ length: 80 }, (_, index) => [index * 500, text('x')] as const),
    40_000,
  );
  assert.match(endless.error?.message ?? '', /no complete answer within 30000 ms/);
});

test("the caller's abort is 'cancelled'; one before the call sends nothing", async () => {
  const stop = new AbortController();
  stop.abort();
  const clock = new StandingClock();
  let asked = false;
  const never: Provider = {
    // biome-ignore lint/correctness/useYield: it must not be asked at all
    async *generate() {
      asked = true;
    },
    probe: async () => undefined,
  };
  await assert.rejects(collect(never, request, stop.signal, clock), { class: 'cancelled' });
  assert.equal(asked, false);
});

test('a stream without a finish, and an error that no adapter classed, are CallErrors', async () => {
  const cut = await run([[100, text('half')]], 200);
  assert.equal(cut.error?.class, 'retry_here');
  assert.equal(cut.error?.partial?.text, 'half');
  const clock = new StandingClock();
  const broken: Provider = {
    // biome-ignore lint/correctness/useYield: it fails before it yields
    async *generate() {
      throw new TypeError('a bug');
    },
    probe: async () => undefined,
  };
  const error = await collect(broken, request, new AbortController().signal, clock).catch((thrown) => thrown);
  assert.ok(error instanceof CallError);
  assert.equal(error.settlement, 'unknown');
});

test('many calls of one clock are watched by one sleeper, each to its own time', async () => {
  const clock = new StandingClock();
  const limits = [3_000, 1_000, 2_000, 200];
  const ended: number[] = [];
  const calls = limits.map((firstToken) =>
    collect(
      provider(clock, [[60_000, finish]]),
      { ...request, timeouts: { ...request.timeouts, firstToken } },
      new AbortController().signal,
      clock,
    ).catch(() => ended.push(clock.now())),
  );
  await clock.pass(5_000);
  await Promise.all(calls);
  assert.deepEqual(ended, [200, 1_000, 2_000, 3_000]);
});
