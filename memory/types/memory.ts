/**
 * What the daemon asks of the memory. The record of everything is one SQLite file; `memory.ts` opens it for
 * the daemon (writes go to a worker thread with group commit, short indexed reads stay here) and `mem-db`
 * opens it directly. Both run the same functions. Rows are named as their columns are, in camelCase.
 */
import type { AnswerCache, Ledger, PassRates } from '../../router/types/outside.ts';
import type { BudgetLimits } from '../budget-limits.ts';
import type { Clients } from '../clients.ts';
import type { Experiments } from '../experiments.ts';
import type { OutboxRow } from '../outbox.ts';
import type { Actions } from './actions.ts';
import type { Budget } from './budget.ts';
import type { Calls } from './calls.ts';
import type { Entries } from './entries.ts';
import type { Labels, Learning } from './labels.ts';

/** Small named values that must survive a restart: the user's consent to spend, breakers, a pause. */
export interface State {
  get(key: string): unknown;
  set(key: string, value: unknown): Promise<void>;
}

/** Messages on their way out of the house; each goes when it has been delivered. */
export interface Outbox {
  /** Returns how many were kept: a channel holds a limited number. */
  put(rows: readonly OutboxRow[]): Promise<number>;
  /** The oldest of a channel. */
  pending(channel: string, limit: number): OutboxRow[];
  drop(row: Pick<OutboxRow, 'channel' | 'id'>): Promise<void>;
}

export interface Memory {
  readonly path: string;
  readonly actions: Actions;
  readonly calls: Calls;
  readonly ledger: Ledger;
  readonly budget: Budget;
  readonly cache: AnswerCache;
  readonly passRates: PassRates;
  readonly labels: Labels;
  readonly learning: Learning;
  readonly entries: Entries;
  readonly clients: Clients;
  readonly experiments: Experiments;
  readonly state: State;
  readonly outbox: Outbox;
  /** What a dead daemon left behind: calls without an end become `unknown`, charged in full. Returns how many. */
  recover(at: number): Promise<{ calls: number }>;
  /** True when a small write commits; what `/readyz` asks. */
  writable(): Promise<boolean>;
  /** Waits for every write so far, checkpoints and closes. */
  close(): Promise<void>;
}

/** What `openMemory` needs to know of the configuration. */
export interface MemoryOptions {
  path: string;
  /** The configured limits; a function where they can be reloaded. */
  budget: BudgetLimits | (() => BudgetLimits);
  cacheTtlMs: number;
  usageLogPath: string | undefined;
  now: () => number;
  /** Called with SQLite's and the writer's surprises; never with an expected outcome. */
  onError: (error: Error) => void;
}
