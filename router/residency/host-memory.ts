import type { HostSpec, ModelSpec } from '../../config/config.ts';
import type { Clock } from '../types/outside.ts';
import type { HostView, InLine } from './choose.ts';
import { type Held, makeRoom } from './room.ts';

/** One change of what a host holds, made by us and timed. */
export interface Swap {
  host: string;
  /** When it began, in milliseconds since 1970. */
  at: number;
  loaded: string;
  unloaded: readonly string[];
  ms: number;
  /** Why it failed; the call that follows then loads the model by itself, or fails with the server's reason. */
  error?: string;
}

/**
 * Makes a host hold `load` instead of `unload` and resolves when it answers; undefined where the host is left
 * to load by itself, with the first call. `providers/residency.ts` implements it.
 */
export type SwapModels = (change: {
  host: HostSpec;
  load: ModelSpec;
  /** Ollama: the context to load it with; another one would make it load again. */
  contextTokens: number | undefined;
  unload: readonly ModelSpec[];
}) => Promise<void> | undefined;

/** What a server says it holds. */
export interface LoadedModel {
  modelId: string;
  sizeGb: number | undefined;
  contextTokens: number | undefined;
}

/** Somebody who wants a model, as far as memory is concerned. */
export interface Wanting extends InLine {
  model: ModelSpec;
  /** Tokens of context the call needs; undefined where that is not ours to say. */
  contextTokens: number | undefined;
}

/** A place taken. */
export interface Taken {
  /** Resolves when the model is loaded, with the milliseconds that took; undefined: it was resident. */
  loaded: Promise<number> | undefined;
  contextTokens: number | undefined;
  release: () => void;
}

interface Resident {
  model: ModelSpec;
  /** What the configuration calls it: several entries may name one model of the server. */
  names: Set<string>;
  sizeGb: number | undefined;
  contextTokens: number;
  active: number;
  loading: boolean;
  /** Its load failed: the one call that goes out all the same will show why, and then it is loaded anew. */
  failed: boolean;
  lastUsed: number;
}

/** The models one host holds and the calls they answer. A model that answers is never pushed out. */
export class HostMemory {
  readonly spec: HostSpec;
  readonly swaps = { count: 0, failed: 0, ms: 0 };
  readonly #options: { clock: Clock; swap: SwapModels | undefined; onSwap: (swap: Swap) => void };
  /** By the server's id of the model. */
  readonly #residents = new Map<string, Resident>();
  #loading = false;
  #uses = 0;
  #active = 0;

  constructor(
    spec: HostSpec,
    options: { clock: Clock; swap: SwapModels | undefined; onSwap: (swap: Swap) => void },
  ) {
    this.spec = spec;
    this.#options = options;
  }

  /** Places taken. */
  get active(): number {
    return this.#active;
  }

  get loading(): boolean {
    return this.#loading;
  }

  /** Names of the models that can answer now. */
  names(): string[] {
    return [...this.#residents.values()]
      .filter((resident) => !resident.loading && !resident.failed)
      .flatMap((resident) => [...resident.names]);
  }

  /** True when this model could answer without any other having to leave for it. */
  hasRoomFor(model: ModelSpec): boolean {
    const resident = this.#residents.get(model.modelId);
    if (resident !== undefined && !resident.failed) return true;
    const wanted = { modelId: model.modelId, sizeGb: sizeOf(model, 0) };
    return makeRoom(this.#held([]), wanted, this.spec).unload.length === 0;
  }

  /** True when this model answers at once, with so much context: nothing has to be loaded. */
  holds(model: ModelSpec, contextTokens: number | undefined): boolean {
    return !this.#loading && this.#state({ modelId: model.modelId, contextTokens }) === 'resident';
  }

  /** The host at this moment, for the choice among `line`. */
  view(line: readonly Wanting[], underWayNext: boolean): Omit<HostView<Wanting>, 'turnsOf'> {
    let held: Held[] | undefined;
    const answers = new Map<string, readonly string[]>();
    return {
      agingBoundMs: this.spec.agingBoundMs,
      underWayNext,
      state: (entry) => this.#state(entry),
      inTheWay: (entry) => {
        if (this.#loading) return undefined;
        let busy = answers.get(entry.modelId);
        if (busy === undefined) {
          held ??= this.#held(line);
          busy = makeRoom(held, wantedBy(entry), this.spec).busy;
          answers.set(entry.modelId, busy);
        }
        return busy;
      },
    };
  }

  /** Takes a place for one whom the rule chose, and begins the swap where its model is absent. */
  take(entry: Wanting, line: readonly Wanting[], released: () => void): Taken {
    const loaded = this.#state(entry) === 'resident' ? undefined : this.#load(entry, line);
    const resident = this.#residents.get(entry.modelId);
    if (resident === undefined) throw new Error(`${entry.modelId} was not taken into ${this.spec.name}`);
    resident.names.add(entry.model.name);
    resident.active += 1;
    this.#active += 1;
    this.#touch(resident);
    let done = false;
    return {
      loaded,
      contextTokens: entry.contextTokens === undefined ? undefined : resident.contextTokens,
      release: () => {
        if (done) return;
        done = true;
        resident.active -= 1;
        this.#active -= 1;
        this.#touch(resident);
        if (resident.failed && resident.active === 0) this.#residents.delete(entry.modelId);
        released();
      },
    };
  }

  /** Takes over what the server says it holds; what answers or is being loaded right now is left as it is. */
  learn(loaded: readonly LoadedModel[], configured: readonly ModelSpec[]): void {
    const listed = new Set(loaded.map((model) => tagged(model.modelId)));
    for (const [modelId, resident] of this.#residents) {
      if (resident.active === 0 && !resident.loading && !listed.has(tagged(modelId)))
        this.#residents.delete(modelId);
    }
    for (const model of loaded) {
      const known = configured.filter((one) => tagged(one.modelId) === tagged(model.modelId));
      const [first] = known;
      // Somebody else's: the server makes it leave when it needs the room.
      if (first === undefined) continue;
      const resident = this.#residents.get(first.modelId) ?? this.#add(first, 0);
      for (const one of known) resident.names.add(one.name);
      if (resident.loading) continue;
      resident.sizeGb = model.sizeGb ?? resident.sizeGb;
      resident.contextTokens = model.contextTokens ?? resident.contextTokens;
    }
  }

  #state(entry: Pick<Wanting, 'modelId' | 'contextTokens'>): 'resident' | 'not_yet' | 'absent' {
    const resident = this.#residents.get(entry.modelId);
    if (resident === undefined || resident.failed) return 'absent';
    if ((entry.contextTokens ?? 0) > resident.contextTokens) return 'absent';
    const full = resident.active >= (this.spec.slotsPerModel ?? this.spec.slots);
    return resident.loading || full ? 'not_yet' : 'resident';
  }

  #load(entry: Wanting, line: readonly Wanting[]): Promise<number> | undefined {
    const { unload } = makeRoom(this.#held(line), wantedBy(entry), this.spec);
    const leaving = unload.flatMap((modelId) => this.#residents.get(modelId) ?? []);
    for (const modelId of unload) this.#residents.delete(modelId);
    const names = this.#residents.get(entry.modelId)?.names ?? [];
    const resident = this.#add(entry.model, entry.contextTokens ?? 0);
    for (const name of names) resident.names.add(name);
    const { clock, swap, onSwap } = this.#options;
    const at = clock.now();
    const change = {
      host: this.spec,
      load: entry.model,
      contextTokens: entry.contextTokens,
      unload: leaving.map((one) => one.model),
    };
    const swapping = swap?.(change);
    if (swapping === undefined) return undefined;
    this.#loading = true;
    resident.loading = true;
    const done = (error?: unknown): number => {
      const ms = clock.now() - at;
      this.#loading = false;
      resident.loading = false;
      resident.failed = error !== undefined;
      this.swaps.count += 1;
      this.swaps.ms += ms;
      if (error !== undefined) this.swaps.failed += 1;
      onSwap({
        host: this.spec.name,
        at,
        loaded: entry.model.name,
        unloaded: change.unload.map((model) => model.name),
        ms,
        ...(error === undefined ? {} : { error: error instanceof Error ? error.message : String(error) }),
      });
      return ms;
    };
    return swapping.then(() => done(), done);
  }

  #add(model: ModelSpec, contextTokens: number): Resident {
    const resident: Resident = {
      model,
      names: new Set([model.name]),
      sizeGb: sizeOf(model, contextTokens),
      contextTokens: contextTokens === 0 ? Number.POSITIVE_INFINITY : contextTokens,
      active: 0,
      loading: false,
      failed: false,
      lastUsed: 0,
    };
    this.#residents.set(model.modelId, resident);
    this.#touch(resident);
    return resident;
  }

  #held(line: readonly Wanting[]): Held[] {
    return [...this.#residents].map(([modelId, resident]) => ({
      modelId,
      sizeGb: resident.sizeGb,
      busy: resident.active > 0 || resident.loading,
      waiting: line.reduce((sum, entry) => sum + Number(entry.modelId === modelId), 0),
      lastUsed: resident.lastUsed,
    }));
  }

  #touch(resident: Resident): void {
    this.#uses += 1;
    resident.lastUsed = this.#uses;
  }
}

function wantedBy(entry: Wanting): { modelId: string; sizeGb: number | undefined } {
  return { modelId: entry.modelId, sizeGb: sizeOf(entry.model, entry.contextTokens ?? 0) };
}

/** Weights, and what the context's cache takes where the configuration says it. */
function sizeOf(model: ModelSpec, contextTokens: number): number | undefined {
  if (model.sizeGb === undefined) return undefined;
  return model.sizeGb + ((model.cacheBytesPerToken ?? 0) * contextTokens) / 1e9;
}

/** Ollama shows the tag that a name without one stands for. */
function tagged(modelId: string): string {
  return modelId.includes(':') ? modelId : `${modelId}:latest`;
}
