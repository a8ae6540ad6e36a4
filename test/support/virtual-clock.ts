import type { Clock } from '../../router/types/outside.ts';

interface Sleeper {
  at: number;
  wake: () => void;
}

/** Time that passes only when everybody sleeps: hours of waiting in a moment, and the same every time. */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const onAbort = (): void => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        at: this.#now + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  /** Lets time pass until nobody sleeps any more, or `until` is done. */
  async run(until?: Promise<unknown>): Promise<void> {
    let done = false;
    void until?.then(
      () => (done = true),
      () => (done = true),
    );
    for (;;) {
      await new Promise(setImmediate);
      if (done) return;
      let next: Sleeper | undefined;
      for (const sleeper of this.#sleepers) if (next === undefined || sleeper.at < next.at) next = sleeper;
      if (next === undefined) return;
      this.#sleepers.delete(next);
      this.#now = next.at;
      next.wake();
    }
  }
}
