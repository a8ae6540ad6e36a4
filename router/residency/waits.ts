/** What is known of an action's waiting between its requests. */
interface Wait<Wanting> {
  /** When the wait that is not over began. */
  since: number | undefined;
  /** It was served at least once. */
  begun: boolean;
  /** What it left the line with. */
  left: Wanting | undefined;
}

/**
 * Remembers, by action, since when it waits: an action that gives up its place in memory and is put aside
 * does not begin to wait anew. Whoever never tells that an action has ended loses the oldest ones.
 */
export interface MemoryOfWaits<Wanting> {
  since(actionId: string | undefined): number | undefined;
  begun(actionId: string | undefined): boolean;
  served(actionId: string | undefined): void;
  left(actionId: string | undefined, wanting: Wanting): void;
  leftBy(actionId: string): Wanting | undefined;
  forget(actionId: string): void;
}

const mostRemembered = 50_000;

export function createMemoryOfWaits<Wanting extends { since: number }>(): MemoryOfWaits<Wanting> {
  const waits = new Map<string, Wait<Wanting>>();
  function set(actionId: string | undefined, wait: Wait<Wanting>): void {
    if (actionId === undefined) return;
    waits.delete(actionId);
    waits.set(actionId, wait);
    const [oldest] = waits.keys();
    if (waits.size > mostRemembered && oldest !== undefined) waits.delete(oldest);
  }
  const of = (actionId: string | undefined) => (actionId === undefined ? undefined : waits.get(actionId));
  return {
    since: (actionId) => of(actionId)?.since,
    begun: (actionId) => of(actionId)?.begun === true,
    served: (actionId) => set(actionId, { since: undefined, begun: true, left: undefined }),
    left: (actionId, wanting) =>
      set(actionId, { since: wanting.since, begun: of(actionId)?.begun === true, left: wanting }),
    leftBy: (actionId) => of(actionId)?.left,
    forget: (actionId) => void waits.delete(actionId),
  };
}
