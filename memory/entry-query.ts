import { fold } from './contains.ts';
import type { Store } from './database.ts';
import { type Conditions, conditionsOf, importanceRank, type Selection, select } from './entry-conditions.ts';
import { type EntryRow, entryColumns, toEntry } from './entry-rows.ts';
import type { Query } from './query.ts';
import { lateThrough } from './text-index.ts';
import type { Entry } from './types/entries.ts';
import { matchExpression } from './words.ts';

export interface QueryOptions {
  /** Further conditions that the asker cannot lift, such as what its identity may see. */
  only?: Conditions;
  /** Rows that a search without an index may look at; undefined: all of them. */
  maxScan?: number;
}

/** What the query selects, in its order. */
export function queryEntries(store: Store, query: Query, options: QueryOptions = {}): Entry[] {
  if (query.limit === 0) return [];
  return [...iterateEntries(store, query, options)];
}

/** The same, one by one, so that an export of everything holds one entry in memory. */
export function* iterateEntries(
  store: Store,
  query: Query,
  options: QueryOptions = {},
): IterableIterator<Entry> {
  const conditions = select(store, query, options.only);
  const limit = query.limit === -1 ? -1 : query.limit;
  const source = textSource(query, conditions);
  if (source.kind === 'scan') {
    yield* scan(store, query, conditions, source.needle, limit, options.maxScan);
    return;
  }
  const newestFirst = query.sort.column === 'time' && query.sort.descending;
  if (source.kind === 'index' && newestFirst && limit !== -1) {
    yield* newestMatches(store, source, conditions, limit, options.maxScan);
    return;
  }
  const rows = store.iterate<EntryRow>(
    `select ${entryColumns} from ${from(source)} where ${where(conditions)}
     order by ${orderBy(query.sort, conditions)} limit @limit`,
    { ...conditions.parameters, limit },
  );
  for (const row of rows) yield toEntry(row);
}

/**
 * The text index yields entries by id, the last ones first; ordering by time would make it yield all of them.
 * Both orders are the same among entries after the last one that was written late (see `lateThrough`), and
 * those are newer than all before; only where they are too few are the others sorted.
 */
function* newestMatches(
  store: Store,
  source: IndexSource,
  conditions: Selection,
  limit: number,
  maxScan: number | undefined,
): IterableIterator<Entry> {
  const late = lateThrough(store);
  const matches = `select ${entryColumns} from ${from(source)} where ${where(conditions)} and ${source.table}.rowid`;
  let left = limit;
  const newest = store.iterate<EntryRow>(
    `${matches} > @late order by ${source.table}.rowid desc limit @left`,
    {
      ...conditions.parameters,
      late,
      left,
    },
  );
  for (const row of newest) {
    left -= 1;
    yield toEntry(row);
  }
  if (left === 0 || late === 0) return;
  const others = store.iterate<EntryRow>(
    `select * from (${matches} <= @late order by ${source.table}.rowid desc limit @scanned)
     order by ordered_at desc, id desc limit @left`,
    { ...conditions.parameters, late, left, scanned: maxScan ?? -1 },
  );
  for (const row of others) yield toEntry(row);
}

/** The filters as conditions, for what selects entries in order to change them. */
export function filterConditions(store: Store, query: Query): Conditions {
  const conditions = conditionsOf(store, query);
  if (query.text !== undefined) {
    conditions.sql.push('contains_text(entries.text, @needle)');
    conditions.parameters.needle = query.text.toWellFormed();
  }
  if (query.words !== undefined) {
    conditions.sql.push('entries.id in (select rowid from entries_fts where entries_fts match @match)');
    conditions.parameters.match = matchExpression(query.words);
  }
  return conditions;
}

/** Entries that are given to somebody who follows the file at once. */
const atOnce = 1000;

/**
 * Entries written after the one with the id `after` that the filters select, oldest first, the id to go on
 * from, and whether more are there already. Without `after` nothing but where the file stands now.
 */
export function newerEntries(
  store: Store,
  query: Query,
  after: number | undefined,
  only?: Conditions,
): { entries: Entry[]; after: number; more: boolean } {
  const last = store.get<{ last: number | null }>('select max(id) as last from entries')?.last ?? 0;
  if (after === undefined || after >= last) {
    return { entries: [], after: Math.max(after ?? 0, last), more: false };
  }
  const conditions = filterConditions(store, query);
  const rows = store.all<EntryRow>(
    `select ${entryColumns} from entries
     where entries.id > @after and entries.id <= @last and ${where(conditions)} and ${only?.sql.join(' and ') ?? 'true'}
     order by entries.id limit ${atOnce}`,
    { ...conditions.parameters, ...only?.parameters, after, last },
  );
  const more = rows.length === atOnce;
  return { entries: rows.map(toEntry), after: more ? (rows.at(-1)?.id ?? last) : last, more };
}

/** How many entries the filters select; the limit does not count. */
export function countEntries(store: Store, query: Query, options: QueryOptions = {}): number {
  const conditions = select(store, query, options.only);
  const source = textSource(query, conditions);
  if (source.kind === 'scan') {
    let count = 0;
    for (const _ of scan(store, query, conditions, source.needle, -1, options.maxScan)) count += 1;
    return count;
  }
  const row = store.get<{ count: number }>(
    `select count(*) as count from ${from(source)} where ${where(conditions)}`,
    conditions.parameters,
  );
  return row?.count ?? 0;
}

/** Numbers of entries by one column, the largest first. `dayOf` names the day of a time. */
export function groupEntries(
  store: Store,
  query: Query,
  options: QueryOptions,
  column: string,
): { key: string | null; count: number }[] {
  const conditions = select(store, query, options.only);
  const source = textSource(query, conditions);
  const key = column === 'day' ? `strftime('%Y-%m-%d', timestamp / 1000, 'unixepoch')` : `entries.${column}`;
  if (source.kind === 'scan') {
    conditions.sql.push('contains_text(entries.text, @needle)');
    conditions.parameters.needle = source.needle;
  }
  // An index with column and status answers alone; walking any other would look up every entry by itself, four
  // times as slow as reading them all.
  const alone =
    options.only === undefined && source.kind === 'none' && (column === 'topic' || column === 'type');
  const table = source.kind !== 'index' && conditions.whole && !alone ? 'entries not indexed' : from(source);
  return store.all<{ key: string | null; count: number }>(
    `select ${key} as key, count(*) as count from ${table} where ${where(conditions)}
     group by 1 order by ${column === 'day' ? '1 desc' : '2 desc, 1'}`,
    conditions.parameters,
  );
}

// ------------------------------------------------------------------------------------------------- order

function where(conditions: Conditions): string {
  return conditions.sql.length === 0 ? 'true' : conditions.sql.join(' and ');
}

const orderColumns: Readonly<Record<Query['sort']['column'], string>> = {
  time: 'ordered_at',
  id: 'entries.id',
  type: 'type',
  topic: 'entries.topic',
  // Descending: the most important first.
  importance: `(${importanceRank})`,
  due: `coalesce(due, '9999')`,
  role: 'role',
  project: 'project',
};

function orderBy(sort: Query['sort'], { sorted }: Selection): string {
  const direction = sort.descending ? 'desc' : 'asc';
  // A plus keeps SQLite from walking the index on the order instead of the few rows it was led to.
  const time = sorted ? '+ordered_at' : 'ordered_at';
  if (sort.column === 'time') return `${time} ${direction}, entries.id ${direction}`;
  return `${orderColumns[sort.column]} ${direction}, ordered_at desc, entries.id desc`;
}

// -------------------------------------------------------------------------------------------- text search

interface IndexSource {
  kind: 'index';
  table: 'entries_trigram' | 'entries_fts';
}

type TextSource =
  | { kind: 'none' }
  | IndexSource
  /** No index helps: rows are read newest first and compared here. */
  | { kind: 'scan'; needle: string };

function from(source: TextSource): string {
  if (source.kind !== 'index') return 'entries';
  // Cross join fixes the order: the text index first, each match looked up by its id.
  return `${source.table} cross join entries on entries.id = ${source.table}.rowid`;
}

/** Decides how a text condition is answered, and adds it to the conditions where SQL can. */
function textSource(query: Query, conditions: Selection): TextSource {
  if (query.words !== undefined) {
    if (query.text !== undefined) {
      conditions.sql.push('contains_text(entries.text, @needle)');
      conditions.parameters.needle = query.text.toWellFormed();
    }
    conditions.sql.push('entries_fts match @match');
    conditions.parameters.match = matchExpression(query.words);
    return { kind: 'index', table: 'entries_fts' };
  }
  if (query.text === undefined || query.text === '') return { kind: 'none' };
  // The index knows sequences of three characters, and nothing of a NUL, half a surrogate pair or no character.
  const indexed =
    [...query.text].length >= 3 && !/[\0\ufffd-\uffff]/.test(query.text) && query.text.isWellFormed();
  if (!indexed || conditions.few) return { kind: 'scan', needle: query.text };
  // The index leaves NULs out: a text with one may only seem to contain what is looked for.
  const exactly = '(instr(entries.text, char(0)) = 0 or contains_text(entries.text, @needle))';
  conditions.sql.push('entries_trigram match @match', exactly);
  conditions.parameters.needle = query.text;
  conditions.parameters.match = `"${query.text.replaceAll('"', '""')}"`;
  // The index passes over a NUL: where a text holds one, what it found is looked at again.
  conditions.sql.push('(instr(entries.text, char(0)) = 0 or contains_text(entries.text, @needle))');
  conditions.parameters.needle = query.text;
  return { kind: 'index', table: 'entries_trigram' };
}

function* scan(
  store: Store,
  query: Query,
  conditions: Selection,
  needle: string,
  limit: number,
  maxScan: number | undefined,
): IterableIterator<Entry> {
  const wanted = fold(needle);
  const rows = store.iterate<EntryRow>(
    `select ${entryColumns} from entries where ${where(conditions)} order by ${orderBy(query.sort, conditions)} limit ${maxScan ?? -1}`,
    conditions.parameters,
  );
  let found = 0;
  for (const row of rows) {
    const entry = toEntry(row);
    if (!fold(entry.text).includes(wanted)) continue;
    yield entry;
    found += 1;
    if (found === limit) return;
  }
}
