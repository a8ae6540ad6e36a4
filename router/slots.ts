import type { HostSpec, ModelSpec } from '../config/config.ts';
import type { Clock, Slots } from './types.ts';

interface Waiter {
  model: string;
  priority: number;
  since: number;
  grant: (release: (() => void) | undefined) => void;
}

interface HostState {
  spec: HostSpec;
  /** Calls under way, by model. */
  active: Map<string, number>;
  /** Models this host holds as far as our own calls tell, least recently used first. */
  resident: string[];
  waiters: Waiter[];
}

export interface HostSlots extends Slots {
  /** True when a request for this host would only lengthen a full queue: put the action back at once. */
  saturated(host: string): boolean;
  resident(host: string): readonly string[];
  load(): { host: string; slots: number; active: number; waiting: number; resident: readonly string[] }[];
  /** Called with the host's name whenever its queue has room again. */
  onRoom(listener: (host: string) => void): void;
}

/**
 * The places each host has for calls at once, and who gets the next one. A free place goes to a request whose
 * model is resident before one that needs a swap, unless somebody has waited longer than the host's aging
 * bound; inside that, by priority, then by arrival. A model that is not resident is let in only when it does
 * not push out one that is answering: with `max_loaded_models: 1` two models never thrash.
 */
export function createSlots(options: {
  hosts: Readonly<Record<string, HostSpec>>;
  maxWaitersPerHost: number;
  clock: Clock;
}): HostSlots {
  const hosts = new Map<string, HostState>();
  for (const spec of Object.values(options.hosts)) {
    hosts.set(spec.name, { spec, active: new Map(), resident: [], waiters: [] });
  }
  let roomListener: (host: string) => void = () => {};

  function stateOf(name: string): HostState {
    const known = hosts.get(name);
    if (known === undefined) throw new Error(`no host "${name}" in the configuration`);
    return known;
  }

  function take(host: HostState, model: string): () => void {
    host.active.set(model, (host.active.get(model) ?? 0) + 1);
    touchResident(host, model);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const left = (host.active.get(model) ?? 1) - 1;
      if (left === 0) host.active.delete(model);
      else host.active.set(model, left);
      serve(host, options.clock.now());
      if (!isSaturated(host, options.maxWaitersPerHost)) roomListener(host.spec.name);
    };
  }

  function serve(host: HostState, now: number): void {
    for (;;) {
      const next = choose(host, now);
      if (next === undefined) return;
      host.waiters.splice(host.waiters.indexOf(next), 1);
      next.grant(take(host, next.model));
    }
  }

  return {
    acquire(model: ModelSpec, { priority, waitMs, signal }) {
      const host = stateOf(model.host);
      if (host.waiters.length === 0 && fits(host, model.name)) return Promise.resolve(take(host, model.name));
      if (waitMs <= 0 || signal.aborted || host.waiters.length >= options.maxWaitersPerHost) {
        return Promise.resolve(undefined);
      }
      return new Promise((resolve) => {
        const patience = new AbortController();
        const waiter: Waiter = {
          model: model.name,
          priority,
          since: options.clock.now(),
          grant: (release) => {
            patience.abort();
            signal.removeEventListener('abort', leave);
            resolve(release);
          },
        };
        const leave = () => {
          const place = host.waiters.indexOf(waiter);
          if (place === -1) return;
          host.waiters.splice(place, 1);
          waiter.grant(undefined);
        };
        host.waiters.push(waiter);
        signal.addEventListener('abort', leave, { once: true });
        options.clock.sleep(waitMs, patience.signal).then(leave, () => {});
        serve(host, waiter.since);
      });
    },
    saturated: (name) => isSaturated(stateOf(name), options.maxWaitersPerHost),
    resident: (name) => stateOf(name).resident,
    load: () =>
      [...hosts.values()].map((host) => ({
        host: host.spec.name,
        slots: host.spec.slots,
        active: activeCalls(host),
        waiting: host.waiters.length,
        resident: [...host.resident],
      })),
    onRoom: (listener) => {
      roomListener = listener;
    },
  };
}

function isSaturated(host: HostState, maxWaiters: number): boolean {
  return activeCalls(host) >= host.spec.slots && host.waiters.length >= maxWaiters;
}

function activeCalls(host: HostState): number {
  let sum = 0;
  for (const count of host.active.values()) sum += count;
  return sum;
}

function fits(host: HostState, model: string): boolean {
  if (activeCalls(host) >= host.spec.slots) return false;
  return host.resident.includes(model) || host.active.size < host.spec.maxLoadedModels;
}

/** The waiter to serve next, or undefined when nobody may start now. */
function choose(host: HostState, now: number): Waiter | undefined {
  if (host.waiters.length === 0 || activeCalls(host) >= host.spec.slots) return undefined;
  const overdue = host.waiters.find((waiter) => now - waiter.since >= host.spec.agingBoundMs);
  // Somebody over the bound whose model needs a swap: nobody else starts until the swap is possible.
  if (overdue !== undefined) return fits(host, overdue.model) ? overdue : undefined;
  return (
    first(host.waiters.filter((waiter) => host.resident.includes(waiter.model))) ??
    first(host.waiters.filter((waiter) => fits(host, waiter.model)))
  );
}

function first(waiters: readonly Waiter[]): Waiter | undefined {
  let best: Waiter | undefined;
  for (const waiter of waiters) {
    if (best === undefined || waiter.priority < best.priority) best = waiter;
  }
  return best;
}

function touchResident(host: HostState, model: string): void {
  const place = host.resident.indexOf(model);
  if (place !== -1) host.resident.splice(place, 1);
  host.resident.push(model);
  while (host.resident.length > host.spec.maxLoadedModels) {
    // The least recently used one that is not answering; `fits` made sure there is one.
    const idle = host.resident.findIndex((name) => !host.active.has(name));
    host.resident.splice(idle === -1 ? 0 : idle, 1);
  }
}
