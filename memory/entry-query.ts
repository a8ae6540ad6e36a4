import { fold } from './contains.ts';
import type { Cell, Store } from './database.ts';
import { type EntryRow, entryColumns, toEntry } from './entry-rows.ts';
import type { Query } from './grammar.ts';
import type { Entry } from './types.ts';
import { matchExpression } from './words.ts';

/** Conditions on `entries` with their parameters. */
export interface Conditions {
  sql: string[];
  parameters: Record<string, Cell>;
}

export interface QueryOptions {
  /** Further conditions that the asker cannot lift, such as what its identity may see. */
  only?: Conditions;
  /** Rows that a search without an index may look at; undefined: all of them. */
  maxScan?: number;
}

/** At most this many rows are looked at one by one instead of asking the text index. */
const fewRows = 2000;

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
  const conditions = conditionsOf(store, query, options.only);
  const limit = query.limit === -1 ? -1 : query.limit;
  const source = textSource(store, query, conditions);
  if (source.kind === 'scan') {
    yield* scan(store, query, conditions, source.needle, limit, options.maxScan);
    return;
  }
  const newestFirst = query.sort.column === 'time' && query.sort.descending;
  // The text index yields newest rows first by itself; ordering by time would make it yield all of them.
  const order = source.kind === 'index' && newestFirst ? `${source.table}.rowid desc` : orderBy(query.sort);
  const rows = store.iterate<EntryRow>(
    `select ${entryColumns} from ${from(source)} where ${where(conditions)} order by ${order} limit @limit`,
    { ...conditions.parameters, limit },
  );
  if (source.kind === 'index' && newestFirst && limit !== -1) {
    const sorted = [...rows].sort((a, b) => b.ordered_at - a.ordered_at || b.id - a.id);
    yield* sorted.map(toEntry);
  } else {
    for (const row of rows) yield toEntry(row);
  }
}

/** The filters as conditions, for what selects entries in order to change them. */
export function filterConditions(store: Store, query: Query): Conditions {
  const conditions = conditionsOf(store, query, undefined);
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

/**
 * Entries written after the one with the id `after` that the filters select, oldest first, and the id to go on
 * from. Without `after` nothing but where the file stands now.
 */
export function newerEntries(
  store: Store,
  query: Query,
  after: number | undefined,
  only?: Conditions,
): { entries: Entry[]; after: number } {
  const last = store.get<{ last: number | null }>('select max(id) as last from entries')?.last ?? 0;
  if (after === undefined || after >= last) return { entries: [], after: Math.max(after ?? 0, last) };
  const conditions = filterConditions(store, query);
  const rows = store.all<EntryRow>(
    `select ${entryColumns} from entries
     where entries.id > @after and entries.id <= @last and ${where(conditions)} and ${only?.sql.join(' and ') ?? 'true'}
     order by entries.id limit 1000`,
    { ...conditions.parameters, ...only?.parameters, after, last },
  );
  return { entries: rows.map(toEntry), after: rows.length === 1000 ? (rows.at(-1)?.id ?? last) : last };
}

/** How many entries the filters select; the limit does not count. */
export function countEntries(store: Store, query: Query, options: QueryOptions = {}): number {
  const conditions = conditionsOf(store, query, options.only);
  const source = textSource(store, query, conditions);
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
  const conditions = conditionsOf(store, query, options.only);
  const source = textSource(store, { ...query, limit: -1 }, conditions);
  const key = column === 'day' ? `strftime('%Y-%m-%d', timestamp / 1000, 'unixepoch')` : `entries.${column}`;
  if (source.kind === 'scan') {
    conditions.sql.push('contains_text(entries.text, @needle)');
    conditions.parameters.needle = source.needle;
  }
  return store.all<{ key: string | null; count: number }>(
    `select ${key} as key, count(*) as count from ${from(source)} where ${where(conditions)}
     group by 1 order by ${column === 'day' ? '1 desc' : '2 desc, 1'}`,
    conditions.parameters,
  );
}

// -------------------------------------------------------------------------------------------- conditions

/** Columns with an index on them and the order, those that select fewest entries first. */
const bySelectivity = ['task_id', 'session', 'chat_id', 'topic', 'project', 'source', 'type'] as const;

function conditionsOf(store: Store, query: Query, only: Conditions | undefined): Conditions {
  const sql: string[] = [...(only?.sql ?? [])];
  const parameters: Record<string, Cell> = { ...only?.parameters };
  const best = bySelectivity.find((column) => query.equal[column]?.length === 1);
  for (const [column, values] of Object.entries(query.equal)) {
    const names = values.map((value, index) => {
      parameters[`${column}_${index}`] = value.toWellFormed();
      return `@${column}_${index}`;
    });
    // A plus keeps SQLite from using that column's index instead of the better one.
    const name = best === undefined || best === column ? `entries.${column}` : `+entries.${column}`;
    sql.push(names.length === 1 ? `${name} = ${names[0]}` : `${name} in (${names.join(', ')})`);
  }
  if (query.status === undefined) sql.push(`status not in ('superseded', 'deprecated', 'duplicate')`);
  else if (query.status.length > 0) {
    parameters.statuses = JSON.stringify(query.status);
    sql.push('status in (select value from json_each(@statuses))');
  }
  if (query.since !== undefined) {
    parameters.since = query.since;
    // An entry never stands before its time, so the index on the order bounds the search.
    sql.push('timestamp >= @since', 'ordered_at >= @since');
  }
  if (query.until !== undefined) {
    parameters.until = query.until;
    parameters.until_order = query.until + largestStepBack(store);
    sql.push('timestamp <= @until', 'ordered_at <= @until_order');
  }
  const bounds = [
    ['id >= @id_from', 'id_from', query.idFrom],
    ['id <= @id_to', 'id_to', query.idTo],
    ['due >= @due_from', 'due_from', query.dueFrom],
    ['due <= @due_to', 'due_to', query.dueTo],
  ] as const;
  for (const [condition, name, value] of bounds) {
    if (value === undefined) continue;
    sql.push(`entries.${condition}`);
    parameters[name] = value;
  }
  return { sql, parameters };
}

/** By how much any entry stands after its time: the largest step back the clock has ever taken. */
function largestStepBack(store: Store): number {
  const row = store.get<{ step: number | null }>(
    'select max(ordered_at - timestamp) as step from entries where ordered_at <> timestamp',
  );
  return Math.max(0, row?.step ?? 0);
}

function where(conditions: Conditions): string {
  return conditions.sql.length === 0 ? 'true' : conditions.sql.join(' and ');
}

const orderColumns: Readonly<Record<Query['sort']['column'], string>> = {
  time: 'ordered_at',
  id: 'entries.id',
  type: 'type',
  topic: 'entries.topic',
  // H before M before L when ascending reads "most important first" the other way round.
  importance: `case importance when 'H' then 3 when 'M' then 2 when 'L' then 1 else 0 end`,
  due: `coalesce(due, '9999')`,
  role: 'role',
  project: 'project',
};

function orderBy(sort: Query['sort']): string {
  const direction = sort.descending ? 'desc' : 'asc';
  if (sort.column === 'time') return `ordered_at ${direction}, entries.id ${direction}`;
  return `${orderColumns[sort.column]} ${direction}, ordered_at desc, entries.id desc`;
}

// -------------------------------------------------------------------------------------------- text search

type TextSource =
  | { kind: 'none' }
  | { kind: 'index'; table: 'entries_trigram' | 'entries_fts' }
  /** No index helps: rows are read newest first and compared here. */
  | { kind: 'scan'; needle: string };

function from(source: TextSource): string {
  if (source.kind !== 'index') return 'entries';
  // Cross join fixes the order: the text index first, each match looked up by its id.
  return `${source.table} cross join entries on entries.id = ${source.table}.rowid`;
}

/** Decides how a text condition is answered, and adds it to the conditions where SQL can. */
function textSource(store: Store, query: Query, conditions: Conditions): TextSource {
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
    [...query.text].length >= 3 && !/[\0\ufffe\uffff]/.test(query.text) && query.text.isWellFormed();
  if (!indexed || selectsFew(store, conditions)) return { kind: 'scan', needle: query.text };
  conditions.sql.push('entries_trigram match @match');
  conditions.parameters.match = `"${query.text.replaceAll('"', '""')}"`;
  return { kind: 'index', table: 'entries_trigram' };
}

function selectsFew(store: Store, conditions: Conditions): boolean {
  if (conditions.sql.length <= 1) return false;
  const row = store.get<{ count: number }>(
    `select count(*) as count from (
       select 1 from entries where ${where(conditions)} limit ${fewRows})`,
    conditions.parameters,
  );
  return (row?.count ?? fewRows) < fewRows;
}

function* scan(
  store: Store,
  query: Query,
  conditions: Conditions,
  needle: string,
  limit: number,
  maxScan: number | undefined,
): IterableIterator<Entry> {
  const wanted = fold(needle);
  const rows = store.iterate<EntryRow>(
    `select ${entryColumns} from entries where ${where(conditions)} order by ${orderBy(query.sort)} limit ${maxScan ?? -1}`,
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
