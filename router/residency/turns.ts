/**
 * How many places each client has had in one line: whoever has had fewest goes first among equals, so that a
 * client with a thousand requests in line takes no more than its share. One who comes (back) to the line begins
 * where the one served last stood: what it did not ask for while it was away is not owed to it (start-time fair
 * queueing, Goyal, Vin and Cheng, SIGCOMM 1996, with every service counted as one).
 */
export interface Turns {
  of(client: string | undefined): number;
  /** It stands in line from now on, where it did not stand already. */
  joins(client: string | undefined): void;
  served(client: string | undefined): void;
}

export function createTurns(): Turns {
  /** The owner is a client like any other, without a name. */
  const turns = new Map<string | undefined, number>();
  let lastServed = 0;
  const of = (client: string | undefined): number => turns.get(client) ?? 0;
  return {
    of,
    joins: (client) => void turns.set(client, Math.max(of(client), lastServed)),
    served(client) {
      lastServed = Math.max(lastServed, of(client));
      turns.set(client, of(client) + 1);
    },
  };
}
