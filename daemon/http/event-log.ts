import type { ActionEvent } from '../control.ts';

export interface LoggedEvent {
  /** `<start>-<number>`: says of which daemon's life it is, so that ids never mean two things. */
  id: string;
  event: ActionEvent;
}

/**
 * The last events of this daemon, so that a reader who was cut off can go on where it was. They are a live
 * view, not the record: what happened to an action is in SQLite, and a reader who was away too long is told so.
 */
export class EventLog {
  readonly #life: string;
  readonly #size: number;
  readonly #events: LoggedEvent[] = [];
  readonly #readers = new Set<(logged: LoggedEvent) => void>();
  #next = 1;

  /** `life` differs with every start of the daemon; `size` is how many events are kept. */
  constructor(life: string, size = 5000) {
    this.#life = life;
    this.#size = size;
  }

  add(event: ActionEvent): void {
    const logged = { id: `${this.#life}-${this.#next++}`, event };
    this.#events.push(logged);
    // Cutting in blocks keeps the cost of one event constant.
    if (this.#events.length >= this.#size * 2) this.#events.splice(0, this.#events.length - this.#size);
    for (const reader of this.#readers) reader(logged);
  }

  /** What came after `id`; `gap` when something in between is no longer known. */
  after(id: string): { events: readonly LoggedEvent[]; gap: boolean } {
    const [life, number] = splitId(id);
    const oldest = this.#next - this.#events.length;
    if (life !== this.#life || number >= this.#next) return { events: this.#events.slice(), gap: true };
    const from = Math.max(0, number + 1 - oldest);
    return { events: this.#events.slice(from), gap: number + 1 < oldest };
  }

  subscribe(reader: (logged: LoggedEvent) => void): () => void {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  }
}

function splitId(id: string): [life: string, number: number] {
  const dash = id.lastIndexOf('-');
  const number = Number(id.slice(dash + 1));
  return [id.slice(0, Math.max(0, dash)), Number.isSafeInteger(number) ? number : Number.MAX_SAFE_INTEGER];
}
