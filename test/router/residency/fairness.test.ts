import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Arrival, virtualHost } from './virtual-host.ts';

const loadMs = 10_000;
const serviceMs = 1_000;
const bound = 30_000;

/** A generator of its own, so that a case is the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Arrivals of a Poisson process over two models. */
function mixed(seed: number, count: number, perSecond: number, shareOfA: number): Arrival[] {
  const random = randomFrom(seed);
  let at = 0;
  return Array.from({ length: count }, () => {
    at += Math.round((-Math.log(1 - random()) / perSecond) * 1_000);
    return { at, model: random() < shareOfA ? 'a' : 'b', serviceMs };
  });
}

function longestWait(served: readonly { at: number; startedAt: number }[]): number {
  return Math.max(...served.map((one) => one.startedAt - one.at));
}

for (const [perSecond, shareOfA] of [
  [0.5, 0.5],
  [0.5, 0.9],
  [0.6, 0.98],
  [0.3, 0.5],
] as const)
  test(`nobody waits longer than the bound, one swap and one service at ${perSecond} requests a second, ${shareOfA * 100} % of one model`, async () => {
    const { serve, swaps } = virtualHost({ host: { agingBoundMs: bound }, loadMs });
    const served = await serve(mixed(1, 400, perSecond, shareOfA));
    assert.ok(longestWait(served) <= bound + loadMs + serviceMs, `${longestWait(served)} ms`);
    assert.ok(swaps.length < 120, `${swaps.length} swaps`);
  });

test('a stream that never ends for the loaded model holds up the other one for the bound and no longer', async () => {
  const stream = Array.from({ length: 300 }, (_, n) => ({ at: n * 1_000, model: 'a', serviceMs: 990 }));
  const { serve } = virtualHost({ host: { agingBoundMs: bound }, loadMs });
  const served = await serve([...stream, { at: 20_500, model: 'b', serviceMs }]);
  const lonely = served.at(-1);
  const waited = (lonely?.startedAt ?? 0) - (lonely?.at ?? 0);
  assert.ok(waited >= bound && waited <= bound + loadMs + serviceMs, `${waited} ms`);
});

test('two hundred requests at once of two models are served with two loads, however long they wait', async () => {
  const random = randomFrom(3);
  const burst = Array.from({ length: 200 }, () => ({ at: 0, model: random() < 0.5 ? 'a' : 'b', serviceMs }));
  for (const agingBoundMs of [10_000, bound, 240_000]) {
    const { serve, swaps, clock } = virtualHost({ host: { agingBoundMs }, loadMs });
    await serve(burst);
    assert.equal(swaps.length, 2);
    assert.equal(clock.now(), 2 * loadMs + 200 * serviceMs);
  }
});

test('a bound of 0 is first come, first served', async () => {
  const { serve } = virtualHost({ host: { agingBoundMs: 0 }, loadMs });
  const served = await serve(mixed(5, 60, 1, 0.5));
  const order = [...served].sort((left, right) => left.startedAt - right.startedAt);
  assert.deepEqual(
    order.map((one) => one.at),
    served.map((one) => one.at),
  );
});

const arrival = fc.record({
  at: fc.integer({ min: 0, max: 200_000 }),
  model: fc.constantFrom('a', 'b', 'c'),
  serviceMs: fc.integer({ min: 1, max: 5_000 }),
  priority: fc.integer({ min: 1, max: 10 }),
  child: fc.boolean(),
});

test('whatever comes: all are served, never more than the slots, no model is pushed out while it answers', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(arrival, { maxLength: 60 }),
      fc.record({
        slots: fc.integer({ min: 1, max: 4 }),
        maxLoadedModels: fc.integer({ min: 1, max: 2 }),
        agingBoundMs: fc.constantFrom(0, 5_000, 30_000),
      }),
      fc.constantFrom(0, 500, 20_000),
      async (arrivals, host, load) => {
        const { serve } = virtualHost({ host, loadMs: load });
        assert.equal((await serve(arrivals)).length, arrivals.length);
      },
    ),
    { numRuns: 150 },
  );
});

test('whatever comes: nobody is overtaken by one of equal priority that came more than the bound later', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(arrival, { maxLength: 60 }), async (given) => {
      const arrivals = given.map((one) => ({ ...one, priority: 5, child: false }));
      const { serve } = virtualHost({ host: { agingBoundMs: 5_000 }, loadMs: 3_000 });
      const served = await serve(arrivals);
      for (const early of served)
        for (const late of served)
          if (late.at > early.at + 5_000)
            assert.ok(early.startedAt < late.startedAt, `${early.index} was overtaken by ${late.index}`);
    }),
    { numRuns: 150 },
  );
});

test('priority goes first inside a model, and one step of it is worth one bound of waiting', async () => {
  const { serve } = virtualHost({ host: { agingBoundMs: 10_000 }, loadMs });
  const hot = (at: number) => ({ at, model: 'a', serviceMs, priority: 1 });
  const served = await serve([
    { at: 0, model: 'a', serviceMs },
    { at: 1, model: 'a', serviceMs, priority: 9 },
    ...Array.from({ length: 150 }, (_, n) => hot(n * 1_000)),
  ]);
  const low = served[1];
  // Eight steps of priority: it waits for eight bounds, and then goes before all that came after.
  assert.ok(low !== undefined && low.startedAt >= 80_000 && low.startedAt <= 100_000, `${low?.startedAt}`);
});

test('children of running trees get every second place, however many others came before them', async () => {
  const { serve } = virtualHost({ host: {}, loadMs });
  const others = Array.from({ length: 200 }, () => ({ at: 0, model: 'a', serviceMs }));
  const children = Array.from({ length: 10 }, () => ({ at: 5_000, model: 'a', serviceMs, child: true }));
  const served = await serve([...others, ...children]);
  const last = Math.max(...served.filter((one) => one.child === true).map((one) => one.startedAt));
  assert.ok(last <= loadMs + 21 * serviceMs, `the last child began at ${last}`);
});
