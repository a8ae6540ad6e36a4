/** As much of the standard's `Response` as the SDKs touch. */
export interface TransportResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: ResponseHeaders;
  readonly body: ResponseBody;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** Pauses the socket while this much has arrived that nobody has read. */
const highWaterBytes = 1_048_576;

/** How long a response that nobody wants any more may take to end by itself. */
const drainMs = 100;

export class ResponseHeaders {
  readonly #headers: Record<string, string | string[] | undefined>;

  constructor(headers: Record<string, string | string[] | undefined>) {
    this.#headers = headers;
  }

  get(name: string): string | null {
    const value = this.#headers[name.toLowerCase()];
    if (value === undefined) return null;
    return Array.isArray(value) ? value.join(', ') : value;
  }

  has(name: string): boolean {
    return this.#headers[name.toLowerCase()] !== undefined;
  }

  *entries(): IterableIterator<[string, string]> {
    for (const name of Object.keys(this.#headers)) {
      const value = this.get(name);
      if (value !== null) yield [name, value];
    }
  }

  forEach(visit: (value: string, name: string) => void): void {
    for (const [name, value] of this.entries()) visit(value, name);
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
}

/** What undici lets us do with a response under way. */
export interface Control {
  pause(): void;
  resume(): void;
  abort(reason: Error): void;
}

type Chunk = { value: Uint8Array; done: false } | { value: undefined; done: true };
type Waiting = { resolve: (chunk: Chunk) => void; reject: (error: Error) => void };

/** The bytes of a response: read by one consumer, with the socket paused while it lags behind. */
export class ResponseBody {
  readonly #chunks: Uint8Array[] = [];
  readonly #control: Control;
  #bytes = 0;
  #ended = false;
  #error: Error | undefined;
  #waiting: Waiting | undefined;
  #drain: NodeJS.Timeout | undefined;

  constructor(control: Control) {
    this.#control = control;
  }

  push(chunk: Uint8Array): void {
    if (this.#drain !== undefined) return;
    if (this.#waiting !== undefined) {
      const { resolve } = this.#waiting;
      this.#waiting = undefined;
      resolve({ value: chunk, done: false });
      return;
    }
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > highWaterBytes) this.#control.pause();
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#drain);
    this.#waiting?.resolve({ value: undefined, done: true });
    this.#waiting = undefined;
  }

  /** With `discard` what has not been read is dropped: a cancelled call must not go on. */
  fail(error: Error, discard: boolean): void {
    if (this.#error !== undefined || (this.#ended && !discard)) return;
    this.#error = error;
    if (discard) this.#chunks.length = 0;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }

  /** Rejects when the transfer failed, after what had arrived before. */
  read(): Promise<Chunk> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#bytes -= chunk.length;
      if (this.#bytes <= highWaterBytes) this.#control.resume();
      return Promise.resolve({ value: chunk, done: false });
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
  }

  /**
   * Gives up the rest. The connection is closed unless the response ends within a moment by itself: after an
   * answer's last event the end of the response is usually in the next packet, and a connection that may live
   * on saves the next call a handshake.
   */
  cancel(): Promise<void> {
    if (!this.#ended && this.#error === undefined && this.#drain === undefined) {
      this.#chunks.length = 0;
      this.#control.resume();
      this.#drain = setTimeout(() => {
        if (!this.#ended) this.#control.abort(new Error('the response was not read to its end'));
      }, drainMs).unref();
    }
    return Promise.resolve();
  }

  getReader(): { read(): Promise<Chunk>; cancel(): Promise<void>; releaseLock(): void } {
    return { read: () => this.read(), cancel: () => this.cancel(), releaseLock: () => undefined };
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return {
      next: () => this.read() as Promise<IteratorResult<Uint8Array>>,
      return: async () => {
        await this.cancel();
        return { value: undefined, done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }
}

export class Response implements TransportResponse {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly headers: ResponseHeaders;
  readonly body: ResponseBody;

  constructor(url: string, status: number, statusText: string, headers: ResponseHeaders, body: ResponseBody) {
    this.url = url;
    this.status = status;
    this.statusText = statusText;
    this.headers = headers;
    this.body = body;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  async text(): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.body) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}
