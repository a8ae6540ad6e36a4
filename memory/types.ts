/**
 * What the daemon asks of the memory. The record of everything is one SQLite file; `memory.ts` opens it for
 * the daemon (writes go to a worker thread with group commit, short indexed reads stay here) and `mem-db`
 * opens it directly. Both run the same functions. Rows are named as their columns are, in camelCase.
 */
import type { Complexity, TierName } from '../config/config.ts';
import type { NanoUsd } from '../config/money.ts';
import type { DriftRow } from '../router/learning/drift.ts';
import type { LearnedFile } from '../router/learning/model-file.ts';
import type {
  AnswerCache,
  AnswerLabel,
  BudgetRefusal,
  CallRole,
  CheckResult,
  LabelSource,
  Ledger,
  PassRates,
  Privacy,
  RouteTrail,
} from '../router/types.ts';
import type { BudgetChange, BudgetLimits } from './budget-limits.ts';
import type { Clients } from './clients.ts';
import type { Experiments } from './experiments.ts';
import type { OutboxRow } from './outbox.ts';

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

/** One row of `calls`, as `explain`, `costs` and the ledger's readers see it. */
export interface CallRecord {
  id: string;
  actionId: string;
  runId: string | null;
  rootId: string | null;
  parentId: string | null;
  client: string | null;
  agent: string | null;
  role: string;
  type: string;
  complexity: Complexity;
  tier: TierName;
  provider: string;
  model: string;
  modelId: string;
  inputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
  reasoningTokens: number;
  reserved: NanoUsd;
  cost: NanoUsd;
  settlement: string;
  outcome: string;
  accepted: boolean | null;
  quality: number | null;
  checks: unknown;
  reason: string | null;
  escalatedFrom: string | null;
  errorClass: string | null;
  errorMessage: string | null;
  latencyMs: number | null;
  firstTokenMs: number | null;
  loadMs: number | null;
  /** The experiment it was made in, and the arm. */
  experiment: string | null;
  arm: string | null;
  startedAt: number;
  finishedAt: number | null;
}

export interface BudgetStatus {
  /** The budget's day, `2026-11-21`, in `cost_control.time_zone`. */
  day: string;
  spent: NanoUsd;
  reserved: NanoUsd;
  /** Calls whose cost is not known and which are charged in full. */
  unknown: NanoUsd;
  unknownCalls: number;
  apiCalls: number;
  dailyLimit: NanoUsd;
  monthSpent: NanoUsd;
  monthlyLimit: NanoUsd;
  dailyApiCalls: number;
  resetsAt: number;
  /** Nothing may be spent until `swarmd budget resume`. */
  paused?: { at: number; reason: string };
  /** Every limit, in force or not (value 0, for `share` 1). */
  limits: readonly LimitStatus[];
}

/** One limit as it stands now. */
export interface LimitStatus {
  /** `day`, `month`, `api-calls`, `type`, `agent`, `client`, `tree`, `share`: as in a refusal. */
  limit: string;
  /** Of the type, agent or client. */
  name?: string;
  /** Nano-dollars; calls for `api-calls`; for `share` 0..1 of what is left. */
  value: number;
  /** `cost_control.daily_budget`, `swarmd budget set daily_budget` … */
  setBy: string;
  spent: number;
  reserved: number;
  /** `alert_threshold` percent of it are used. */
  alert: boolean;
  resetsAt: number | undefined;
}

export interface Budget {
  status(): BudgetStatus;
  /** Would an API call of this size be refused now? A read; `begin` decides. */
  wouldRefuse(
    reserve: NanoUsd,
    origin: { actionId: string; agent?: string; client?: string; experiment?: string },
    role?: CallRole,
  ): BudgetRefusal | undefined;
  /** Changes the limits in force, for every process that uses this file, from the commit on. Throws USAGE. */
  change(change: BudgetChange): Promise<void>;
  /** States what an `unknown` call cost after all. False when there is no such call. */
  settle(callId: string, cost: NanoUsd): Promise<boolean>;
  /** The same for the calls of a provider's usage report; all or none. Throws INPUT_INVALID. */
  settleAll(report: UsageReport): Promise<SettledReport>;
}

/** What a provider says its calls cost: by our call's id, or a sum of one model and one day (UTC). */
export type UsageReport = readonly (
  | { callId: string; cost: NanoUsd }
  | { day: string; model: string; cost: NanoUsd }
)[];

export interface SettledReport {
  settled: readonly { callId: string; before: NanoUsd; cost: NanoUsd }[];
  /** Lines that changed nothing, and why. */
  skipped: readonly { line: string; reason: string }[];
}

export interface TierTotals {
  tier: TierName;
  /** Requests answered by this tier (accepted answers). */
  answers: number;
  calls: number;
  inputTokens: number;
  outputTokens: number;
  cost: NanoUsd;
  meanQuality: number | null;
}

/** Finished calls summed by the columns asked for; a column not asked for is absent. */
export interface CallSums {
  /** `2026-11-21`, in `cost_control.time_zone`. */
  day?: string;
  tier?: TierName;
  type?: string;
  model?: string;
  role?: string;
  outcome?: string;
  calls: number;
  inputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  outputTokens: number;
  cost: NanoUsd;
  /** Of these, the accepted answers: what one model alone would have had to do (cache hits not counted). */
  answers: number;
  /** Tokens of the accepted answers' calls; `answerInputTokens` with cache reads and writes included. */
  answerInputTokens: number;
  answerOutputTokens: number;
}

export const callSumColumns = ['day', 'tier', 'type', 'model', 'role', 'outcome'] as const;
export type CallSumColumn = (typeof callSumColumns)[number];

export interface Calls {
  forAction(actionId: string): CallRecord[];
  /** Started at or after `since` and before `until`, summed by these columns, in their order; of one client where one is named. */
  sums(since: number, until: number, by: readonly CallSumColumn[], client?: string): CallSums[];
  totals(
    since: number,
    until: number,
  ): { byTier: TierTotals[]; cacheHits: number; cost: NanoUsd; critiqueCalls: number };
  /** Calls charged in full because what they cost is not known, oldest first. */
  unknown(): CallRecord[];
}

export interface Entry {
  id: number;
  timestamp: number;
  type: string;
  topic: string | null;
  text: string;
  choice: string | null;
  rationale: string | null;
  session: string | null;
  source: string | null;
  importance: 'H' | 'M' | 'L' | null;
  due: string | null;
  links: string | null;
  scope: string;
  chatId: string | null;
  role: string | null;
  visibility: string;
  project: string | null;
  taskId: string | null;
  metric: string | null;
  status: string;
  supersededBy: number | null;
  supersededAt: number | null;
  /** The client or identity that wrote it; null: the owner. */
  client: string | null;
  /** Where the text comes from. What is `untrusted` never becomes a directive. */
  trust: EntryTrust;
  /** Who confirmed a decision or lesson as binding for agents; null: nobody. */
  confirmedBy: string | null;
  /** How often it was written: a duplicate raises this instead of adding a row. */
  seenCount: number;
}

/** `person`: typed by the owner; `agent`: an agent's own conclusion; `untrusted`: taken from a page, a file, a tool's output. */
export type EntryTrust = 'person' | 'agent' | 'untrusted';

export type NewEntry = Pick<Entry, 'type' | 'text'> & Partial<Omit<Entry, 'id' | 'type' | 'text'>>;

/**
 * Who reads or writes, where it is not the owner of the file: a client with a token, an agent, a chat. The
 * daemon and the MCP server state it; it does not come from what is asked. Not a wall against a shell of the
 * same user, who can read the file itself.
 */
export interface Identity {
  client: string;
  role?: string | undefined;
  chatId?: string | undefined;
  project?: string | undefined;
}

export interface SearchResult {
  entry: Entry;
  score: number;
  /** Its place among the word matches and among the nearest vectors, from 1; undefined: not among them. */
  wordRank: number | undefined;
  vectorRank: number | undefined;
}

export interface TodoClaim {
  todo: Entry;
  holder: string;
  /** Raised by every claim: a holder whose lease ran out and went to another cannot close the todo any more. */
  fence: number;
  until: number;
}

/** Without an identity everything here acts for the owner. What an identity may not see does not exist for it. */
export interface Entries {
  /** Stores an entry, or returns the one that says the same already, counted once more. */
  write(entry: NewEntry, identity?: Identity): Promise<Entry>;
  /** The same grammar as `mem-db query`: `['topic=auth', 'recent=7d']`. */
  query(terms: readonly string[], now: number, identity?: Identity): Entry[];
  /** Undefined also for what the identity may not see. */
  get(id: number, identity?: Identity): Entry | undefined;
  /** By words, and by meaning too where a vector of the entries' own model is given; best first. */
  search(
    text: string,
    options: { limit: number; identity?: Identity; vector?: readonly number[] },
  ): Promise<SearchResult[]>;
  /** What was written after an id, oldest first, and the id to go on from; without an id only where the file stands. */
  newer(
    after: number | undefined,
    terms: readonly string[],
    identity?: Identity,
  ): { entries: Entry[]; after: number };
  /** Confirmed decisions and lessons in force, the important ones first: what agents must heed. */
  directives(identity: Identity | undefined, limit: number): Entry[];
  /** Active decisions on the same topic that choose something else. */
  conflicts(entry: Entry, identity?: Identity): Entry[];
  supersede(id: number, by: number | Partial<NewEntry>, identity?: Identity): Promise<Entry>;
  /** Makes a decision or lesson binding for agents; throws DENIED for text from untrusted content. */
  confirm(id: number, by: string): Promise<Entry>;
  /** Takes a todo (the most pressing free one without an id) until the lease ends; undefined: none is free. */
  claimTodo(claim: {
    id?: number;
    holder: string;
    leaseMs: number;
    identity?: Identity;
  }): Promise<TodoClaim | undefined>;
  /** Closes a claimed todo, or opens it again; throws CONFLICT when the claim is over. */
  closeTodo(close: {
    id: number;
    state: 'DONE' | 'BLOCKED' | 'OPEN';
    text?: string;
    fence?: number;
    holder?: string;
    identity?: Identity;
  }): Promise<Entry>;
  todoContext(id: number, identity?: Identity): { todo: Entry; related: Entry[] };
  /** The model whose vectors the entries have; undefined: none has one. */
  embeddedBy(): string | undefined;
  /**
   * Which model the entries' vectors are of, how many have one, and how many lack one of the model named; of the
   * entries after an id, or of all, which takes seconds of a large file.
   */
  embeddings(
    model?: string,
    after?: number,
  ): { model: string | undefined; embedded: number; missing: number };
  /**
   * Gives entries without a vector of this model one, batch by batch, until none lacks it, `embed` answers
   * undefined (not now) or the signal ends it. Returns how many. `progress` is told after each batch.
   */
  embedMissing(options: {
    model: string;
    /** Only entries after this id: those up to it are known to have their vector. */
    after?: number;
    /** Texts of one batch; default 64. */
    batchSize?: number;
    /** A text without a vector is one the model refuses; its entry goes without. */
    embed: (texts: readonly string[]) => Promise<(readonly number[] | undefined)[] | undefined>;
    signal?: AbortSignal;
    progress?: (embedded: number, missing: number) => void;
  }): Promise<number>;
}

/** A new label; the features of the answer are taken from its row in the ledger. */
export type NewLabel = AnswerLabel;

/** What is known of one answer's truth, by one source, with what the gate saw. No text of prompt or answer. */
export interface LabelRecord extends Omit<NewLabel, 'note'> {
  actionId: string;
  type: string;
  complexity: Complexity;
  tier: TierName;
  model: string;
  quality: number | null;
  accepted: boolean | null;
  checks: readonly CheckResult[] | null;
  /** The critique's score; null where nobody was asked. */
  critique: number | null;
  note: string | null;
}

export interface LabelFilter {
  /** Given at or after this, and before `until`. */
  since?: number;
  until?: number;
  type?: string;
  source?: LabelSource;
  actionId?: string;
  /** `answer`: one label an answer, the surest of several; `label` (default): each of them. */
  each?: 'label' | 'answer';
  limit?: number;
}

export interface LabelTally {
  source: LabelSource;
  label: NewLabel['label'];
  count: number;
}

export interface Labels {
  /** Adds a label, or replaces the one this source gave this answer before. False: the ledger has no such answer. */
  add(label: NewLabel): Promise<boolean>;
  /** Oldest first. */
  list(filter?: LabelFilter): LabelRecord[];
  tally(since: number, until: number): LabelTally[];
}

/** What the ledger says of what was learned. */
export interface Learning {
  /** Have answers changed since the gate was calibrated? */
  drift(learned: LearnedFile, now: number): DriftRow[];
}

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
