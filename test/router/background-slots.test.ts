/** Work in the background at hosts that real work shares: it loads nothing, waits for nobody, and gives way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shareSlots } from '../../router/background-slots.ts';
import { createSlots } from '../../router/slots.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { aHost, onHost } from './residency/virtual-host.ts';

const never = new AbortController().signal;

function shared(overrides: Parameters<typeof aHost>[0] = {}) {
  const clock = new VirtualClock();
  const gaveWay: string[] = [];
  const slots = createSlots({ hosts: { gpu: aHost(overrides) }, maxWaitersPerHost: 8, clock });
  const places = shareSlots(slots, clock, (actionId) => gaveWay.push(actionId));
  const options = (actionId: string) => ({
    priority: 5,
    waitMs: 60_000,
    signal: never,
    origin: { actionId },
  });
  return {
    clock,
    gaveWay,
    live: (model: string, actionId: string) => places.live.acquire(onHost(model), options(actionId)),
    quiet: (model: string, actionId: string) => places.background.acquire(onHost(model), options(actionId)),
  };
}

test('in the background no model is loaded, and a busy host is not used', async () => {
  const { clock, live, quiet } = shared({ slots: 2, maxLoadedModels: 1 });
  const cold = quiet('a', 'shadow-1');
  await clock.run(cold);
  assert.equal(await cold, undefined, 'a is not loaded');

  const working = await live('a', 'real');
  const busy = quiet('a', 'shadow-2');
  await clock.run(busy);
  assert.equal(await busy, undefined, 'a place is free, but a is answering');

  working?.release();
  const other = quiet('b', 'shadow-3');
  await clock.run(other);
  assert.equal(await other, undefined, 'b would push a out');
  assert.ok((await quiet('a', 'shadow-4')) !== undefined, 'a is loaded and idle');
});

test('real work makes what runs in the background give way at once, and never waits in line behind it', async () => {
  const { gaveWay, live, quiet } = shared({ slots: 1, maxLoadedModels: 1 });
  (await live('a', 'first'))?.release();
  const guest = await quiet('a', 'shadow');
  assert.ok(guest !== undefined);
  const real = live('b', 'second');
  assert.deepEqual(gaveWay, ['shadow']);
  // The call that was told to end gives its place back; nothing else has to happen.
  guest.release();
  assert.ok((await real) !== undefined);
});

test('what has ended in the background is not told to give way', async () => {
  const { gaveWay, live, quiet } = shared({ slots: 1 });
  (await live('a', 'first'))?.release();
  (await quiet('a', 'shadow'))?.release();
  await live('a', 'second');
  assert.deepEqual(gaveWay, []);
});
