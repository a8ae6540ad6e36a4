/** Actions put back because no slot was free, by host, in the order they came. */
export interface Parking {
  park(host: string, jobId: string, priority: number): void;
  /** The next one to try when the host has room; undefined when none waits. */
  next(host: string): string | undefined;
  waiting(): number;
}

/**
 * Without this, five hundred actions waiting for one GPU would each come back on a timer of their own and the
 * queue would do nothing else. Each is put back for long, and fetched when a place is free.
 */
export function createParking(): Parking {
  const lots = new Map<string, { jobId: string; priority: number }[]>();
  return {
    park(host, jobId, priority) {
      const lot = lots.get(host) ?? [];
      lots.set(host, lot);
      let place = lot.length;
      while (place > 0 && (lot[place - 1]?.priority ?? 0) > priority) place -= 1;
      lot.splice(place, 0, { jobId, priority });
    },
    next: (host) => lots.get(host)?.shift()?.jobId,
    waiting: () => [...lots.values()].reduce((sum, lot) => sum + lot.length, 0),
  };
}

/** Put back for this long at most, in milliseconds: in case the one that would fetch it died. */
export const parkedForMs = 30_000;
