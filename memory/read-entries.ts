import { SwarmdError } from '../config/errors.ts';
import type { Incoming } from './import-entries.ts';
import { instantMs } from './time-words.ts';
import type { EntryTrust, NewEntry } from './types/entries.ts';

/**
 * Reads one line of a file of memories: this program's export (an object), or the predecessor's arrays of 8
 * or 13 fields. Undefined for blank lines and `#` comments. Throws INPUT_INVALID.
 */
export function readEntryLine(text: string, line: number, now: number): Incoming | undefined {
  const bare = text.trim();
  if (bare === '' || bare.startsWith('#')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(bare);
  } catch {
    throw new SwarmdError('INPUT_INVALID', 'not JSON', { where: `line ${line}` });
  }
  if (Array.isArray(value)) return { line, entry: fromArray(value, now) };
  if (typeof value === 'object' && value !== null) {
    const unknown = Object.keys(value).filter((key) => !known.has(names[key] ?? key));
    return { line, entry: fromObject(value as Record<string, unknown>, now), unknown };
  }
  throw new SwarmdError('INPUT_INVALID', 'neither an array nor an object', { where: `line ${line}` });
}

/** `[type, topic, text, choice, rationale, timestamp, session, source]`, then `importance, due, links, task_id, metric`. */
function fromArray(fields: readonly unknown[], now: number): NewEntry {
  if (fields.length !== 8 && fields.length !== 13) {
    throw new SwarmdError('INPUT_INVALID', `an array of ${fields.length} fields`, {
      allowed: '8 or 13 fields',
    });
  }
  const [
    type,
    topic,
    text,
    choice,
    rationale,
    timestamp,
    session,
    source,
    importance,
    due,
    links,
    task,
    metric,
  ] = fields;
  return fromObject(
    {
      type,
      topic,
      text,
      choice,
      rationale,
      timestamp,
      session,
      source,
      importance,
      due,
      links,
      task_id: task,
      metric,
    },
    now,
  );
}

/** Names as they are in the columns, in exports, and in the predecessor's table. */
const names: Readonly<Record<string, string>> = {
  anchor_type: 'type',
  anchor_topic: 'topic',
  anchor_choice: 'choice',
  anchor_rationale: 'rationale',
  anchor_session: 'session',
  anchor_source: 'source',
  agent_role: 'role',
  project_id: 'project',
};

/** The keys of an entry, as an export has them. */
const known: ReadonlySet<string> = new Set(
  `id timestamp type topic text choice rationale session source importance due links scope chat_id role visibility
   project task_id metric status superseded_by superseded_at client trust confirmed_by seen_count`.split(
    /\s+/,
  ),
);

export function fromObject(given: Record<string, unknown>, now: number): NewEntry & { id?: number } {
  const value: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(given)) value[names[name] ?? name] = field;
  const text = (name: string) => textOf(value[name]);
  const type = text('type');
  if (type === null) throw new SwarmdError('INPUT_INVALID', 'the type is missing', { where: 'type' });
  const timestamp = timeOf(value.timestamp, now);
  const supersededAt = timeOf(value.superseded_at, now);
  const importance = text('importance');
  return {
    ...(typeof value.id === 'number' && Number.isSafeInteger(value.id) ? { id: value.id } : {}),
    type,
    text: text('text') ?? '',
    ...(timestamp === undefined ? {} : { timestamp }),
    topic: text('topic'),
    choice: text('choice'),
    rationale: text('rationale'),
    session: text('session'),
    source: text('source'),
    // Checked again when it is stored; the predecessor also wrote empty strings.
    importance: importance as NewEntry['importance'] & (string | null),
    due: text('due'),
    links: linksOf(value.links),
    scope: text('scope') ?? 'shared',
    chatId: text('chat_id'),
    role: text('role'),
    visibility: text('visibility') ?? 'public',
    project: text('project'),
    taskId: text('task_id'),
    metric: text('metric'),
    status: text('status') ?? 'active',
    supersededBy: typeof value.superseded_by === 'number' ? value.superseded_by : null,
    supersededAt: supersededAt ?? null,
    client: text('client'),
    // Only this program's own export states it.
    trust: (text('trust') ?? 'agent') as EntryTrust,
    confirmedBy: text('confirmed_by'),
    seenCount: typeof value.seen_count === 'number' ? value.seen_count : 1,
  };
}

function textOf(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function linksOf(value: unknown): string | null {
  return Array.isArray(value) && value.length === 0 ? null : textOf(value);
}

/** ISO text, or seconds or milliseconds since 1970. */
function timeOf(value: unknown, now: number): number | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  if (typeof value === 'number') return Math.round(value < 1e11 ? value * 1000 : value);
  const text = String(value);
  return /^\d+(\.\d+)?$/.test(text) ? timeOf(Number(text), now) : instantMs(text, 'timestamp', now);
}
