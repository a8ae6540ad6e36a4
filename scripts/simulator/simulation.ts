import type { Mind } from './answers/answer.ts';
import type { Bill } from './bill.ts';
import type { Timers } from './deliver.ts';
import type { Faults } from './faults.ts';
import type { Host } from './host.ts';
import type { Profile } from './profiles.ts';
import type { PromptCache } from './promptcache.ts';
import type { RateLimits } from './ratelimits.ts';
import type { Protocol } from './types.ts';

/** A request that reached an endpoint which generates or embeds. */
export interface Received {
  api: Protocol;
  path: string;
  model: string;
  /** The body as it came. */
  body: string;
  /** Milliseconds since 1970, UTC. */
  at: number;
}

/** Everything one running simulator consists of; the protocols are functions over it. */
export interface Simulation {
  /** Multiplies every delay: 1 as the profiles say, 0 none. */
  speed: number;
  defaultContextTokens: number;
  now: () => number;
  /** By name. */
  profiles: Map<string, Profile>;
  mind: Mind;
  host: Host;
  bill: Bill;
  faults: Faults;
  timers: Timers;
  limits: RateLimits;
  cache: PromptCache;
  nextId: (prefix: string) => string;
  received: Received[];
  receivedLeftOut: number;
}

/** Requests kept for `received()`. */
const mostReceived = 20_000;

export function keepReceived(simulation: Simulation, received: Received): void {
  if (simulation.received.length < mostReceived) simulation.received.push(received);
  else simulation.receivedLeftOut += 1;
}

/** What every answer says of where it comes from. */
export function label(name: string): string {
  return `${name} (simulated)`;
}

export interface Named {
  name: string;
  profile: Profile | undefined;
  /** From a suffix: `phi3:mini@fault=429`. */
  fault: string | undefined;
}

/** The model a request names: with a fault after `@fault=`, with Ollama's default tag, or as an answer showed it. */
export function findModel(simulation: Simulation, given: unknown): Named {
  let name = typeof given === 'string' ? given : '';
  let fault: string | undefined;
  const at = name.indexOf('@fault=');
  if (at >= 0) {
    fault = name.slice(at + 7);
    name = name.slice(0, at);
  }
  if (name.endsWith(' (simulated)')) name = name.slice(0, -12);
  const profile =
    simulation.profiles.get(name) ??
    (name.endsWith(':latest') ? simulation.profiles.get(name.slice(0, -7)) : undefined);
  return { name: profile?.name ?? name, profile, fault };
}
