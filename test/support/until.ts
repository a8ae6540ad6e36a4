import { setTimeout as wait } from 'node:timers/promises';

/** Waits until something is so; throws, saying what was waited for, when it does not come. */
export async function until(what: string, isSo: () => boolean, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await wait(10);
  }
}
