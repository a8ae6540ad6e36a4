import { type ActionRow, type SummaryRow, toRecord, toSummary } from './action-rows.ts';
import type { Cell, Store } from './database.ts';
import * as sql from './sql/actions.ts';
import type { ActionFilter, ActionRecord, ActionStatus, ActionSummary } from './types/actions.ts';

export function getAction(store: Store, id: string): ActionRecord | undefined {
  const row = store.get<ActionRow>(sql.selectAction, id);
  return row === undefined ? undefined : toRecord(row);
}

export function getActionByQueueJob(store: Store, queueJob: string): ActionRecord | undefined {
  const row = store.get<ActionRow>(sql.selectActionByQueueJob, queueJob);
  return row === undefined ? undefined : toRecord(row);
}

export function listActions(store: Store, filter: ActionFilter): ActionSummary[] {
  const conditions: string[] = [];
  const parameters: Record<string, Cell> = { limit: filter.limit ?? 100 };
  const add = (condition: string, name: string, value: Cell | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    parameters[name] = value;
  };
  add(
    'status in (select value from json_each(@status))',
    'status',
    filter.status && JSON.stringify(filter.status),
  );
  add('type = @type', 'type', filter.type);
  add('parent_id = @parent', 'parent', filter.parentId);
  add('root_id = @root', 'root', filter.rootId);
  add('created_at >= @since', 'since', filter.since);
  add('client = @client', 'client', filter.client);
  add('exists (select 1 from json_each(tags) where value = @tag)', 'tag', filter.tag);
  return store.all<SummaryRow>(sql.selectActions(conditions), parameters).map(toSummary);
}

export function listChildren(store: Store, parentId: string): ActionSummary[] {
  return store.all<SummaryRow>(sql.selectChildren, parentId).map(toSummary);
}

export function pendingChildren(store: Store, parentId: string): number {
  return store.get<{ count: number }>(sql.countPendingChildren, parentId)?.count ?? 0;
}

export function listTree(store: Store, rootId: string): ActionSummary[] {
  return store.all<SummaryRow>(sql.selectTree, rootId).map(toSummary);
}

export function listOpen(store: Store, after: string | undefined, limit: number): ActionSummary[] {
  return store.all<SummaryRow>(sql.selectOpen, { after: after ?? null, limit }).map(toSummary);
}

export function countWaiting(store: Store): Readonly<Record<string, number>> {
  const rows = store.all<{ waiting_for: string; count: number }>(sql.selectWaitingCounts, {});
  return Object.fromEntries(rows.map((row) => [row.waiting_for, row.count]));
}

export function countActions(store: Store): Record<ActionStatus, number> {
  const rows = store.all<{ status: ActionStatus; count: number }>(sql.selectCounts);
  return Object.fromEntries(rows.map((row) => [row.status, row.count])) as Record<ActionStatus, number>;
}
