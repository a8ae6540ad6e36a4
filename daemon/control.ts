/**
 * What the daemon lets others do to it. The HTTP server, the MCP server and commands that start a daemon in
 * their own process call this interface; `daemon.ts` implements it. Reads of the record go through `Memory`
 * (memory/types/) directly: nothing here repeats them.
 */
import type { Config, TierName } from '../config/config.ts';
import type { Tallies } from '../memory/experiments.ts';
import type { ActionStatus } from '../memory/types/actions.ts';
import type { BudgetStatus } from '../memory/types/budget.ts';
import type { Experiment } from '../router/experiment/experiment.ts';
import type { HostLoad } from '../router/slots.ts';
import type { Outcome } from '../router/types.ts';
import type { InputError } from './action-input.ts';

export interface Control {
  /** The configuration in force now; a reload replaces it. */
  config(): Config;
  /**
   * Validates every input (DESIGN.md 7.2), commits the actions and enqueues them: all of them or none. When it
   * resolves with `ok`, the actions survive anything (promise 1).
   */
  submit(inputs: readonly unknown[], options?: { client?: string }): Promise<Submitted>;
  /** Cancels an action and its descendants, whatever holds them. Undefined: no such action. */
  cancel(id: string, reason: string): Promise<{ cancelled: readonly string[] } | undefined>;
  /** A failed or cancelled action back into the queue, its attempts counted anew. */
  retry(
    id: string,
  ): Promise<{ ok: true } | { ok: false; reason: 'not_found' | 'not_terminal' | 'completed' }>;
  /** Takes no new work until `resume`; what runs goes on. Survives a restart. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Finishes what runs within `drainMs`, puts the rest back and ends the daemon. Resolves when it has begun. */
  drain(): Promise<void>;
  /** Reads the configuration again. An invalid one changes nothing and is thrown as CONFIG_INVALID. */
  reload(): Promise<{ changed: readonly string[]; needRestart: readonly string[] }>;
  /** The kill switch: writes the file `KILL` and stops; stays stopped until `swarmd unkill`. */
  kill(reason: string): Promise<void>;
  /** Routes one request now, in this process and not through the queue; recorded as an action of type `chat`. */
  chat(input: unknown, options: { client?: string; signal: AbortSignal }): Promise<ChatResult>;
  status(): Promise<DaemonStatus>;
  /** Can it do work now: the queue answers, SQLite takes a write, work moves, not draining, not killed. */
  ready(): Promise<{ ready: boolean; reasons: readonly string[] }>;
  /** Tells of everything that happens to actions in this daemon. Returns the function that ends it. */
  subscribe(listener: (event: ActionEvent) => void): () => void;
}

export type Submitted =
  | { ok: true; accepted: readonly Accepted[] }
  | { ok: false; errors: readonly (InputError & { index: number })[] };

export interface Accepted {
  id: string;
  type: string;
  status: ActionStatus;
  /** True when the idempotency key was known: `id` and `status` are those of the action it named. */
  duplicate: boolean;
}

export type ChatResult =
  | { ok: false; errors: readonly InputError[] }
  | { ok: true; id: string; outcome: Outcome; usage: { inputTokens: number; outputTokens: number } };

/**
 *   queued      accepted and enqueued (again)
 *   started     a worker holds it
 *   classified  complexity and plan are known
 *   call        one call of a model begins
 *   assessed    an answer has its quality
 *   escalated   the next candidate, because of quality
 *   fell_back   the next candidate, because of an error
 *   parked      put aside: children, a slot, an approval, backoff
 *   finished    terminal; `status` says which
 */
export const actionEventKinds = [
  'queued',
  'started',
  'classified',
  'call',
  'assessed',
  'escalated',
  'fell_back',
  'parked',
  'finished',
] as const;
export type ActionEventKind = (typeof actionEventKinds)[number];

export interface ActionEvent {
  kind: ActionEventKind;
  actionId: string;
  rootId: string;
  parentId?: string;
  type: string;
  /** Whose action it is; undefined: the owner's. A client is told of its own only. */
  client: string | undefined;
  /** Milliseconds since 1970, UTC. */
  at: number;
  /** One line for people, without a line break: `local_fast rejected (0.42): not valid JSON`. */
  line: string;
  /** With `finished` and `parked`. */
  status?: ActionStatus;
  tier?: TierName;
  model?: string;
  quality?: number;
  /** Nano-dollars. With `finished`: all calls of the action. */
  cost?: number;
}

export interface DaemonStatus {
  pid: number;
  version: string;
  startedAt: number;
  dataDir: string;
  url: string | undefined;
  /** True when the models are the simulator's. */
  simulated: boolean;
  state: 'running' | 'paused' | 'draining' | 'killed';
  queue: {
    /** Credentials removed. */
    url: string;
    /** Jobs by state, as the queue counts them. */
    jobs: Readonly<Record<string, number>>;
    /** When an action last reached a terminal state here. */
    lastFinishedAt: number | undefined;
    /** How often, since the start, an action came back because its worker had died or lost it. */
    stalled: number;
  };
  actions: Readonly<Record<ActionStatus, number>>;
  /** Of those put aside, how many wait for what: `children`, `slot`, `approval`, `budget`, `budget_paused`. */
  waitingFor: Readonly<Record<string, number>>;
  budget: BudgetStatus;
  /** What is tried out on live traffic, or came back by itself, and how it stands. */
  experiments: readonly { experiment: Experiment; tallies: Tallies }[];
  /** Shadows and audits since the start: nobody waits for them. */
  afterOutcomes: { waiting: number; running: number; done: number; leftOut: number };
  /** May paid models be called at all; a string says why not. */
  apiAllowed: true | string;
  /** How answers have changed since the gate was calibrated, a line each; empty where they have not. */
  drift: readonly string[];
  models: readonly ModelStatus[];
  /** The machines that serve them: places, who waits, what is loaded, swaps since the start. */
  hosts: readonly HostLoad[];
}

export interface ModelStatus {
  name: string;
  tier: TierName;
  provider: string;
  /** The last sign of life; undefined: not yet asked. */
  live: boolean | undefined;
  breaker: 'closed' | 'open' | 'half_open';
  reason?: string;
}
