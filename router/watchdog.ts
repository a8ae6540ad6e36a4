import type { Clock } from './types/outside.ts';

/** Something that must not go on for too long. */
export interface Watched {
  /** When it is too late, as of now; it may move while it is watched, to an earlier time with up to `sliceMs` delay. */
  dueAt(): number;
  /** Called once, when it is. */
  tooLate(): void;
}

/** A timer is rarely late by more than this, in milliseconds, unless the event loop was held up. */
const lateMs = 20;

/** The longest sleep, in milliseconds. */
const sliceMs = 250;

/**
 * Ends what takes too long. One sleeper serves all calls of a clock, because a timer with its cancellation for
 * each call was 6 % of the processor time of a call (*measured*): it wakes at the nearest due time, at least
 * four times a second while anything is watched, and not at all otherwise.
 */
class Watchdog {
  readonly #clock: Clock;
  readonly #watched = new Set<Watched>();
  #wakesAt = Number.POSITIVE_INFINITY;
  #sleep: AbortController | undefined;
  #running = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Returns the function that ends the watch. */
  watch(watched: Watched): () => void {
    this.#watched.add(watched);
    if (!this.#running) void this.#run();
    else if (watched.dueAt() < this.#wakesAt) this.#sleep?.abort();
    return () => {
      this.#watched.delete(watched);
    };
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#watched.size > 0) {
      const now = this.#clock.now();
      let next = now + sliceMs;
      for (const watched of this.#watched) {
        const dueAt = watched.dueAt();
        if (dueAt <= now) {
          this.#watched.delete(watched);
          watched.tooLate();
        } else if (dueAt < next) {
          next = dueAt;
        }
      }
      this.#wakesAt = next;
      this.#sleep = new AbortController();
      // Rejects when it is woken.
      await this.#clock.sleep(next - now, this.#sleep.signal).catch(() => undefined);
      // A busy event loop wakes late, with bytes waiting in its sockets: they are heard before anything is judged.
      if (this.#clock.now() - next > lateMs) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#running = false;
  }
}

const watchdogs = new WeakMap<Clock, Watchdog>();

/** Watches until the returned function is called or it is too late. */
export function watch(clock: Clock, watched: Watched): () => void {
  let watchdog = watchdogs.get(clock);
  if (watchdog === undefined) {
    watchdog = new Watchdog(clock);
    watchdogs.set(clock, watchdog);
  }
  return watchdog.watch(watched);
}
