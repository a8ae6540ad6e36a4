import { isDeepStrictEqual } from 'node:util';
import { SwarmdError } from '../config/errors.ts';
import type { NanoUsd } from '../config/money.ts';
import type { Privacy } from '../router/types.ts';
import { getAction } from './action-reads.ts';
import { type SummaryRow, titleOf, toSummary } from './action-rows.ts';
import type { Cell, Store } from './database.ts';
import { type OutboxRow, putOutbox } from './outbox.ts';
import * as sql from './sql/actions.ts';
import {
  type ActionRecord,
  type ActionResult,
  type ActionStatus,
  type ActionSummary,
  type Actions,
  type LimitRefusal,
  type NewAction,
  type TreeLimits,
  terminalStatuses,
} from './types/actions.ts';

interface Parent {
  id: string;
  root_id: string;
  depth: number;
  status: ActionStatus;
  fence: number;
  client: string | null;
  privacy: Privacy;
  deadline_at: number | null;
  /** null: no budget, nothing to carve from. */
  remainder_nano: NanoUsd | null;
}

type Accepted = { action: ActionRecord; duplicate: boolean };

// ------------------------------------------------------------------------------------ accepting, spawning

export function acceptActions(store: Store, actions: readonly NewAction[]): Accepted[] {
  return actions.map((action) => acceptAction(store, action));
}

export function acceptAction(store: Store, action: NewAction): Accepted {
  const existing = duplicateOf(store, action);
  if (existing !== undefined) {
    assertSameRequest(existing, action);
    return { action: existing, duplicate: true };
  }
  if (action.parentId === undefined) {
    insert(store, action, undefined, action.budget);
  } else {
    const parent = openParent(store, action.parentId, action.client);
    const refusal = action.treeLimits && exceededLimit(store, parent, 1, action.treeLimits);
    if (refusal !== undefined) throw tooMany(action.parentId, refusal);
    insert(store, action, parent, carve(store, parent, action.budget, 1));
  }
  return { action: known(store, action.id), duplicate: false };
}

export function spawnActions(
  store: Store,
  input: { parentId: string; fence: number; children: readonly NewAction[]; limits: TreeLimits },
): { ok: true; children: ActionRecord[] } | { ok: false; refusal: LimitRefusal } {
  const { limits, children } = input;
  const parent = openParent(store, input.parentId);
  if (parent.fence !== input.fence) {
    throw new SwarmdError('CONFLICT', `another worker holds the action ${parent.id} now`, {
      where: 'fence',
    });
  }
  const added = children.filter((child) => duplicateOf(store, child) === undefined);
  const refusal = added.length === 0 ? undefined : exceededLimit(store, parent, added.length, limits);
  if (refusal !== undefined) return { ok: false, refusal };
  // Stated budgets are carved first; the others share what is left with the parent, which has to go on.
  let sharers = added.filter((child) => child.budget === undefined).length;
  for (const child of added.toSorted(
    (a, b) => Number(b.budget !== undefined) - Number(a.budget !== undefined),
  )) {
    const budget = carve(store, openParent(store, parent.id), child.budget, sharers);
    if (child.budget === undefined) sharers -= 1;
    insert(store, child, parent, budget);
  }
  return {
    ok: true,
    children: children.map((child) => duplicateOf(store, child) ?? known(store, child.id)),
  };
}

function tooMany(parentId: string, { limit, allowed, would }: LimitRefusal): SwarmdError {
  return new SwarmdError('LIMIT_REACHED', `the ${limit} below ${parentId} would be ${would}`, {
    where: 'parent_id',
    allowed: `at most ${allowed} (agents.max_${limit})`,
  });
}

function exceededLimit(
  store: Store,
  parent: Parent,
  added: number,
  limits: TreeLimits,
): LimitRefusal | undefined {
  const depth = parent.depth + 1;
  if (depth > limits.maxDepth) return { limit: 'depth', allowed: limits.maxDepth, would: depth };
  const children = count(store, sql.countChildren, parent.id) + added;
  if (children > limits.maxChildren) {
    return { limit: 'children', allowed: limits.maxChildren, would: children };
  }
  const descendants = count(store, sql.countDescendants, { root: parent.root_id }) + added;
  if (descendants > limits.maxDescendants) {
    return { limit: 'descendants', allowed: limits.maxDescendants, would: descendants };
  }
  return undefined;
}

/** A key that comes back with another request is a mistake of the caller's: the first answer would be a wrong one. */
function assertSameRequest(existing: ActionRecord, action: NewAction): void {
  const same =
    existing.type === action.type &&
    isDeepStrictEqual(existing.input, JSON.parse(JSON.stringify(action.input)));
  if (same || action.idempotencyKey === undefined || existing.idempotencyKey !== action.idempotencyKey)
    return;
  throw new SwarmdError(
    'CONFLICT',
    `the idempotency key "${action.idempotencyKey}" was used for another request (action ${existing.id})`,
    { where: 'idempotency_key', allowed: 'a new key for a new request, or the same request again' },
  );
}

function duplicateOf(store: Store, action: NewAction): ActionRecord | undefined {
  const row = store.get<{ id: string }>(sql.selectDuplicate, {
    id: action.id,
    queue_job: action.queueJob ?? null,
    client: action.client ?? null,
    idempotency_key: action.idempotencyKey ?? null,
  });
  return row === undefined ? undefined : known(store, row.id);
}

function openParent(store: Store, id: string, client?: string): Parent {
  const parent = store.get<Parent>(sql.selectParent, id);
  // What belongs to somebody else does not exist for a client, whatever state it is in.
  if (parent === undefined || (client !== undefined && parent.client !== client)) throw noParent(id);
  if (terminalStatuses.includes(parent.status)) {
    throw new SwarmdError('CONFLICT', `the action ${id} is ${parent.status} and takes no more children`, {
      where: 'parent_id',
    });
  }
  return parent;
}

function noParent(id: string): SwarmdError {
  return new SwarmdError('NOT_FOUND', `no action ${id}`, { where: 'parent_id' });
}

/**
 * Takes a child's budget out of what its parent has left, so that a tree can never spend more than its root.
 * A stated budget is cut to the remainder; without one the child gets an equal share of it, counting the
 * parent and every sibling that also stated none.
 */
function carve(
  store: Store,
  parent: Parent,
  wanted: NanoUsd | undefined,
  sharers: number,
): NanoUsd | undefined {
  if (parent.remainder_nano === null) return wanted;
  const remainder = Math.max(0, parent.remainder_nano);
  const amount = wanted === undefined ? Math.floor(remainder / (sharers + 1)) : Math.min(wanted, remainder);
  store.run(sql.carve, { id: parent.id, amount });
  return amount;
}

function insert(
  store: Store,
  action: NewAction,
  parent: Parent | undefined,
  budget: NanoUsd | undefined,
): void {
  const deadlines = [action.deadlineAt, parent?.deadline_at ?? undefined].filter((at) => at !== undefined);
  store.run(sql.insertAction, {
    id: action.id,
    type: action.type,
    status: action.runAt === undefined ? 'queued' : 'delayed',
    parent_id: parent?.id ?? null,
    root_id: parent?.root_id ?? action.id,
    depth: parent === undefined ? 0 : parent.depth + 1,
    client: action.client ?? parent?.client ?? null,
    agent: action.agent ?? null,
    idempotency_key: action.idempotencyKey ?? null,
    queue_job: action.queueJob ?? null,
    // What is private stays private below.
    privacy: parent?.privacy === 'local' ? 'local' : action.privacy,
    priority: action.priority,
    attempts: action.attempts,
    budget_nano: budget ?? null,
    deadline_at: deadlines.length === 0 ? null : Math.min(...deadlines),
    run_at: action.runAt ?? null,
    created_at: action.createdAt,
    title: titleOf(action.input),
    tags: JSON.stringify(action.tags),
    input: JSON.stringify(action.input),
  });
}

// ------------------------------------------------------------------------------------------- a job's life

export function claimAction(store: Store, input: { id: string; at: number }): ActionRecord | undefined {
  return store.run(sql.claim, input).changes === 0 ? undefined : known(store, input.id);
}

export function parkAction(store: Store, park: Parameters<Actions['park']>[0]): boolean {
  const { changes } = store.run(sql.park, {
    id: park.id,
    fence: park.fence,
    status: park.status,
    waiting_for: park.waitingFor ?? null,
    run_at: park.runAt ?? null,
    attempt: park.attempt === true ? 1 : 0,
    error: park.error === undefined ? null : JSON.stringify(park.error),
    state: park.state === undefined ? null : JSON.stringify(park.state),
  });
  return changes === 1;
}

export function finishAction(
  store: Store,
  input: {
    id: string;
    fence: number;
    result: ActionResult;
    at: number;
    outbox?: readonly OutboxRow[] | undefined;
  },
): boolean {
  const { result, outbox = [] } = input;
  const { changes } = store.run(sql.finish, {
    id: input.id,
    fence: input.fence,
    at: input.at,
    status: result.status,
    complexity: result.complexity ?? null,
    tier: result.tier ?? null,
    model: result.model ?? null,
    quality: result.quality ?? null,
    degraded: result.degraded ?? null,
    cached: result.cached === true ? 1 : 0,
    reason: result.reason ?? null,
    answer: result.answer?.toWellFormed() ?? null,
    error: result.error === undefined ? null : JSON.stringify(result.error),
    trail: result.trail === undefined ? null : JSON.stringify(result.trail),
  });
  if (changes === 1) giveBackUnspent(store, input.id);
  if (changes === 1) putOutbox(store, { rows: outbox, at: input.at });
  return changes === 1;
}

export function cancelAction(store: Store, input: { id: string; reason: string; at: number }): string[] {
  // The deepest first, so that what a child gives back is passed on by its parent.
  const ids = store.all<{ id: string }>(sql.selectOpenDescendants, { id: input.id }).map((row) => row.id);
  for (const id of ids) {
    store.run(sql.cancel, { id, reason: input.reason, at: input.at });
    giveBackUnspent(store, id);
  }
  return ids;
}

/** Whoever waits for money may be tried now. The record first: the queue follows, or is repaired from it. */
export function releaseFromBudget(store: Store, input: { which: 'all' | 'paused' }): ActionSummary[] {
  const waits = input.which === 'paused' ? ['budget_paused'] : ['budget', 'budget_paused'];
  return store.all<SummaryRow>(sql.releaseFromBudget, { waits: JSON.stringify(waits) }).map(toSummary);
}

/** An ended child's unspent budget returns to its parent, and on upwards as long as that has ended too. */
export function giveBackUnspent(store: Store, id: string): void {
  let child = id;
  for (;;) {
    const row = store.get<{ parent_id: string; unspent_nano: NanoUsd }>(sql.selectUnspent, child);
    if (row === undefined || row.unspent_nano <= 0) return;
    store.run(sql.returnBudget, { id: child, amount: row.unspent_nano });
    store.run(sql.takeBack, { id: row.parent_id, amount: row.unspent_nano });
    child = row.parent_id;
  }
}

export function retryAction(store: Store, input: { id: string; at: number }): ActionRecord | undefined {
  if (store.run(sql.retry, { id: input.id }).changes === 0) return undefined;
  const returned = store.get<{ returned_nano: NanoUsd }>(sql.selectReturned, input.id);
  if (returned !== undefined) regrant(store, input.id, returned.returned_nano);
  return known(store, input.id);
}

/** What an ended action gave back is carved anew for its retry, as far as it is still there above. */
function regrant(store: Store, id: string, wanted: NanoUsd): void {
  const row = store.get<{ parent_id: string; returned_nano: NanoUsd }>(sql.selectReturned, id);
  if (row === undefined) return;
  const amount = Math.min(wanted, row.returned_nano);
  const left = store.get<Parent>(sql.selectParent, row.parent_id)?.remainder_nano ?? 0;
  if (left < amount) regrant(store, row.parent_id, amount - Math.max(0, left));
  const parent = store.get<Parent>(sql.selectParent, row.parent_id);
  if (parent === undefined) return;
  const granted = carve(store, parent, amount, 0) ?? 0;
  store.run(sql.returnBudget, { id, amount: -granted });
}

function known(store: Store, id: string): ActionRecord {
  const action = getAction(store, id);
  if (action === undefined) throw new SwarmdError('INTERNAL', `the action ${id} is not in the file`);
  return action;
}

function count(store: Store, statement: string, parameter: Cell | Record<string, Cell>): number {
  return store.get<{ count: number }>(statement, parameter)?.count ?? 0;
}
