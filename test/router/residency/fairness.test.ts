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

const crowd = (client: string, count: number, at = 0): Arrival[] =>
  Array.from({ length: count }, () => ({ at, model: 'a', serviceMs, client }));

test('a client with a long line takes its share and no more: another, that comes later, waits for turns and not for the line', async () => {
  const { serve } = virtualHost({ host: {}, loadMs });
  const served = await serve([...crowd('ann', 200), ...crowd('bob', 10, 5_000)]);
  const last = Math.max(...served.filter((one) => one.client === 'bob').map((one) => one.startedAt));
  // Every second place is Bob's from the moment he came.
  assert.ok(last <= loadMs + 21 * serviceMs, `Bob's last began at ${last}`);
});

test('who asks for one thing at a time is held up by one service, however long another’s line is', async () => {
  const { serve, clock } = virtualHost({ host: {}, loadMs });
  const lonely = [20, 40, 60, 80, 100].map((second) => ({
    at: second * 1_000 + 500,
    model: 'a',
    serviceMs,
    client: 'bob',
  }));
  const served = await serve([...crowd('ann', 150), ...lonely]);
  for (const one of served.filter(({ client }) => client === 'bob'))
    assert.ok(one.startedAt - one.at <= 2 * serviceMs, `waited ${one.startedAt - one.at} ms`);
  assert.equal(clock.now(), loadMs + 155 * serviceMs, 'and no place stood empty for it');
});

test('what was not asked for is not owed: who comes back after a pause shares from then on', async () => {
  const { serve } = virtualHost({ host: {}, loadMs });
  const served = await serve([...crowd('bob', 1), ...crowd('ann', 100), ...crowd('bob', 40, 60_500)]);
  const of = (client: string) =>
    served.filter((one) => one.client === client && one.startedAt >= 61_000 && one.startedAt < 81_000).length;
  assert.ok(Math.abs(of('ann') - of('bob')) <= 1, `${of('ann')} and ${of('bob')} of twenty places`);
});

test('the owner is one of them, and priority goes before turns', async () => {
  const { serve } = virtualHost({ host: {}, loadMs });
  const owners = Array.from({ length: 100 }, () => ({ at: 0, model: 'a', serviceMs }));
  const urgent = [1, 2, 3, 4].map(() => ({ at: 15_000, model: 'a', serviceMs, priority: 1, client: 'ann' }));
  const served = await serve([...owners, ...crowd('bob', 20, 12_000), ...urgent]);
  const last = (client: string) =>
    Math.max(...served.filter((one) => one.client === client).map((one) => one.startedAt));
  assert.ok(last('ann') <= 15_000 + 5 * serviceMs, `the urgent ones began until ${last('ann')}`);
  assert.ok(last('bob') <= 12_000 + 46 * serviceMs, `Bob's last began at ${last('bob')}`);
});

test('whatever comes: of clients that all wait for the same model none gets more than its share while another has work left', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('ann', 'bob', 'eve'), { minLength: 2, maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      async (clients, slots) => {
        const { serve } = virtualHost({ host: { slots }, loadMs: 0 });
        const served = await serve(clients.map((client) => ({ at: 0, model: 'a', serviceMs, client })));
        const order = served.toSorted((left, right) => left.startedAt - right.startedAt);
        const left = Map.groupBy(clients, (client) => client);
        const fewest = Math.min(...[...left.values()].map((all) => all.length));
        // While nobody has run out of work, within the places given at one moment.
        const among = order.slice(0, fewest * left.size);
        const counts = [...left.keys()].map((client) => among.filter((one) => one.client === client).length);
        assert.ok(Math.max(...counts) - Math.min(...counts) <= slots, `${counts} of ${clients}`);
      },
    ),
    { numRuns: 100 },
  );
});
