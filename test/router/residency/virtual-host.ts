import assert from 'node:assert/strict';
import type { HostSpec, ModelSpec } from '../../../config/config.ts';
import type { Swap, SwapModels } from '../../../router/residency/host-memory.ts';
import { createSlots, type HostSlots } from '../../../router/slots.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { aModel } from '../support.ts';

export interface Arrival {
  at: number;
  model: string;
  serviceMs: number;
  priority?: number;
  child?: boolean;
  client?: string;
}

export interface Served extends Arrival {
  /** Its place among the arrivals. */
  index: number;
  startedAt: number;
}

export interface VirtualHost {
  slots: HostSlots;
  clock: VirtualClock;
  swaps: Swap[];
  /** Sends every request at its time and waits until all are served; checks what must always hold. */
  serve(arrivals: readonly Arrival[]): Promise<Served[]>;
}

/** The one host of the tests here. */
export function aHost(overrides: Partial<HostSpec> = {}): HostSpec {
  return { name: 'gpu', slots: 1, vramGb: undefined, maxLoadedModels: 1, agingBoundMs: 30_000, ...overrides };
}

export function onHost(name: string, overrides: Partial<ModelSpec> = {}): ModelSpec {
  return aModel(name, 'local_quality', { host: 'gpu', ...overrides });
}

/**
 * A host in virtual time, whose server fails the test when it is used wrongly: more calls at once than it has
 * slots, a call of a model that is not loaded, a model pushed out while it answers, two loads at once, or more
 * models than it holds.
 */
export function virtualHost(given: {
  host?: Partial<HostSpec>;
  loadMs: number;
  models?: readonly ModelSpec[];
  maxWaiters?: number;
}): VirtualHost {
  const spec = aHost(given.host);
  const clock = new VirtualClock();
  const loaded = new Set<string>();
  const answering = new Map<string, number>();
  const swaps: Swap[] = [];
  let loading = false;
  const swap: SwapModels = ({ load, unload }) => {
    assert.equal(loading, false, 'two loads at once');
    for (const model of unload) {
      assert.equal(answering.get(model.modelId) ?? 0, 0, `${model.name} was pushed out while it answered`);
      loaded.delete(model.modelId);
    }
    loaded.add(load.modelId);
    assert.ok(loaded.size <= spec.maxLoadedModels, `${[...loaded]} are more models than the host holds`);
    loading = true;
    return clock.sleep(given.loadMs).then(() => {
      loading = false;
    });
  };
  const slots = createSlots({
    hosts: { [spec.name]: spec },
    maxWaitersPerHost: given.maxWaiters ?? 10_000,
    clock,
    swap,
    ...(given.models === undefined ? {} : { models: given.models }),
  });
  slots.onSwap((one) => swaps.push(one));
  const modelOf = (name: string) =>
    given.models?.find((model) => model.name === name) ?? onHost(name, { host: spec.name });

  async function one(arrival: Arrival, index: number): Promise<Served> {
    await clock.sleep(arrival.at - clock.now());
    const model = modelOf(arrival.model);
    const slot = await slots.acquire(model, {
      priority: arrival.priority ?? 5,
      waitMs: Number.MAX_SAFE_INTEGER,
      signal: new AbortController().signal,
      origin: {
        actionId: `action-${index}`,
        ...(arrival.child === true ? { parentId: 'root' } : {}),
        ...(arrival.client === undefined ? {} : { client: arrival.client }),
      },
    });
    assert.ok(slot !== undefined);
    assert.ok(loaded.has(model.modelId), `${model.name} was called although it is not loaded`);
    answering.set(model.modelId, (answering.get(model.modelId) ?? 0) + 1);
    const active = [...answering.values()].reduce((sum, count) => sum + count, 0);
    assert.ok(active <= spec.slots, `${active} calls at once on ${spec.slots} slots`);
    const startedAt = clock.now();
    await clock.sleep(arrival.serviceMs);
    answering.set(model.modelId, (answering.get(model.modelId) ?? 1) - 1);
    slot.release();
    return { ...arrival, index, startedAt };
  }

  return {
    slots,
    clock,
    swaps,
    async serve(arrivals) {
      const served = Promise.all(arrivals.map(one));
      await clock.run(served);
      const pending = await Promise.race([served, Promise.resolve('pending' as const)]);
      assert.ok(pending !== 'pending', 'somebody was never served');
      return pending;
    },
  };
}
