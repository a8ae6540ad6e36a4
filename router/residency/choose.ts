/** Somebody in line for a place at a host: a request that waits here, or an action put aside until it is fetched. */
export interface InLine {
  modelId: string;
  /** 1 high … 10 low. */
  priority: number;
  /** When it began to wait, in milliseconds since 1970; being put aside does not begin it anew. */
  since: number;
  /** Part of work already begun: a child of a running tree, or a further call of an action that was served. */
  underWay: boolean;
  /** Whose it is; undefined: the owner's. */
  client: string | undefined;
}

/** The host as the rule sees it, at one moment. */
export interface HostView<Entry extends InLine> {
  agingBoundMs: number;
  /** `resident`: its model can answer now; `not_yet`: it is being loaded, or takes no further call; `absent`: needs a swap. */
  state(entry: Entry): 'resident' | 'not_yet' | 'absent';
  /** Models that must finish answering before this one can be loaded; undefined: another one is being loaded. */
  inTheWay(entry: Entry): readonly string[] | undefined;
  /** The place before this one went to work not yet begun: this one is for work under way, if any waits. */
  underWayNext: boolean;
  /** How many places a client has had, beside the others in line. */
  turnsOf(client: string | undefined): number;
}

/**
 * Who gets a free place, of all who wait; undefined: nobody may start now. The one rule of the house, for
 * requests that wait in memory and actions put aside alike:
 *
 * 1. Those whose model is resident go first; models swap when nobody waits for a resident one any more.
 * 2. Once the one who has waited longest for an absent model has waited for the aging bound, its model is
 *    loaded, and whatever is in the way gets no new request. Only those who have waited as long themselves may
 *    still go before it, and none of them that came more than a bound later than it: when everybody waits for longer
 *    than the bound (more work than the host can do), swapping for the oldest each time would help nobody.
 * 3. Among equals: by priority, one step of which is worth one bound of waiting, so that nobody waits for ever.
 *    Inside one priority the client goes first that has had the fewest places, so that a long line of one holds
 *    up no other.
 * 4. Every second place goes to work under way, if any waits: trees and answers finish while the line is long.
 */
export function chooseNext<Entry extends InLine>(
  line: readonly Entry[],
  host: HostView<Entry>,
  now: number,
): Entry | undefined {
  const resident: Entry[] = [];
  const absent: Entry[] = [];
  for (const entry of line) {
    const state = host.state(entry);
    if (state === 'resident') resident.push(entry);
    else if (state === 'absent') absent.push(entry);
  }
  const bound = host.agingBoundMs;
  const overdue = oldest(absent);
  if (overdue !== undefined && now - overdue.since >= bound) {
    const before = resident.filter(
      (entry) => now - entry.since >= bound && entry.since <= overdue.since + bound,
    );
    if (before.length > 0) return first(before, host);
    const inTheWay = host.inTheWay(overdue);
    if (inTheWay?.length === 0) return overdue;
    const leaving = inTheWay ?? [];
    return first(
      resident.filter((entry) => !leaving.includes(entry.modelId)),
      host,
    );
  }
  return (
    first(resident, host) ??
    first(
      absent.filter((entry) => host.inTheWay(entry)?.length === 0),
      host,
    )
  );
}

function first<Entry extends InLine>(
  entries: readonly Entry[],
  host: Pick<HostView<Entry>, 'agingBoundMs' | 'underWayNext' | 'turnsOf'>,
): Entry | undefined {
  const underWay = host.underWayNext ? entries.filter((entry) => entry.underWay) : [];
  const among = underWay.length > 0 ? underWay : entries;
  const priority = least(among, (entry) => entry.since + entry.priority * host.agingBoundMs)?.priority;
  const equals = among.filter((entry) => entry.priority === priority);
  const turns = Math.min(...new Set(equals.map((entry) => entry.client)).values().map(host.turnsOf));
  return oldest(equals.filter((entry) => host.turnsOf(entry.client) === turns));
}

function oldest<Entry extends InLine>(entries: readonly Entry[]): Entry | undefined {
  return least(entries, (entry) => entry.since);
}

/** The first of those with the least value. */
function least<Entry>(entries: readonly Entry[], measure: (entry: Entry) => number): Entry | undefined {
  let found: Entry | undefined;
  let value = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const its = measure(entry);
    if (its < value) [found, value] = [entry, its];
  }
  return found;
}
