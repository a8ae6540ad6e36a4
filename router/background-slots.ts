import type { ModelSpec } from '../config/config.ts';
import type { HostSlots } from './slots.ts';
import type { Clock, Slot } from './types/outside.ts';

type Acquire = HostSlots['acquire'];

/** Places of the same hosts for work somebody waits for, and for work nobody waits for. */
export interface SharedSlots {
  live: HostSlots;
  background: Pick<HostSlots, 'acquire' | 'resident' | 'saturated'>;
}

/** How long work in the background waits for a quiet moment, in milliseconds, and how often it looks. */
const quietWithinMs = 10_000;
const lookEveryMs = 50;

/**
 * Work in the background takes a place only while its host is idle, loads nothing and stands in no line. The
 * moment somebody asks for the host of the user's own, or for the last place of another, it gives way:
 * `giveWay` is told whose call has to end.
 */
export function shareSlots(slots: HostSlots, clock: Clock, giveWay: (actionId: string) => void): SharedSlots {
  /** Background calls under way, by host. */
  const guests = new Map<string, Map<Slot, string>>();

  function makeWay(model: ModelSpec): void {
    const here = guests.get(model.host);
    if (here === undefined || here.size === 0) return;
    const load = slots.load().find((one) => one.host === model.host);
    if (!model.selfHosted && load !== undefined && load.active < load.slots) return;
    for (const actionId of here.values()) giveWay(actionId);
  }

  const acquireLive: Acquire = (model, options) => {
    makeWay(model);
    return slots.acquire(model, options);
  };

  const acquireQuietly: Acquire = async (model, options) => {
    const { signal, contextTokens } = options;
    const until = clock.now() + Math.min(options.waitMs, quietWithinMs);
    while (!slots.isIdleFor(model, contextTokens)) {
      if (signal.aborted || clock.now() >= until) return undefined;
      await clock.sleep(lookEveryMs, signal).catch(() => {});
    }
    // No origin: the line's memory of the action's own waiting is none of this call's.
    const { origin, ...rest } = options;
    const slot = await slots.acquire(model, { ...rest, waitMs: 0 });
    return slot === undefined || origin === undefined ? slot : asGuest(slot, model.host, origin.actionId);
  };

  function asGuest(slot: Slot, host: string, actionId: string): Slot {
    const here = guests.get(host) ?? new Map<Slot, string>();
    guests.set(host, here);
    here.set(slot, actionId);
    return {
      ...slot,
      release: () => {
        here.delete(slot);
        slot.release();
      },
    };
  }

  return {
    live: { ...slots, acquire: acquireLive },
    background: { acquire: acquireQuietly, resident: slots.resident, saturated: () => false },
  };
}
