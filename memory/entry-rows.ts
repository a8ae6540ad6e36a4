import type { Cell } from './database.ts';
import type { Entry, EntryTrust } from './types/entries.ts';

export interface EntryRow {
  id: number;
  timestamp: number;
  ordered_at: number;
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
  chat_id: string | null;
  role: string | null;
  visibility: string;
  project: string | null;
  task_id: string | null;
  metric: string | null;
  status: string;
  superseded_by: number | null;
  superseded_at: number | null;
  client: string | null;
  trust: EntryTrust;
  confirmed_by: string | null;
  seen_count: number;
  exact: string | null;
}

export const entryColumns = `
  entries.id, timestamp, ordered_at, type, topic, text, choice, rationale, session, source, importance, due, links,
  scope, chat_id, role, visibility, project, task_id, metric, status, superseded_by, superseded_at, client, trust,
  confirmed_by, seen_count, exact`
  .trim()
  .replaceAll(/(?<=, |^)(text|topic|choice|rationale)(?=,|$)/gm, 'entries.$1');

export function toEntry(row: EntryRow): Entry {
  const entry: Entry = {
    id: row.id,
    timestamp: row.timestamp,
    type: row.type,
    topic: row.topic,
    text: row.text,
    choice: row.choice,
    rationale: row.rationale,
    session: row.session,
    source: row.source,
    importance: row.importance,
    due: row.due,
    links: row.links,
    scope: row.scope,
    chatId: row.chat_id,
    role: row.role,
    visibility: row.visibility,
    project: row.project,
    taskId: row.task_id,
    metric: row.metric,
    status: row.status,
    supersededBy: row.superseded_by,
    supersededAt: row.superseded_at,
    client: row.client,
    trust: row.trust,
    confirmedBy: row.confirmed_by,
    seenCount: row.seen_count,
  };
  return row.exact === null ? entry : Object.assign(entry, JSON.parse(row.exact));
}

const freeText = [
  'text',
  'topic',
  'choice',
  'rationale',
  'session',
  'source',
  'links',
  'chatId',
  'role',
  'project',
  'taskId',
  'metric',
] as const;

/**
 * SQLite holds UTF-8, which has no half of a surrogate pair. A field that contains one is kept beside the
 * readable columns as JSON, whose escapes do hold it; null where every field is well formed.
 */
export function exactFields(entry: Partial<Entry>): string | null {
  const broken = freeText.filter((field) => entry[field]?.isWellFormed() === false);
  if (broken.length === 0) return null;
  return JSON.stringify(Object.fromEntries(broken.map((field) => [field, entry[field]])));
}

/** The form others see: HTTP, `--json`, exports; named as the columns are, times as ISO 8601 text. */
export function toJson(entry: Entry): Record<string, Cell> {
  return {
    id: entry.id,
    timestamp: new Date(entry.timestamp).toISOString(),
    type: entry.type,
    topic: entry.topic,
    text: entry.text,
    choice: entry.choice,
    rationale: entry.rationale,
    session: entry.session,
    source: entry.source,
    importance: entry.importance,
    due: entry.due,
    links: entry.links,
    scope: entry.scope,
    chat_id: entry.chatId,
    role: entry.role,
    visibility: entry.visibility,
    project: entry.project,
    task_id: entry.taskId,
    metric: entry.metric,
    status: entry.status,
    superseded_by: entry.supersededBy,
    superseded_at: entry.supersededAt === null ? null : new Date(entry.supersededAt).toISOString(),
    client: entry.client,
    trust: entry.trust,
    confirmed_by: entry.confirmedBy,
    seen_count: entry.seenCount,
  };
}
