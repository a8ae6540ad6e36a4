import type { Cell, Store } from './database.ts';
import type { Query } from './query.ts';

/** Conditions on `entries` with their parameters. */
export interface Conditions {
  sql: string[];
  parameters: Record<string, Cell>;
}

/** What a query selects, without its text, and how it is best found. */
export interface Selection extends Conditions {
  /** An index leads to so few rows that all of them are soon read. */
  few: boolean;
  /** No filter leads anywhere: the whole table is read. */
  whole: boolean;
  /** The few rows come in no useful order; SQLite must not take an index that gives them in it instead. */
  sorted: boolean;
}

/** Entries of an index that are counted, and rows that are read, in about a millisecond. */
const fewRows = 2500;
/** So few rows are read as soon as another index is asked which of them it has too. */
const fewestRows = 100;

/** SQL for the rank of an importance: H before M before L, and what has none last. */
export const importanceRank = `case importance when 'H' then 3 when 'M' then 2 when 'L' then 1 else 0 end`;
const ranks: Readonly<Record<string, number>> = { H: 3, M: 2, L: 1 };

/** Columns with an index on them and the order; those that usually select fewest entries come first. */
const indexedColumns: readonly string[] = [
  'task_id',
  'session',
  'chat_id',
  'metric',
  'client',
  'role',
  'choice',
  'topic',
  'visibility',
  'scope',
  'status',
  'source',
  'importance',
  'project',
  'type',
];

/** What nearly every entry has; the column's index holds only the others. */
const usual: Readonly<Record<string, string>> = {
  status: 'active',
  visibility: 'public',
  scope: 'shared',
};

/** A part of the query that an index can answer. */
interface Way {
  rank: number;
  /** The index also gives the rows in order, so that a limit ends the search. */
  inOrder: boolean;
  /** The order is in the index, after what it is on: a window of time narrows it. */
  ordered: boolean;
  sql: string;
  /** The same for SQLite to compare only: a plus keeps it from using an index. */
  compared: string;
}

/** The filters as conditions of which at most one may use an index of its own: the one that leads to fewest rows. */
export function select(store: Store, query: Query, only: Conditions | undefined): Selection {
  const parameters: Record<string, Cell> = { ...only?.parameters };
  const sql: string[] = [...(only?.sql ?? []), ...windowConditions(store, query, parameters)];
  const ways: Way[] = [];
  for (const [column, values] of equalities(query)) {
    const way = equality(column, values, parameters);
    if (way.rank >= 0) ways.push(way);
    else sql.push(way.compared);
  }
  if (query.status === undefined) sql.push(`status not in ('superseded', 'deprecated', 'duplicate')`);
  ways.push(...ranges(query, parameters));
  ways.sort((a, b) => a.rank - b.rank);
  const { lead, also, few } = choose(store, query, ways, parameters);
  for (const way of ways) {
    if (way === lead) sql.push(way.sql);
    // Asked of the other index too, so that only rows of both are read.
    else if (also.includes(way)) sql.push(`entries.id in (select entries.id from entries where ${way.sql})`);
    else sql.push(way.compared);
  }
  const whole = lead === undefined && query.since === undefined && query.until === undefined;
  return { sql, parameters, few, whole, sorted: few && lead?.inOrder === false };
}

/** The filters for what reads the entries in another way anyway; nothing is looked up. */
export function conditionsOf(store: Store, query: Query): Conditions {
  const parameters: Record<string, Cell> = {};
  const sql = windowConditions(store, query, parameters);
  for (const [column, values] of equalities(query)) sql.push(equality(column, values, parameters).compared);
  if (query.status === undefined) sql.push(`status not in ('superseded', 'deprecated', 'duplicate')`);
  sql.push(...ranges(query, parameters).map((way) => way.compared));
  return { sql, parameters };
}

function equalities(query: Query): [column: string, values: readonly string[]][] {
  const stated = Object.entries(query.equal);
  return query.status === undefined || query.status.length === 0
    ? stated
    : [...stated, ['status', query.status]];
}

function equality(column: string, values: readonly string[], parameters: Record<string, Cell>): Way {
  const ranked = column === 'importance';
  const names = values.map((value, index) => {
    parameters[`${column}_${index}`] = ranked ? (ranks[value] ?? 0) : value.toWellFormed();
    return `@${column}_${index}`;
  });
  const is = names.length === 1 ? `= ${names[0]}` : `in (${names.join(', ')})`;
  const term = ranked ? `(${importanceRank})` : `entries.${column}`;
  const ordinary = usual[column];
  const partial = ordinary === undefined ? '' : ` and entries.${column} <> '${ordinary}'`;
  const indexed = ordinary === undefined || !values.includes(ordinary);
  return {
    rank: indexed ? indexedColumns.indexOf(column) : -1,
    inOrder: names.length === 1,
    ordered: true,
    sql: `${term} ${is}${partial}`,
    compared: `+${term} ${is}`,
  };
}

function ranges(query: Query, parameters: Record<string, Cell>): Way[] {
  const bounds = [
    ['due', '>=', 'due_from', query.dueFrom],
    ['due', '<=', 'due_to', query.dueTo],
    ['id', '>=', 'id_from', query.idFrom],
    ['id', '<=', 'id_to', query.idTo],
  ] as const;
  const found = new Map<string, Way>();
  for (const [column, operator, name, value] of bounds) {
    if (value === undefined) continue;
    parameters[name] = value;
    const before = found.get(column);
    const condition = `entries.${column} ${operator} @${name}`;
    found.set(column, {
      rank: indexedColumns.length,
      inOrder: false,
      ordered: false,
      sql: before === undefined ? condition : `${before.sql} and ${condition}`,
      compared: before === undefined ? `+${condition}` : `${before.compared} and +${condition}`,
    });
  }
  return [...found.values()];
}

/** An entry never stands before its time, so the index on the order bounds the search. */
function windowConditions(store: Store, query: Query, parameters: Record<string, Cell>): string[] {
  const sql: string[] = [];
  if (query.since !== undefined) {
    parameters.since = query.since;
    sql.push('timestamp >= @since', 'ordered_at >= @since');
  }
  if (query.until !== undefined) {
    parameters.until = query.until;
    parameters.until_order = query.until + largestStepBack(store);
    sql.push('timestamp <= @until', 'ordered_at <= @until_order');
  }
  return sql;
}

/** By how much any entry stands after its time: the largest step back the clock has ever taken. */
function largestStepBack(store: Store): number {
  const row = store.get<{ step: number | null }>(
    'select max(ordered_at - timestamp) as step from entries where ordered_at <> timestamp',
  );
  return Math.max(0, row?.step ?? 0);
}

/**
 * The way that leads: the one to fewest rows, found out by counting some; else the first that gives the rows
 * in order, so that a limit ends the search. `also`: others to few rows, where the lead still leads to many.
 */
function choose(
  store: Store,
  query: Query,
  ways: readonly Way[],
  parameters: Record<string, Cell>,
): { lead: Way | undefined; also: readonly Way[]; few: boolean } {
  const [first, ...others] = ways;
  const searched = query.text !== undefined && query.text !== '';
  if (first?.inOrder === true && others.length === 0 && !searched) {
    return { lead: first, also: [], few: false };
  }
  const window = [
    ...(query.since === undefined ? [] : ['ordered_at >= @since']),
    ...(query.until === undefined ? [] : ['ordered_at <= @until_order']),
  ];
  const count = (conditions: readonly string[]) => countSome(store, conditions.join(' and '), parameters);
  const [shortest, ...short] = ways
    .map((way) => ({ way, rows: count(way.ordered ? [way.sql, ...window] : [way.sql]) }))
    .filter(({ rows }) => rows < fewRows)
    .sort((a, b) => a.rows - b.rows);
  if (shortest !== undefined) {
    const also = shortest.rows > fewestRows ? short.map(({ way }) => way) : [];
    return { lead: shortest.way, also, few: true };
  }
  const few = searched && window.length > 0 && count(window) < fewRows;
  return { lead: ways.find((way) => way.inOrder), also: [], few };
}

function countSome(store: Store, condition: string, parameters: Record<string, Cell>): number {
  const row = store.get<{ count: number }>(
    `select count(*) as count from (select 1 from entries where ${condition} limit ${fewRows})`,
    parameters,
  );
  return row?.count ?? 0;
}
