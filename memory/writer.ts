import { Worker } from 'node:worker_threads';
import { SwarmdError } from '../config/errors.ts';
import type { OperationInput, OperationName, OperationResult } from './operations.ts';
import { unpackError, type WriterOptions, type WriterReply, type WriterRequest } from './wire.ts';

interface Pending {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
}

/**
 * The one writing connection, in a thread of its own, so that neither a slow disk nor another process's lock
 * ever stops the event loop. What is asked in one tick goes over as one message and is one transaction.
 */
export class Writer {
  readonly #worker: Worker;
  readonly #onError: (error: Error) => void;
  readonly #pending = new Map<number, Pending>();
  #queued: { id: number; name: OperationName; input: unknown }[] = [];
  #nextId = 1;
  #ended: Error | undefined;
  #idle: (() => void) | undefined;
  readonly #closed: Promise<void>;

  private constructor(worker: Worker, onError: (error: Error) => void) {
    this.#worker = worker;
    this.#onError = onError;
    worker.on('message', (reply: WriterReply) => this.#receive(reply));
    worker.on('error', (error) => this.#end(error));
    this.#closed = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#end(new SwarmdError('MEMORY_UNAVAILABLE', 'the memory is closed'));
        resolve();
      });
    });
    // An idle writer keeps no process alive; a pending write does.
    worker.unref();
  }

  /** Opens and migrates the file in the thread; rejects with what went wrong there. */
  static async open(options: WriterOptions, onError: (error: Error) => void): Promise<Writer> {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./writer-thread.${extension}`, import.meta.url), {
      workerData: options,
    });
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (reply: WriterReply) => {
        if (reply.kind === 'ready') resolve();
        else if (reply.kind === 'surprise') reject(unpackError(reply.error));
        else if (reply.kind === 'waiting') onError(unpackError(reply.error));
      });
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the writer thread ended before it was ready')));
    });
    // Not `removeAllListeners()`: that also removes the thread's own and no message ever arrives again.
    for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
    return new Writer(worker, onError);
  }

  /** Runs one operation; resolves when the transaction that holds it is committed. */
  run<Name extends OperationName>(name: Name, input: OperationInput<Name>): Promise<OperationResult<Name>> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    if (this.#queued.length === 0) queueMicrotask(() => this.#flush());
    const id = this.#nextId++;
    this.#queued.push({ id, name, input });
    return new Promise((resolve, reject) => {
      if (this.#pending.size === 0) this.#worker.ref();
      this.#pending.set(id, { resolve, reject });
    });
  }

  /** The same for a write nobody waits for: its failure goes to `onError`. */
  send<Name extends OperationName>(name: Name, input: OperationInput<Name>): void {
    this.run(name, input).catch(this.#onError);
  }

  /** Finishes every write so far, then runs `beforeCheckpoint` here, then checkpoints and closes the file. */
  async close(beforeCheckpoint: () => void = () => {}): Promise<void> {
    while (this.#pending.size > 0) {
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    }
    beforeCheckpoint();
    if (this.#ended !== undefined) return this.#closed;
    this.#worker.ref();
    this.#post({ kind: 'close' });
    await this.#closed;
  }

  #flush(): void {
    if (this.#queued.length === 0) return;
    const operations = this.#queued;
    this.#queued = [];
    try {
      this.#post({ kind: 'run', operations });
    } catch (error) {
      // An input that cannot be cloned is a mistake of the caller; it must not leave the others waiting.
      for (const { id } of operations) this.#settle(id, (pending) => pending.reject(error as Error));
    }
  }

  #post(request: WriterRequest): void {
    this.#worker.postMessage(request);
  }

  #receive(reply: WriterReply): void {
    if (reply.kind === 'surprise' || reply.kind === 'waiting') this.#onError(unpackError(reply.error));
    if (reply.kind !== 'done') return;
    for (const { id, value, error } of reply.outcomes) {
      this.#settle(id, (pending) => {
        if (error === undefined) pending.resolve(value as never);
        else pending.reject(unpackError(error));
      });
    }
  }

  #settle(id: number, how: (pending: Pending) => void): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    how(pending);
    if (this.#pending.size > 0) return;
    this.#worker.unref();
    this.#idle?.();
  }

  #end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    for (const id of [...this.#pending.keys()]) this.#settle(id, (pending) => pending.reject(error));
  }
}
