import type { Profile } from './profiles.ts';

export interface HostOptions {
  vramGb: number;
  /** OLLAMA_MAX_LOADED_MODELS. */
  maxLoadedModels: number;
  /** OLLAMA_NUM_PARALLEL: requests that one model serves at once. */
  slots: number;
  /** OLLAMA_MAX_QUEUE: requests that wait before the next is refused with 503. */
  maxQueue: number;
  /** Multiplies load times; 0 loads at once. */
  speed: number;
}

export interface Loaded {
  profile: Profile;
  contextTokens: number;
  /** Of its size, what fits in VRAM; the rest is on the CPU, and slow. */
  vramGb: number;
  expiresAt: number;
  active: number;
  lastUsed: number;
}

interface Waiter {
  profile: Profile;
  contextTokens: number;
  keepAliveMs: number;
  ready: (loadMs: number) => void;
  cancelled: boolean;
  loadMs: number;
}

interface Runner extends Loaded {
  /** Requests past the scheduler that wait for one of this model's slots. */
  waiting: Waiter[];
  unloadWhenIdle: boolean;
}

/**
 * One machine with Ollama: models share its VRAM, a request for one that is not resident first loads it, the
 * least recently used idle one makes room, and requests pass the scheduler strictly in the order of arrival,
 * so that one that waits for room holds up all after it. That is what Ollama does, and why residency matters.
 */
export class Host {
  readonly #options: HostOptions;
  readonly #now: () => number;
  readonly #runners = new Map<string, Runner>();
  readonly #pending: Waiter[] = [];
  #loading: NodeJS.Timeout | undefined;
  /** Loads so far, first ones included. */
  loads = 0;

  constructor(options: HostOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  /**
   * Asks for a slot of a model. `ready` is called, at once where nothing has to wait, with the milliseconds
   * spent loading. Undefined: the queue is full.
   */
  acquire(
    profile: Profile,
    contextTokens: number,
    keepAliveMs: number,
    ready: (loadMs: number) => void,
  ): { cancel: () => void } | undefined {
    const waiting =
      this.#pending.length +
      [...this.#runners.values()].reduce((sum, runner) => sum + runner.waiting.length, 0);
    if (waiting >= this.#options.maxQueue) return undefined;
    const waiter: Waiter = { profile, contextTokens, keepAliveMs, ready, cancelled: false, loadMs: 0 };
    this.#pending.push(waiter);
    this.#schedule();
    return {
      cancel: () => {
        waiter.cancelled = true;
        this.#schedule();
      },
    };
  }

  release(profile: Profile): void {
    const runner = this.#runners.get(profile.name);
    if (runner === undefined) return;
    runner.active -= 1;
    runner.lastUsed = this.#now();
    this.#serve(runner);
    if (runner.active === 0 && runner.unloadWhenIdle) this.#runners.delete(profile.name);
    this.#schedule();
  }

  /** `keep_alive: 0` without messages: gone at once, or as soon as it is idle. */
  unload(profile: Profile): void {
    const runner = this.#runners.get(profile.name);
    if (runner === undefined) return;
    if (runner.active === 0 && runner.waiting.length === 0) this.#runners.delete(profile.name);
    else runner.unloadWhenIdle = true;
  }

  resident(): Loaded[] {
    this.#expire();
    return [...this.#runners.values()];
  }

  /** 1 in VRAM; less where part of the model is on the CPU. */
  pace(profile: Profile): number {
    const runner = this.#runners.get(profile.name);
    return runner !== undefined && runner.vramGb < profile.sizeGb ? 0.25 : 1;
  }

  close(): void {
    clearTimeout(this.#loading);
  }

  #expire(): void {
    const now = this.#now();
    for (const [name, runner] of this.#runners) {
      if (runner.active === 0 && runner.waiting.length === 0 && runner.expiresAt <= now)
        this.#runners.delete(name);
    }
  }

  #schedule(): void {
    while (this.#loading === undefined) {
      while (this.#pending[0]?.cancelled === true) this.#pending.shift();
      const next = this.#pending[0];
      if (next === undefined) return;
      const runner = this.#runners.get(next.profile.name);
      if (runner !== undefined && runner.contextTokens === next.contextTokens) {
        this.#pending.shift();
        this.#enter(runner, next);
      } else if (runner !== undefined ? idle(runner) : this.#makeRoom(next.profile)) {
        // Another context size needs a new runner, just as another model does.
        this.#load(next);
      } else return;
    }
  }

  /** Evicts idle models, the least recently used first, until the model fits; false while busy ones are in the way. */
  #makeRoom(profile: Profile): boolean {
    this.#expire();
    for (;;) {
      const used = [...this.#runners.values()].reduce((sum, runner) => sum + runner.vramGb, 0);
      const fits = used + profile.sizeGb <= this.#options.vramGb || this.#runners.size === 0;
      if (fits && this.#runners.size < this.#options.maxLoadedModels) return true;
      const oldest = [...this.#runners.values()]
        .filter(idle)
        .sort((left, right) => left.lastUsed - right.lastUsed)[0];
      if (oldest === undefined) return false;
      this.#runners.delete(oldest.profile.name);
    }
  }

  #load(waiter: Waiter): void {
    const delay = waiter.profile.loadMs * this.#options.speed;
    this.loads += 1;
    const start = this.#now();
    const finish = (): void => {
      this.#loading = undefined;
      waiter.loadMs = Math.max(1, this.#now() - start);
      this.#runners.set(waiter.profile.name, {
        profile: waiter.profile,
        contextTokens: waiter.contextTokens,
        vramGb: Math.min(waiter.profile.sizeGb, this.#options.vramGb),
        expiresAt: this.#now() + 300_000,
        active: 0,
        lastUsed: this.#now(),
        waiting: [],
        unloadWhenIdle: false,
      });
      if (waiter.cancelled) return;
      const runner = this.#runners.get(waiter.profile.name);
      if (this.#pending[0] === waiter) this.#pending.shift();
      if (runner !== undefined) this.#enter(runner, waiter);
    };
    if (delay <= 0) finish();
    else {
      this.#loading = setTimeout(() => {
        finish();
        this.#schedule();
      }, delay);
    }
  }

  #enter(runner: Runner, waiter: Waiter): void {
    runner.waiting.push(waiter);
    this.#serve(runner);
  }

  #serve(runner: Runner): void {
    while (runner.active < this.#options.slots) {
      const waiter = runner.waiting.shift();
      if (waiter === undefined) return;
      if (waiter.cancelled) continue;
      runner.active += 1;
      runner.unloadWhenIdle = waiter.keepAliveMs === 0;
      runner.lastUsed = this.#now();
      runner.expiresAt = waiter.keepAliveMs < 0 ? Number.POSITIVE_INFINITY : this.#now() + waiter.keepAliveMs;
      waiter.ready(waiter.loadMs);
    }
  }
}

function idle(runner: Runner): boolean {
  return runner.active === 0 && runner.waiting.length === 0;
}
