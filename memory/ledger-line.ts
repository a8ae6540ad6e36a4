import type { NanoUsd } from '../config/money.ts';
import type { EqualColumn, Query } from './query.ts';
import type { Entry } from './types/entries.ts';

/** A line of a reserved topic: an entry, and what the ledger knows of it. */
export interface LedgerLine extends Entry {
  /** Of the action that the call was made for; `type` is the entry's. */
  actionType: string | null;
  tier: string;
  model: string | null;
  agent: string | null;
  day: string;
  cost: NanoUsd;
  quality: number | null;
  accepted: boolean;
}

export const blank = {
  choice: null,
  rationale: null,
  session: null,
  source: null,
  importance: null,
  due: null,
  links: null,
  scope: 'shared',
  chatId: null,
  role: null,
  visibility: 'public',
  project: null,
  taskId: null,
  metric: null,
  status: 'active',
  supersededBy: null,
  supersededAt: null,
  client: null,
  trust: 'person',
  confirmedBy: null,
  seenCount: 1,
} as const;

const fields: Readonly<Record<EqualColumn, keyof LedgerLine>> = {
  type: 'type',
  topic: 'topic',
  session: 'session',
  source: 'source',
  choice: 'choice',
  importance: 'importance',
  scope: 'scope',
  chat_id: 'chatId',
  role: 'role',
  visibility: 'visibility',
  project: 'project',
  task_id: 'taskId',
  metric: 'metric',
  client: 'client',
  tier: 'tier',
  model: 'model',
  agent: 'agent',
};

/** The filters of the grammar on a line; its time has been looked at already. */
export function matches(line: LedgerLine, query: Query): boolean {
  for (const [column, values] of Object.entries(query.equal)) {
    const value = line[fields[column as EqualColumn]];
    if (!values.includes(String(value ?? ''))) return false;
  }
  const text = line.text.toLowerCase();
  if (query.text !== undefined && !text.includes(query.text.toLowerCase())) return false;
  if (query.words !== undefined) {
    const words = query.words.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
    if (!words.every((word) => text.includes(word))) return false;
  }
  if (query.status !== undefined && query.status.length > 0 && !query.status.includes(line.status))
    return false;
  if (query.idFrom !== undefined && line.id < query.idFrom) return false;
  if (query.idTo !== undefined && line.id > query.idTo) return false;
  return query.dueFrom === undefined && query.dueTo === undefined;
}

export function comparison(query: Query): (a: LedgerLine, b: LedgerLine) => number {
  const { column, descending } = query.sort;
  const value = (line: LedgerLine): number | string => {
    if (column === 'time') return line.timestamp;
    return line[column] ?? '';
  };
  return (a, b) => {
    const [left, right] = [value(a), value(b)];
    const order = left < right ? -1 : left > right ? 1 : a.id - b.id;
    return descending ? -order : order;
  };
}
