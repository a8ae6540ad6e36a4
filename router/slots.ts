import type { HostSpec, ModelSpec } from '../config/config.ts';
import { chooseNext } from './residency/choose.ts';
import {
  HostMemory,
  type LoadedModel,
  type Swap,
  type SwapModels,
  type Taken,
  type Wanting,
} from './residency/host-memory.ts';
import { slotOf } from './residency/slot.ts';
import { createTurns, type Turns } from './residency/turns.ts';
import { createMemoryOfWaits } from './residency/waits.ts';
import type { Clock, Slots } from './types/outside.ts';

/** One in line: a request that waits here (`live`), or an action put aside (`aside`) or on its way back (`coming`). */
interface Entry extends Wanting {
  key: string | undefined;
  state: 'live' | 'aside' | 'coming';
  /** Of a live one: what to do with its place. */
  grant?: (taken: Taken) => void;
}

interface Line {
  memory: HostMemory;
  entries: Entry[];
  turns: Turns;
  underWayNext: boolean;
  /** The last action fetched did not come in time: until one does, those that are here go first. */
  fetchesLate: boolean;
}

/** A host's places, as `status` shows them. */
export interface HostLoad {
  host: string;
  slots: number;
  active: number;
  /** Requests that wait in memory. */
  waiting: number;
  /** Actions put aside until there is room. */
  aside: number;
  resident: readonly string[];
  loading: boolean;
  /** Swaps we made since the start, and the milliseconds they took together. */
  swaps: { count: number; failed: number; ms: number };
}

export interface HostSlots extends Slots {
  /** True when a request for this host would only lengthen a full queue: put the action back at once. */
  saturated(host: string): boolean;
  resident(host: string): readonly string[];
  /** True when the model could answer without another one having to leave its host. */
  hasRoomFor(model: ModelSpec): boolean;
  /**
   * True when a call in the background would be in nobody's way: nobody waits for the host, a place is free, and on
   * hardware of the user's own nothing else is answered and nothing has to be loaded.
   */
  isIdleFor(model: ModelSpec, contextTokens: number | undefined): boolean;
  load(): HostLoad[];
  /**
   * The action whose request found no place waits on outside: it keeps its place in line until it is fetched.
   * `model` is what it waits for where it did not ask itself, but shared the request of another action.
   */
  putAside(actionId: string, model: string, priority: number, client?: string): void;
  /** The action has ended: it waits for nothing any more. */
  forget(actionId: string): void;
  /** Called with an action put aside when its turn comes (or is near): its request should be made again now. */
  onFetch(listener: (actionId: string) => void): void;
  onSwap(listener: (swap: Swap) => void): void;
  /** What the host's server says it holds. */
  learn(host: string, loaded: readonly LoadedModel[]): void;
}

/** An action fetched has this long to ask, in milliseconds; its place is given to another then. */
const fetchGraceMs = 2_000;

/**
 * The places each host has for calls at once, and who gets the next one: `chooseNext` decides, over all who
 * wait, here or put aside. A model that is absent is loaded, as a swap, only when it pushes out none that is
 * answering: with `max_loaded_models: 1` two models never thrash.
 */
export function createSlots(options: {
  hosts: Readonly<Record<string, HostSpec>>;
  maxWaitersPerHost: number;
  clock: Clock;
  /** Makes swaps happen; without it every server loads by itself. */
  swap?: SwapModels;
  /** All models of the configuration, by which what a server holds gets its names. */
  models?: readonly ModelSpec[];
}): HostSlots {
  const { clock, maxWaitersPerHost } = options;
  const lines = new Map<string, Line>();
  const waits = createMemoryOfWaits<Wanting>();
  const aside = new Map<string, { line: Line; entry: Entry }>();
  /** Places held for actions that were fetched. */
  const held = new Map<string, { line: Line; entry: Entry; taken: Taken }>();
  let fetchListener: ((actionId: string) => void) | undefined;
  let swapListener: (swap: Swap) => void = () => {};

  for (const spec of Object.values(options.hosts)) {
    const onSwap = (swap: Swap): void => {
      swapListener(swap);
      serve(lineOf(swap.host));
    };
    lines.set(spec.name, {
      memory: new HostMemory(spec, { clock, swap: options.swap, onSwap }),
      entries: [],
      turns: createTurns(),
      underWayNext: false,
      fetchesLate: false,
    });
  }

  function lineOf(name: string): Line {
    const known = lines.get(name);
    if (known === undefined) throw new Error(`no host "${name}" in the configuration`);
    return known;
  }

  /** Gives every free place to whom the rule chooses. */
  function serve(line: Line): void {
    const { memory } = line;
    while (memory.active < memory.spec.slots && line.entries.length > 0) {
      const here = line.fetchesLate ? line.entries.filter((entry) => entry.state === 'live') : [];
      const next = choose(line, here.length > 0 ? here : line.entries);
      if (next === undefined) return;
      remove(line, next);
      const taken = memory.take(next, line.entries, () => serve(line));
      line.underWayNext = !next.underWay;
      line.turns.served(next.client);
      if (next.grant === undefined) hold(line, next, taken);
      else next.grant(taken);
    }
    fetchAhead(line);
  }

  function choose(line: Line, among: readonly Entry[]): Entry | undefined {
    const view = { ...line.memory.view(line.entries, line.underWayNext), turnsOf: line.turns.of };
    return chooseNext(among as readonly Wanting[], view, clock.now()) as Entry | undefined;
  }

  function join(line: Line, entry: Entry): void {
    if (!line.entries.some((one) => one.client === entry.client)) line.turns.joins(entry.client);
    line.entries.push(entry);
  }

  function remove(line: Line, entry: Entry): void {
    const place = line.entries.indexOf(entry);
    if (place !== -1) line.entries.splice(place, 1);
    if (entry.key !== undefined && aside.get(entry.key)?.entry === entry) aside.delete(entry.key);
  }

  /** All places are taken: those whose turn is next come nearer, so that no place stands empty while they do. */
  function fetchAhead(line: Line): void {
    const { spec } = line.memory;
    let near = line.entries.filter((entry) => entry.state !== 'aside').length;
    while (near < Math.min(spec.slots, maxWaitersPerHost)) {
      const next = choose(
        line,
        line.entries.filter((entry) => entry.state === 'aside'),
      );
      if (next === undefined) return;
      fetch(line, next);
      near += 1;
    }
  }

  function fetch(line: Line, entry: Entry): void {
    const { key } = entry;
    if (key === undefined) return;
    entry.state = 'coming';
    fetchListener?.(key);
    void clock.sleep(fetchGraceMs).then(() => {
      const holding = held.get(key);
      const late = holding?.entry === entry || aside.get(key)?.entry === entry;
      if (!late) return;
      // Another worker may have it, or it was moved by hand: it asks again when it comes by itself.
      line.fetchesLate = true;
      held.delete(key);
      remove(line, entry);
      holding?.taken.release();
    });
  }

  function hold(line: Line, entry: Entry, taken: Taken): void {
    if (entry.key === undefined) return;
    held.set(entry.key, { line, entry, taken });
    if (entry.state === 'aside') fetch(line, entry);
  }

  function wantingOf(name: string, priority: number, client: string | undefined): Wanting | undefined {
    const model = options.models?.find((one) => one.name === name);
    if (model === undefined) return undefined;
    const { modelId } = model;
    return {
      model,
      modelId,
      contextTokens: undefined,
      priority,
      since: clock.now(),
      underWay: false,
      client,
    };
  }

  /** The place that was held for this action, if it is of use for what it asks now. */
  function placeHeld(key: string, model: ModelSpec, contextTokens: number | undefined): Taken | undefined {
    const holding = held.get(key);
    if (holding === undefined) return undefined;
    held.delete(key);
    const { entry, taken } = holding;
    const fits =
      entry.model.host === model.host &&
      entry.modelId === model.modelId &&
      (contextTokens ?? 0) <= (taken.contextTokens ?? Number.POSITIVE_INFINITY);
    if (fits) return taken;
    taken.release();
    return undefined;
  }

  function mayWait(line: Line, entry: Entry, begun: boolean): boolean {
    if (begun) return true;
    const here = line.entries.filter((one) => one.state === 'live' && one !== entry).length;
    return here < (entry.underWay ? maxWaitersPerHost : placesForNewWork(maxWaitersPerHost));
  }

  return {
    async acquire(model, { priority, waitMs, signal, origin, contextTokens }) {
      const line = lineOf(model.host);
      const key = origin?.actionId;
      const before = key === undefined ? undefined : aside.get(key);
      const place = key === undefined ? undefined : placeHeld(key, model, contextTokens);
      if (before !== undefined) remove(before.line, before.entry);
      if (place !== undefined || before?.entry.state === 'coming') line.fetchesLate = false;
      if (place !== undefined) {
        waits.served(key);
        return await slotOf(place, signal);
      }
      if (signal.aborted) return undefined;
      const begun = waits.begun(key);
      const wanting: Wanting = {
        model,
        modelId: model.modelId,
        contextTokens,
        priority,
        since: waits.since(key) ?? clock.now(),
        underWay: begun || origin?.parentId !== undefined,
        client: origin?.client,
      };
      const entry: Entry = { ...wanting, key, state: 'live' };
      const taken = await new Promise<Taken | undefined>((resolve) => {
        const patience = new AbortController();
        const end = (given: Taken | undefined): void => {
          patience.abort();
          signal.removeEventListener('abort', leave);
          resolve(given);
        };
        const leave = (): void => {
          if (!line.entries.includes(entry)) return;
          remove(line, entry);
          waits.left(key, wanting);
          end(undefined);
        };
        entry.grant = end;
        join(line, entry);
        serve(line);
        if (!line.entries.includes(entry)) return;
        if (waitMs <= 0 || !mayWait(line, entry, begun)) return leave();
        signal.addEventListener('abort', leave, { once: true });
        clock.sleep(waitMs, patience.signal).then(leave, () => {});
      });
      if (taken === undefined) return undefined;
      waits.served(key);
      return await slotOf(taken, signal);
    },
    saturated: (name) => {
      const { memory, entries } = lineOf(name);
      return memory.active >= memory.spec.slots && entries.length >= placesForNewWork(maxWaitersPerHost);
    },
    resident: (name) => lineOf(name).memory.names(),
    hasRoomFor: (model) => lineOf(model.host).memory.hasRoomFor(model),
    isIdleFor(model, contextTokens) {
      const { memory, entries } = lineOf(model.host);
      if (entries.length > 0 || memory.active >= memory.spec.slots) return false;
      return !model.selfHosted || (memory.active === 0 && memory.holds(model, contextTokens));
    },
    load: () =>
      [...lines.values()].map(({ memory, entries }) => {
        const waiting = entries.filter((entry) => entry.state === 'live').length;
        return {
          host: memory.spec.name,
          slots: memory.spec.slots,
          active: memory.active,
          waiting,
          aside: entries.length - waiting,
          resident: memory.names(),
          loading: memory.loading,
          swaps: { ...memory.swaps },
        };
      }),
    putAside(actionId, model, priority, client) {
      const wanting = waits.leftBy(actionId) ?? wantingOf(model, priority, client);
      if (wanting === undefined || aside.has(actionId) || held.has(actionId)) return;
      const line = lineOf(wanting.model.host);
      const entry: Entry = { ...wanting, key: actionId, state: 'aside' };
      join(line, entry);
      aside.set(actionId, { line, entry });
      serve(line);
    },
    forget(actionId) {
      waits.forget(actionId);
      const waiting = aside.get(actionId);
      if (waiting !== undefined) remove(waiting.line, waiting.entry);
      const holding = held.get(actionId);
      held.delete(actionId);
      holding?.taken.release();
    },
    onFetch: (listener) => {
      fetchListener = listener;
    },
    onSwap: (listener) => {
      swapListener = listener;
    },
    learn(host, loaded) {
      const line = lineOf(host);
      const models = (options.models ?? []).filter((model) => model.host === host);
      line.memory.learn(loaded, models);
      serve(line);
    },
  };
}

/**
 * Of the requests that may wait in memory for a host, a quarter of the places is kept for children of running
 * trees; an action that was served already may always wait on.
 */
function placesForNewWork(maxWaiters: number): number {
  return Math.max(1, maxWaiters - Math.max(1, Math.floor(maxWaiters / 4)));
}
