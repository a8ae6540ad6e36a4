import type { AgentDefinition } from '../agents/definitions.ts';
import type { Config } from '../config/config.ts';
import type { Memory } from '../memory/types/memory.ts';
import type { Router } from '../router/route.ts';
import type { Clock } from '../router/types/outside.ts';
import type { EventHub } from './events.ts';
import type { InFlight } from './in-flight.ts';
import type { Logger } from './logger.ts';
import type { Parking } from './parking.ts';
import type { ActionQueue } from './queue/action-queue.ts';

/** What working on an action needs; `daemon.ts` opens each and closes it. */
export interface Deps {
  config: () => Config;
  /** The built-in agents and the user's. */
  agents: ReadonlyMap<string, AgentDefinition>;
  memory: Memory;
  queue: ActionQueue;
  router: Router;
  parking: Parking;
  inFlight: InFlight;
  events: EventHub;
  clock: Clock;
  random: () => number;
  newId: () => string;
  logger: Logger;
}
