import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSlots } from '../../../router/slots.ts';
import type { Slot } from '../../../router/types/outside.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { aHost, onHost, virtualHost } from './virtual-host.ts';

const forever = Number.MAX_SAFE_INTEGER;
const never = new AbortController().signal;

function slotsOf(overrides: Parameters<typeof aHost>[0] = {}, maxWaitersPerHost = 8) {
  const clock = new VirtualClock();
  const fetched: string[] = [];
  const slots = createSlots({ hosts: { gpu: aHost(overrides) }, maxWaitersPerHost, clock });
  slots.onFetch((actionId) => fetched.push(actionId));
  const ask = (model: string, actionId: string, waitMs = forever, parentId?: string) =>
    slots.acquire(onHost(model), {
      priority: 5,
      waitMs,
      signal: never,
      origin: { actionId, ...(parentId === undefined ? {} : { parentId }) },
    });
  /** Asks and gives up at once, as an action does that is put back into the queue. */
  const askAndLeave = async (model: string, actionId: string) => {
    assert.equal(await ask(model, actionId, 0), undefined);
    slots.putAside(actionId, model, 5);
  };
  return { clock, slots, fetched, ask, askAndLeave };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

async function placed(promise: Promise<Slot | undefined>): Promise<Slot> {
  const slot = await promise;
  assert.ok(slot !== undefined);
  return slot;
}

test('models share a host as far as its memory goes, and the least recently used idle one leaves', async () => {
  const models = [
    onHost('small', { sizeGb: 4 }),
    onHost('middle', { sizeGb: 8 }),
    onHost('large', { sizeGb: 18 }),
    onHost('huge', { sizeGb: 40 }),
  ];
  const { serve, slots, swaps } = virtualHost({
    host: { vramGb: 24, maxLoadedModels: 3 },
    loadMs: 1_000,
    models,
  });
  const one = (at: number, model: string) => ({ at, model, serviceMs: 10 });
  await serve([one(0, 'small'), one(5_000, 'middle'), one(10_000, 'small'), one(15_000, 'large')]);
  assert.deepEqual(
    swaps.map((swap) => [swap.loaded, swap.unloaded, swap.ms]),
    [
      ['small', [], 1_000],
      ['middle', [], 1_000],
      ['large', ['middle'], 1_000],
    ],
  );
  assert.deepEqual([...slots.resident('gpu')].sort(), ['large', 'small']);
  await serve([one(30_000, 'huge')]);
  assert.deepEqual(slots.resident('gpu'), ['huge'], 'a model larger than the memory has it alone');
});

test('a model takes no more than its share of the places, and the others go on', async () => {
  const { slots, ask } = slotsOf({ slots: 3, slotsPerModel: 2, maxLoadedModels: 2 });
  const [first] = await Promise.all([ask('a', 'a1'), ask('a', 'a2')]);
  const third = ask('a', 'a3');
  await settle();
  assert.equal(slots.load()[0]?.active, 2);
  await placed(ask('b', 'b1'));
  assert.equal(slots.load()[0]?.active, 3);
  first?.release();
  await placed(third);
  assert.equal(slots.load()[0]?.active, 3);
});

test('a load is timed and its milliseconds go to the call that caused it', async () => {
  const clock = new VirtualClock();
  const swap = () => clock.sleep(7_000);
  const slots = createSlots({ hosts: { gpu: aHost({ slots: 2 }) }, maxWaitersPerHost: 8, clock, swap });
  const ask = (actionId: string) =>
    slots.acquire(onHost('a'), { priority: 5, waitMs: forever, signal: never, origin: { actionId } });
  const both = Promise.all([ask('first'), ask('second')]);
  await clock.run(both);
  const [first, second] = await both;
  assert.equal(first?.loadMs, 7_000);
  assert.equal(second?.loadMs, undefined);
  assert.deepEqual(slots.load()[0]?.swaps, { count: 1, failed: 0, ms: 7_000 });
});

test('a swap that fails is counted with its reason, and the call goes to the server all the same', async () => {
  const clock = new VirtualClock();
  const slots = createSlots({
    hosts: { gpu: aHost() },
    maxWaitersPerHost: 8,
    clock,
    swap: () => clock.sleep(500).then(() => Promise.reject(new Error('the start command ended with 3'))),
  });
  const reasons: (string | undefined)[] = [];
  slots.onSwap((swap) => reasons.push(swap.error));
  const asked = slots.acquire(onHost('a'), { priority: 5, waitMs: forever, signal: never });
  await clock.run(asked);
  const slot = await asked;
  assert.deepEqual(reasons, ['the start command ended with 3']);
  assert.equal(slots.load()[0]?.swaps.failed, 1);
  assert.deepEqual(slots.resident('gpu'), []);
  slot?.release();
  const again = slots.acquire(onHost('a'), { priority: 5, waitMs: forever, signal: never });
  await clock.run(again);
  assert.equal(slots.load()[0]?.swaps.count, 2, 'the next one tries to load it again');
});

test('a larger context loads the model again once it is idle, and smaller ones are served with what is loaded', async () => {
  const { slots, swaps, clock } = virtualHost({ host: { slots: 2 }, loadMs: 1_000 });
  const ask = async (contextTokens: number) => {
    const asked = slots.acquire(onHost('a'), { priority: 5, waitMs: forever, signal: never, contextTokens });
    await clock.run(asked);
    return await placed(asked);
  };
  const first = await ask(4_096);
  const large = slots.acquire(onHost('a'), {
    priority: 5,
    waitMs: forever,
    signal: never,
    contextTokens: 16_384,
  });
  await settle();
  assert.equal(swaps.length, 1, 'it answers: it cannot be loaded again');
  first.release();
  await clock.run(large);
  (await placed(large)).release();
  const small = await ask(8_192);
  assert.equal(small.contextTokens, 16_384);
  assert.equal(swaps.length, 2);
});

test('what a server says it holds is believed, and what it holds no more is forgotten', async () => {
  const clock = new VirtualClock();
  const models = [onHost('mine', { modelId: 'mine' }), onHost('other-name', { modelId: 'mine' })];
  const loads: string[] = [];
  const slots = createSlots({
    hosts: { gpu: aHost({ maxLoadedModels: 2 }) },
    maxWaitersPerHost: 8,
    clock,
    models,
    swap: ({ load }) => {
      loads.push(load.name);
      return Promise.resolve();
    },
  });
  slots.learn('gpu', [
    { modelId: 'mine:latest', sizeGb: 5, contextTokens: 8_192 },
    { modelId: 'foreign:1b', sizeGb: 1, contextTokens: 4_096 },
  ]);
  assert.deepEqual(slots.resident('gpu'), ['mine', 'other-name']);
  const [mine] = models;
  assert.ok(mine !== undefined);
  const slot = await slots.acquire(mine, { priority: 5, waitMs: 0, signal: never, contextTokens: 4_096 });
  assert.deepEqual(loads, [], 'it was loaded already');
  slots.learn('gpu', []);
  assert.deepEqual(slots.resident('gpu'), ['mine', 'other-name'], 'it answers, whatever the list says');
  slot?.release();
  slots.learn('gpu', []);
  assert.deepEqual(slots.resident('gpu'), []);
});

test('actions put aside are fetched by the same rule: the resident model first, then by age', async () => {
  const { clock, slots, fetched, ask, askAndLeave } = slotsOf();
  let running = await placed(ask('a', 'running'));
  for (const [model, id] of [
    ['b', 'b1'],
    ['a', 'a1'],
    ['b', 'b2'],
    ['a', 'a2'],
  ] as const)
    await askAndLeave(model, id);
  assert.equal(slots.load()[0]?.aside, 4);
  const order: string[] = [];
  for (let place = 0; place < 4; place += 1) {
    running.release();
    await settle();
    const next = fetched[order.length];
    assert.ok(next !== undefined);
    order.push(next);
    running = await placed(ask(next.slice(0, 1), next));
  }
  running.release();
  assert.deepEqual(order, ['a1', 'a2', 'b1', 'b2']);
  await clock.run();
  assert.equal(slots.load()[0]?.active, 0);
});

test('the place of an action that was fetched is kept for it, and goes to another when it does not come', async () => {
  const { clock, slots, fetched, ask, askAndLeave } = slotsOf();
  const running = await placed(ask('a', 'running'));
  await askAndLeave('a', 'lost');
  const waiting = ask('a', 'here');
  running.release();
  await settle();
  assert.deepEqual(fetched, ['lost']);
  assert.equal(slots.load()[0]?.active, 1, 'held for the one that was fetched');
  await clock.run(waiting);
  (await placed(waiting)).release();
  assert.equal(slots.load()[0]?.active, 0);
});

test('an action that ended while it was put aside holds no place', async () => {
  const { slots, fetched, ask, askAndLeave } = slotsOf();
  const running = await placed(ask('a', 'running'));
  await askAndLeave('a', 'cancelled');
  slots.forget('cancelled');
  running.release();
  await settle();
  assert.deepEqual(fetched.slice(1), []);
  assert.equal(slots.load()[0]?.active, 0);
});

test('an action that shared the request of another waits for the same model', async () => {
  const clock = new VirtualClock();
  const models = [onHost('a'), onHost('b')];
  const slots = createSlots({ hosts: { gpu: aHost() }, maxWaitersPerHost: 8, clock, models });
  const fetched: string[] = [];
  slots.onFetch((actionId) => fetched.push(actionId));
  const running = await placed(
    slots.acquire(onHost('a'), { priority: 5, waitMs: 0, signal: never, origin: { actionId: 'leader' } }),
  );
  slots.putAside('other', 'b', 5);
  slots.putAside('follower', 'a', 5);
  running.release();
  await settle();
  assert.equal(fetched[0], 'follower');
  slots.forget('follower');
  slots.forget('other');
});

test('being put aside does not begin the wait anew', async () => {
  const { clock, fetched, ask, askAndLeave } = slotsOf({ slots: 1 });
  const running = await placed(ask('a', 'running'));
  await askAndLeave('a', 'old');
  await clock.run(clock.sleep(5_000));
  await askAndLeave('a', 'young');
  // It came back by itself, found no place and was put aside once more.
  await askAndLeave('a', 'old');
  running.release();
  await settle();
  assert.equal(fetched.at(-1), 'old');
});

test('the requests that may wait for a host are capped, with a share for children and none for the others', async () => {
  const { slots, ask } = slotsOf({}, 8);
  await ask('a', 'running');
  const results: string[] = [];
  const wait = (id: string, parentId?: string) =>
    void ask('a', id, forever, parentId).then((slot) => {
      if (slot === undefined) results.push(id);
    });
  for (let n = 0; n < 8; n += 1) wait(`new-${n}`);
  await settle();
  assert.deepEqual(results, ['new-6', 'new-7']);
  assert.equal(slots.saturated('gpu'), true);
  for (let n = 0; n < 3; n += 1) wait(`child-${n}`, 'root');
  await settle();
  assert.deepEqual(results, ['new-6', 'new-7', 'child-2']);
});

test('a further call of an action that was served goes before actions not begun, every second time', async () => {
  const { ask, slots } = slotsOf();
  const first = await placed(ask('a', 'begun'));
  const order: string[] = [];
  const run = (id: string) =>
    ask('a', id).then((slot) => {
      order.push(id);
      setImmediate(() => slot?.release());
    });
  const all = [run('new-1'), run('new-2'), run('new-3')];
  all.push(run('begun'));
  first.release();
  await Promise.all(all);
  await settle();
  assert.deepEqual(order, ['begun', 'new-1', 'new-2', 'new-3']);
  assert.equal(slots.load()[0]?.active, 0);
});

test('a request given up while its model loads gives its place back', async () => {
  const clock = new VirtualClock();
  const slots = createSlots({
    hosts: { gpu: aHost() },
    maxWaitersPerHost: 8,
    clock,
    swap: () => clock.sleep(10_000),
  });
  const stop = new AbortController();
  const asked = slots.acquire(onHost('a'), { priority: 5, waitMs: forever, signal: stop.signal });
  await settle();
  stop.abort();
  assert.equal(await asked, undefined);
  assert.equal(slots.load()[0]?.active, 0);
  await clock.run();
  assert.deepEqual(slots.resident('gpu'), ['a']);
});
