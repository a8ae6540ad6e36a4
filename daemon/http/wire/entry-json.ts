import type { Entry } from '../../../memory/types.ts';
import { iso } from './units.ts';

export function entryJson(entry: Entry): Record<string, unknown> {
  return {
    id: entry.id,
    timestamp: iso(entry.timestamp),
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
    superseded_at: iso(entry.supersededAt),
  };
}
