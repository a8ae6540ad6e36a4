import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../router/types/outside.ts';

/** The machine's clock. Everything that waits or dates takes it as a parameter, so that tests bring their own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal === undefined ? {} : { signal });
  },
};
