import { createHash } from 'node:crypto';
import { SwarmdError } from '../config/errors.ts';
import { didYouMean } from '../config/suggest.ts';
import type { Store } from './database.ts';
import { type EntryRow, entryColumns, exactFields, toEntry } from './entry-rows.ts';
import {
  entryStatuses,
  entryTypeCode,
  importanceOf,
  scopes,
  todoStates,
  visibilities,
} from './entry-types.ts';
import { signed } from './identity.ts';
import { reservedTopics } from './reserved-topics.ts';
import { ageless, readShown, shows } from './shown-entry.ts';
import { indexInserted, lastId, noteLate } from './text-index.ts';
import { assertDay } from './time-words.ts';
import type { Entry, EntryTrust, Identity, NewEntry } from './types/entries.ts';

const trusts: readonly EntryTrust[] = ['person', 'agent', 'untrusted'];

/** Types that say what happened at a moment: the same words an hour later are another event. */
const eventTypes: ReadonlySet<string> = new Set(['a', 'c', 'M', 'R', 'P']);
const eventWindowMs = 3_600_000;

const selectEntry = `select ${entryColumns} from entries where id = ?`;
const selectNewestOrder = 'select max(ordered_at) as last from entries';
const selectSame = `
  select id, timestamp, choice from entries where content_hash = @hash and status = 'active'
    and type in (select value from json_each(@types)) and topic is @topic
  order by id desc`;
const selectSaid = `
  select id from entries where content_hash = ? and status = 'active' order by id desc limit 100`;
const countSeen = `
  update entries set seen_count = seen_count + 1, last_seen_at = @now,
    importance = case when @importance = 'H' or importance is null then coalesce(@importance, importance) else importance end
  where id = @id`;
const insertRow = `
  insert into entries (id, timestamp, ordered_at, type, topic, text, choice, rationale, session, source, importance,
    due, links, scope, chat_id, role, visibility, project, task_id, metric, status, superseded_by, superseded_at,
    client, trust, confirmed_by, confirmed_at, seen_count, content_hash, exact)
  values (@id, @timestamp, @ordered_at, @type, @topic, @text, @choice, @rationale, @session, @source, @importance,
    @due, @links, @scope, @chat_id, @role, @visibility, @project, @task_id, @metric, @status, @superseded_by,
    @superseded_at, @client, @trust, @confirmed_by, @confirmed_at, @seen_count, @content_hash, @exact)`;

/**
 * Stores an entry and returns it as stored. The same content written again (see `sameContent`) returns the
 * entry that is there, counted once more. Throws INPUT_INVALID naming the field.
 */
export function writeEntry(
  store: Store,
  input: { entry: NewEntry; now: number; identity?: Identity | undefined },
): Entry {
  const entry = withTodoState(validEntry(signed(input.identity, input.entry)));
  // What is imported keeps even a day that no calendar has.
  if (entry.due != null) assertDay(entry.due, 'due');
  const hash = contentHash(entry);
  const duplicate = entry.timestamp === undefined ? sameContent(store, entry, hash, input.now) : undefined;
  if (duplicate !== undefined) {
    store.run(countSeen, { id: duplicate, now: input.now, importance: entry.importance ?? null });
    return known(store, duplicate);
  }
  return known(store, insert(store, entry, hash, input.now));
}

/** Stores an entry without looking for duplicates, under an id of its own where one is given and free. */
export function insertEntry(store: Store, entry: NewEntry, now: number, id?: number): Entry {
  const valid = validEntry(entry);
  return known(store, insert(store, valid, contentHash(valid), now, id));
}

function insert(store: Store, entry: NewEntry, hash: Buffer, now: number, id?: number): number {
  const newest = store.get<{ last: number | null }>(selectNewestOrder)?.last ?? 0;
  const orderedAt = orderOf(entry.timestamp, now, newest);
  const late = orderedAt < newest || (id !== undefined && id < lastId(store));
  const { lastInsertRowid } = store.run(insertRow, {
    id: id ?? null,
    timestamp: entry.timestamp ?? now,
    ordered_at: orderedAt,
    type: entry.type,
    topic: wellFormed(entry.topic),
    text: entry.text.toWellFormed(),
    // A todo is open until somebody takes it.
    choice: wellFormed(entry.choice) ?? (isTodo(entry.type) ? 'OPEN' : null),
    rationale: wellFormed(entry.rationale),
    session: wellFormed(entry.session),
    source: wellFormed(entry.source),
    importance: entry.importance ?? null,
    due: entry.due ?? null,
    links: wellFormed(entry.links),
    scope: entry.scope ?? (entry.type === 'c' ? 'chat' : 'shared'),
    chat_id: wellFormed(entry.chatId),
    role: wellFormed(entry.role),
    visibility: entry.visibility ?? 'public',
    project: wellFormed(entry.project),
    task_id: wellFormed(entry.taskId),
    metric: wellFormed(entry.metric),
    status: entry.status ?? 'active',
    superseded_by: entry.supersededBy ?? null,
    superseded_at: entry.supersededAt ?? null,
    client: entry.client ?? null,
    trust: entry.trust ?? 'person',
    confirmed_by: entry.confirmedBy ?? null,
    confirmed_at: entry.confirmedBy ? now : null,
    seen_count: entry.seenCount ?? 1,
    content_hash: hash,
    exact: exactFields(entry),
  });
  if (late) noteLate(store);
  indexInserted(store, Number(lastInsertRowid), late);
  return Number(lastInsertRowid);
}

/**
 * The entry with the same content, for the same readers, and at the same millisecond where a time is stated; of a
 * todo without one, whatever its state is by now.
 */
export function entryOfContent(store: Store, entry: NewEntry): number | undefined {
  const valid = validEntry(entry);
  const { timestamp } = entry;
  const state = isTodo(valid.type) && timestamp === undefined ? '' : 'and choice is @choice';
  const time = timestamp === undefined ? '' : 'and timestamp = @timestamp and client is @client';
  // The index is named, because SQLite would rather walk all entries of the type.
  return store.get<{ id: number }>(
    `select id from entries indexed by entries_by_content where content_hash = @hash and type = @type
       and topic is @topic and text = @text ${state} ${time} limit 1`,
    {
      hash: contentHash(valid),
      type: valid.type,
      topic: wellFormed(valid.topic),
      text: valid.text.toWellFormed(),
      ...(state === '' ? {} : { choice: wellFormed(valid.choice) }),
      ...(timestamp === undefined ? {} : { timestamp, client: entry.client ?? null }),
    },
  )?.id;
}

export function getEntry(store: Store, id: number): Entry | undefined {
  const row = store.get<EntryRow>(selectEntry, id);
  return row === undefined ? undefined : toEntry(row);
}

/**
 * Where an entry stands in "newest first". What is written now stands above everything written before, even
 * when the clock was set back in between; what brings its own time stands at that time.
 */
function orderOf(timestamp: number | undefined, now: number, newest: number): number {
  return timestamp === undefined ? Math.max(now, newest) : Math.min(timestamp, now);
}

function isTodo(type: string): boolean {
  return type === 'T' || type === 'G';
}

function sameContent(store: Store, entry: NewEntry, hash: Buffer, now: number): number | undefined {
  const shown = shownEntry(store, entry);
  if (shown !== undefined) return shown;
  const { type } = entry;
  const like = (types: readonly string[]) =>
    store.all<SameRow>(selectSame, { hash, types: JSON.stringify(types), topic: entry.topic ?? null });
  const rows = like([type]);
  if (eventTypes.has(type)) return rows.find((row) => now - row.timestamp <= eventWindowMs)?.id;
  // What was done once may have to be done again.
  if (isTodo(type)) return rows.find((row) => row.choice !== 'DONE')?.id;
  const choice = entry.choice ?? null;
  const same = rows.find((row) => row.choice === choice);
  if (same !== undefined || type !== 'n' || choice !== null) return same?.id;
  // A note in the words of a fact on its topic is that fact recalled and written down again.
  return like(['f']).find((row) => row.choice === null)?.id;
}

/** The entry that a memory shown to an agent names, when it comes back as it was shown. */
function shownEntry(store: Store, entry: NewEntry): number | undefined {
  const shown = readShown(entry.text);
  if (shown === undefined) return undefined;
  const ids =
    shown.id === undefined
      ? store.all<{ id: number }>(selectSaid, contentHash({ ...entry, text: shown.bare }))
      : [{ id: shown.id }];
  return ids.find(({ id }) => {
    const named = getEntry(store, id);
    if (named === undefined || named.status !== 'active' || !shows(entry.text, named)) return false;
    return JSON.stringify(readersOf(named)) === JSON.stringify(readersOf(entry));
  })?.id;
}

interface SameRow {
  id: number;
  timestamp: number;
  choice: string | null;
}

/** Who may read an entry and how far it is trusted; what is usual is left out, stated or not. */
function readersOf(entry: NewEntry): readonly (string | boolean | null)[] {
  const usualScope = entry.type === 'c' ? 'chat' : 'shared';
  return [
    entry.scope === usualScope ? null : (entry.scope ?? null),
    entry.chatId ?? null,
    entry.role ?? null,
    entry.visibility === 'public' ? null : (entry.visibility ?? null),
    entry.project ?? null,
    entry.client ?? null,
    entry.trust === 'untrusted',
  ];
}

/** Equal for entries that say the same to the same readers; see `sameContent` for what else must be equal. */
function contentHash(entry: NewEntry): Buffer {
  const event = eventTypes.has(entry.type);
  const [scope, chat, role, visibility, project, client, untrusted] = readersOf(entry);
  const said = [
    event ? entry.type : 'knowledge',
    saidWords(entry),
    scope,
    chat,
    role,
    visibility,
    project,
    entry.taskId,
    client,
    untrusted,
    ...(event ? [entry.topic, entry.choice, entry.session, entry.metric] : []),
  ];
  return createHash('sha256').update(JSON.stringify(said)).digest().subarray(0, 16);
}

const clockTime = /\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?/g;

/** A text without what changes when the same is said again: white space, the age in a line that was shown, a note's clock. */
function saidWords(entry: NewEntry): string {
  const said = readShown(entry.text) === undefined ? entry.text : ageless(entry.text);
  const timeless = entry.type === 'n' ? said.replace(clockTime, '') : said;
  return timeless.replace(/\s+/g, ' ').trim();
}

function known(store: Store, id: number): Entry {
  const entry = getEntry(store, id);
  if (entry === undefined) throw new SwarmdError('INTERNAL', `the entry ${id} is not in the file`);
  return entry;
}

// ---------------------------------------------------------------------------------------------- validation

/** Checks what comes from outside, once. Throws INPUT_INVALID naming the field. */
function validEntry(entry: NewEntry): NewEntry {
  const type = entryTypeCode(entry.type);
  if (entry.text === undefined || entry.text.trim() === '')
    throw invalid('text', 'the text is empty', 'some text');
  if (entry.topic && reservedTopics.includes(entry.topic)) {
    throw invalid(
      'topic',
      `the topic ${entry.topic} is answered from the ledger and cannot be written`,
      'any other topic',
    );
  }
  word('scope', entry.scope, scopes);
  word('visibility', entry.visibility, visibilities);
  word('status', entry.status, entryStatuses);
  word('trust', entry.trust, trusts);
  if (entry.due != null && !/^\d{4}-\d{2}-\d{2}/.test(entry.due)) {
    throw invalid('due', `"${entry.due}" is not a date`, 'YYYY-MM-DD');
  }
  if (entry.timestamp !== undefined && !Number.isSafeInteger(entry.timestamp)) {
    throw invalid('timestamp', `${entry.timestamp} is not a time in milliseconds`, 'milliseconds since 1970');
  }
  const importance = entry.importance == null ? null : importanceOf(entry.importance);
  return { ...entry, type, importance };
}

/**
 * A todo with another choice would be in none of the lists of todos. What is imported keeps its word: an
 * export must come back as it was.
 */
function withTodoState(entry: NewEntry): NewEntry {
  if (!isTodo(entry.type) || entry.choice === undefined || entry.choice === null) return entry;
  const choice = entry.choice.toUpperCase().replaceAll(/[\s-]/g, '_');
  word('choice', choice, todoStates);
  return { ...entry, choice };
}

function word(field: string, value: string | null | undefined, words: readonly string[]): void {
  if (value === undefined || value === null || words.includes(value)) return;
  throw invalid(field, `"${value}" is no ${field}${didYouMean(value, words)}`, words.join(', '));
}

function invalid(where: string, message: string, allowed: string): SwarmdError {
  return new SwarmdError('INPUT_INVALID', message, { where, allowed });
}

function wellFormed(text: string | null | undefined): string | null {
  return text?.toWellFormed() ?? null;
}
