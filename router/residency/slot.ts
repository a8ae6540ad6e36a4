import type { Slot } from '../types/outside.ts';
import type { Taken } from './host-memory.ts';

/** The place once its model is loaded; given back when the caller has left meanwhile. */
export async function slotOf(taken: Taken, signal: AbortSignal): Promise<Slot | undefined> {
  const loadMs = taken.loaded === undefined ? undefined : await unlessAborted(taken.loaded, signal);
  if (signal.aborted) {
    taken.release();
    return undefined;
  }
  return { release: taken.release, loadMs, contextTokens: taken.contextTokens };
}

function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>();
  const onAbort = (): void => resolve(undefined);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
}
