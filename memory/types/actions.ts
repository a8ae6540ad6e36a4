import type { Complexity, TierName } from '../../config/config.ts';
import type { NanoUsd } from '../../config/money.ts';
import type { Privacy, RouteTrail } from '../../router/types.ts';
import type { OutboxRow } from '../outbox.ts';

/** Actions as the memory keeps them, and what may be done with them. */

/**
 *   queued     accepted, its job is (or will be) in the queue
 *   running    a worker holds it
 *   waiting    put aside without a slot until its children end, a person approves it, or a slot is free
 *   delayed    runs again at `runAt` (backoff, schedule, budget's next day)
 *   completed, failed, cancelled   terminal: exactly one of them, once
 */
export const actionStatuses = [
  'queued',
  'running',
  'waiting',
  'delayed',
  'completed',
  'failed',
  'cancelled',
] as const;
export type ActionStatus = (typeof actionStatuses)[number];
export const terminalStatuses: readonly ActionStatus[] = ['completed', 'failed', 'cancelled'];

export interface NewAction {
  id: string;
  type: string;
  /** The validated input, exactly as accepted (DESIGN.md 7.2), without what has a column of its own. */
  input: Record<string, unknown>;
  client: string | undefined;
  agent: string | undefined;
  parentId: string | undefined;
  idempotencyKey: string | undefined;
  /** Identifies a job another program put into the queue; undefined for swarmd's own submissions. */
  queueJob: string | undefined;
  privacy: Privacy;
  priority: number;
  attempts: number;
  budget: NanoUsd | undefined;
  deadlineAt: number | undefined;
  runAt: number | undefined;
  tags: readonly string[];
  createdAt: number;
  /** Checked, and taken, when a parent is named; `spawn` brings its own. */
  treeLimits?: TreeLimits;
}

export interface ActionRecord extends Omit<NewAction, 'idempotencyKey' | 'queueJob' | 'treeLimits'> {
  idempotencyKey: string | null;
  queueJob: string | null;
  rootId: string;
  depth: number;
  status: ActionStatus;
  /** When waiting: `children`, `slot`, `approval`. When delayed for want of money: `budget`, `budget_paused`. Else null. */
  waitingFor: string | null;
  /** Raised by every claim; every later write of that claim must show it, so a worker that lost its job cannot write. */
  fence: number;
  attemptsMade: number;
  /** How many times a worker died while holding it. */
  crashes: number;
  startedAt: number | null;
  finishedAt: number | null;
  complexity: Complexity | null;
  tier: TierName | null;
  model: string | null;
  quality: number | null;
  /** All calls of this action so far. */
  cost: NanoUsd;
  /** For a root: all calls of its tree so far, its own included; 0 for every other. */
  treeCost: NanoUsd;
  degraded: string | null;
  cached: boolean;
  reason: string | null;
  answer: string | null;
  error: ActionError | null;
  trail: RouteTrail | null;
  /** What a resumed parent needs to go on (an agent's plan); opaque here. */
  state: Record<string, unknown> | null;
}

export interface ActionError {
  code: string;
  message: string;
  where?: string;
  retryable: boolean;
}

export interface ActionResult {
  status: 'completed' | 'failed' | 'cancelled';
  complexity?: Complexity;
  tier?: TierName;
  model?: string;
  quality?: number;
  degraded?: string;
  cached?: boolean;
  reason?: string;
  answer?: string;
  error?: ActionError;
  trail?: RouteTrail;
}

export interface TreeLimits {
  maxDepth: number;
  maxChildren: number;
  maxDescendants: number;
}

/** A limit on sub-agents that a spawn would exceed; nothing was added. */
export interface LimitRefusal {
  limit: 'depth' | 'children' | 'descendants';
  allowed: number;
  would: number;
}

export interface ActionFilter {
  status?: readonly ActionStatus[];
  type?: string;
  parentId?: string;
  rootId?: string;
  since?: number;
  tag?: string;
  client?: string;
  limit?: number;
}

export interface Actions {
  /** Commits (FULL) a new action, or returns the one with the same idempotency key or queue job. */
  accept(action: NewAction): Promise<{ action: ActionRecord; duplicate: boolean }>;
  /** Commits several, all or none. */
  acceptAll(actions: readonly NewAction[]): Promise<{ action: ActionRecord; duplicate: boolean }[]>;
  /**
   * Adds children to a running action: limits checked and taken, budgets carved and rows written in one
   * transaction. With an idempotency key per child a repeated call adds nothing twice.
   */
  spawn(
    parentId: string,
    fence: number,
    children: readonly NewAction[],
    limits: TreeLimits,
  ): Promise<{ ok: true; children: ActionRecord[] } | { ok: false; refusal: LimitRefusal }>;
  /** Takes an action for a worker. Undefined when it is terminal or unknown. A claim of a running action counts as a crash of its holder. */
  claim(id: string, at: number): Promise<ActionRecord | undefined>;
  /** Puts a claimed action aside. False when the fence is stale. `attempt: true` counts one attempt. */
  park(park: {
    id: string;
    fence: number;
    status: 'queued' | 'waiting' | 'delayed';
    waitingFor?: string;
    runAt?: number;
    attempt?: boolean;
    error?: ActionError;
    state?: Record<string, unknown>;
    at: number;
  }): Promise<boolean>;
  /**
   * Records the one outcome (FULL), and with it what has to be told of it. False when the fence is stale or the
   * action already terminal.
   */
  finish(
    id: string,
    fence: number,
    result: ActionResult,
    at: number,
    outbox?: readonly OutboxRow[],
  ): Promise<boolean>;
  /** Cancels it whatever holds it (and its descendants); returns the ids that were cancelled now. */
  cancel(id: string, reason: string, at: number): Promise<string[]>;
  /** A failed or cancelled action back to `queued` with its attempts counted anew. */
  retry(id: string, at: number): Promise<ActionRecord | undefined>;

  get(id: string): ActionRecord | undefined;
  byQueueJob(queueJob: string): ActionRecord | undefined;
  /** Newest first; without answers, inputs and trails (they may be large). */
  list(filter: ActionFilter): ActionSummary[];
  children(parentId: string): ActionSummary[];
  pendingChildren(parentId: string): number;
  tree(rootId: string): ActionSummary[];
  /** Those that wait for money back to `queued`, however long they were to wait yet; returns which. */
  releaseFromBudget(which: 'all' | 'paused'): Promise<ActionSummary[]>;
  /** How many wait for what, by `waitingFor`. */
  waitingCounts(): Readonly<Record<string, number>>;
  /** Every action that is not terminal, oldest first, in pages: what the reconciler compares with the queue. */
  open(after: string | undefined, limit: number): ActionSummary[];
  counts(): Record<ActionStatus, number>;
}

export type ActionSummary = Omit<ActionRecord, 'input' | 'answer' | 'trail' | 'state'> & {
  /** The first 120 characters of what was asked, control characters removed. */
  title: string;
};
