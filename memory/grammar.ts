import { tierNames } from '../config/config.ts';
import { SwarmdError } from '../config/errors.ts';
import { didYouMean } from '../config/suggest.ts';
import { entryStatuses, entryTypeCode, scopes, visibilities } from './entry-types.ts';
import { durationMs, instantMs } from './time-words.ts';

/**
 * The filters of `mem-db query`, the agents' tools, HTTP and MCP: `key=value` terms, AND-ed. A value is
 * everything after the first `=`, exactly as given.
 */
export interface Query {
  /** Columns that must equal a value (or one of several, separated by commas, for short words). */
  equal: Partial<Record<EqualColumn, readonly string[]>>;
  /** Contains, ignoring case. */
  text: string | undefined;
  /** Full-text words: all of them, or a phrase in quotation marks, or a prefix with `*`. */
  words: string | undefined;
  since: number | undefined;
  /** Inclusive. */
  until: number | undefined;
  idFrom: number | undefined;
  idTo: number | undefined;
  dueFrom: string | undefined;
  dueTo: string | undefined;
  /** undefined: only what is current (not superseded, deprecated or duplicate). */
  status: readonly string[] | undefined;
  /** -1: all. */
  limit: number;
  sort: { column: SortColumn; descending: boolean };
  count: boolean;
  by: GroupColumn | undefined;
}

export const equalColumns = [
  'type',
  'topic',
  'session',
  'source',
  'choice',
  'importance',
  'scope',
  'chat_id',
  'role',
  'visibility',
  'project',
  'task_id',
  'metric',
  'client',
  // Of the ledger only: `topic=llm_cost`.
  'tier',
  'model',
  'agent',
] as const;
export type EqualColumn = (typeof equalColumns)[number];

export const sortColumns = ['time', 'id', 'type', 'topic', 'importance', 'due', 'role', 'project'] as const;
export type SortColumn = (typeof sortColumns)[number];

export const groupColumns = [
  'day',
  'tier',
  'model',
  'agent',
  'client',
  'type',
  'topic',
  'role',
  'project',
  'source',
  'status',
] as const;
export type GroupColumn = (typeof groupColumns)[number];

/** Every spelling of a filter, with the name it stands for. */
const spellings: Readonly<Record<string, string>> = {
  t: 'type',
  type: 'type',
  topic: 'topic',
  text: 'text',
  contains: 'text',
  words: 'words',
  search: 'words',
  session: 'session',
  source: 'source',
  choice: 'choice',
  status: 'status',
  since: 'since',
  from: 'since',
  until: 'until',
  to: 'until',
  recent: 'recent',
  scope: 'scope',
  chat_id: 'chat_id',
  chat: 'chat_id',
  role: 'role',
  agent_role: 'role',
  visibility: 'visibility',
  project: 'project',
  project_id: 'project',
  task_id: 'task_id',
  task: 'task_id',
  metric: 'metric',
  importance: 'importance',
  due: 'due',
  client: 'client',
  tier: 'tier',
  model: 'model',
  agent: 'agent',
  id: 'id',
  limit: 'limit',
  sort: 'sort',
  by: 'by',
  count: 'count',
};

export const filterNames = Object.keys(spellings);

const defaultLimit = 20;

/** Columns whose values are words without commas, so that `status=active,superseded` can mean either. */
const listColumns: ReadonlySet<string> = new Set([
  'type',
  'status',
  'importance',
  'scope',
  'visibility',
  'tier',
]);

/** Splits terms into `key` and `value`; accepts `key=value`, `--key=value`, `--key value` and a bare `count`. */
export function splitTerms(terms: readonly string[]): [key: string, value: string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < terms.length; index += 1) {
    const term = terms[index] ?? '';
    const equals = term.indexOf('=');
    if (equals > 0) {
      pairs.push([term.slice(0, equals).replace(/^--/, ''), term.slice(equals + 1)]);
    } else if (term === 'count' || term === '--count') {
      pairs.push(['count', 'true']);
    } else if (term.startsWith('--') && terms[index + 1] !== undefined) {
      index += 1;
      pairs.push([term.slice(2), terms[index] ?? '']);
    } else if (spellings[term.replace(/^--/, '')] !== undefined) {
      throw new SwarmdError('USAGE', `"${term}" has no value`, { where: term, allowed: `${term}=VALUE` });
    } else {
      throw new SwarmdError('USAGE', `"${term}" is not a filter${didYouMean(term, filterNames)}`, {
        where: term,
        allowed: `key=value, such as text=${JSON.stringify(term)}; keys: ${filterNames.join(', ')}`,
      });
    }
  }
  return pairs;
}

/** Reads the terms. Throws USAGE for an unknown or repeated filter, INPUT_INVALID for a value that is none. */
export function parseQuery(terms: readonly string[], now: number): Query {
  const query: Query = {
    equal: {},
    text: undefined,
    words: undefined,
    since: undefined,
    until: undefined,
    idFrom: undefined,
    idTo: undefined,
    dueFrom: undefined,
    dueTo: undefined,
    status: undefined,
    limit: defaultLimit,
    sort: { column: 'time', descending: true },
    count: false,
    by: undefined,
  };
  const seen = new Map<string, string>();
  for (const [key, value] of splitTerms(terms)) {
    const name = spellings[key.toLowerCase().replaceAll('-', '_')];
    if (name === undefined) {
      throw new SwarmdError('USAGE', `unknown filter "${key}"${didYouMean(key, filterNames)}`, {
        where: key,
        allowed: filterNames.join(', '),
      });
    }
    const before = seen.get(name);
    if (before !== undefined) {
      throw new SwarmdError('USAGE', `the filter "${name}" is given twice (as ${before} and ${key})`, {
        where: key,
        allowed: listColumns.has(name) ? `several values as ${name}=a,b` : 'one value for each filter',
      });
    }
    seen.set(name, key);
    apply(query, name, value, now);
  }
  return query;
}

function apply(query: Query, name: string, value: string, now: number): void {
  switch (name) {
    case 'text':
      query.text = value;
      return;
    case 'words':
      query.words = value;
      return;
    // `recent` and `since` both hold: the later of the two begins the window.
    case 'recent':
      applyRecent(query, value, now);
      return;
    case 'since':
    case 'until':
      applyInstant(query, name, value, now);
      return;
    case 'id':
      [query.idFrom, query.idTo] = range(value).map((end) => integer(end, 'id'));
      refuseBackward(query.idFrom, query.idTo, value, 'id');
      return;
    case 'due':
      [query.dueFrom, query.dueTo] = range(value);
      refuseBackward(query.dueFrom, query.dueTo, value, 'due');
      return;
    case 'status':
      query.status = value === 'any' || value === 'all' ? [] : severalOf(value, entryStatuses, 'status');
      return;
    case 'limit':
      query.limit = integer(value, 'limit') ?? -1;
      if (query.limit < 0) query.limit = -1;
      return;
    case 'sort':
      query.sort = sorting(value);
      return;
    case 'count':
      query.count = flag(value, 'count');
      return;
    case 'by':
      query.by = oneOf(value, groupColumns, 'by');
      return;
    case 'type':
      query.equal.type = value.split(',').map(entryTypeCode);
      return;
    case 'importance':
      query.equal.importance = value.split(',').map(importanceOf);
      return;
    case 'scope':
      query.equal.scope = severalOf(value, scopes, 'scope');
      return;
    case 'tier':
      query.equal.tier = severalOf(value.toLowerCase(), tierNames, 'tier');
      return;
    case 'visibility':
      query.equal.visibility = severalOf(value, visibilities, 'visibility');
      return;
    default:
      query.equal[name as EqualColumn] = listColumns.has(name) ? value.split(',') : [value];
  }
}

function applyRecent(query: Query, value: string, now: number): void {
  const [longest, shortest] = range(value).map((end) =>
    end === undefined ? undefined : now - durationMs(end, 'recent'),
  );
  later(query, longest);
  if (value.includes('..') && shortest !== undefined) earlier(query, shortest);
}

function applyInstant(query: Query, name: 'since' | 'until', value: string, now: number): void {
  const ranged = value.includes('..');
  const [from, to] = ranged ? range(value) : name === 'since' ? [value, undefined] : [undefined, value];
  const [since, end] = [
    from === undefined ? undefined : instantMs(from, name, now),
    to === undefined ? undefined : instantMs(to, name, now, true),
  ];
  refuseBackward(since, end, value, name);
  later(query, since);
  if (end !== undefined) earlier(query, end);
}

function later(query: Query, since: number | undefined): void {
  if (since !== undefined) query.since = Math.max(query.since ?? since, since);
}

function earlier(query: Query, until: number): void {
  query.until = Math.min(query.until ?? until, until);
}

/** `a..b`, `a..`, `..b`, or `a` for both ends. */
function range(value: string): [string | undefined, string | undefined] {
  const dots = value.indexOf('..');
  if (dots < 0) return [value, value];
  return [value.slice(0, dots) || undefined, value.slice(dots + 2) || undefined];
}

/** A range that ends before it begins would find nothing, and look like an answer. */
function refuseBackward<T extends number | string>(
  from: T | undefined,
  to: T | undefined,
  value: string,
  where: string,
): void {
  if (from === undefined || to === undefined || from <= to) return;
  throw new SwarmdError('INPUT_INVALID', `the range ${value} ends before it begins`, { where });
}

function integer(value: string | undefined, where: string): number | undefined {
  if (value === undefined) return undefined;
  if (where === 'limit' && value === 'all') return -1;
  if (/^-?\d{1,15}$/.test(value)) return Number(value);
  throw new SwarmdError('INPUT_INVALID', `"${value}" is not a whole number`, {
    where,
    allowed:
      where === 'limit' ? 'a whole number; -1 or all for every entry' : 'a whole number or a range a..b',
  });
}

function flag(value: string, where: string): boolean {
  if (/^(true|yes|1|on)$/i.test(value)) return true;
  if (/^(false|no|0|off)$/i.test(value)) return false;
  throw new SwarmdError('INPUT_INVALID', `"${value}" is neither true nor false`, { where });
}

function sorting(value: string): Query['sort'] {
  const known: Readonly<Record<string, Query['sort']>> = {
    newest: { column: 'time', descending: true },
    oldest: { column: 'time', descending: false },
  };
  const descending = value.startsWith('-');
  return known[value] ?? { column: oneOf(value.replace(/^[-+]/, ''), sortColumns, 'sort'), descending };
}

function oneOf<Word extends string>(value: string, words: readonly Word[], where: string): Word {
  const word = words.find((known) => known === value);
  if (word !== undefined) return word;
  throw new SwarmdError('INPUT_INVALID', `"${value}" is no value of ${where}${didYouMean(value, words)}`, {
    where,
    allowed: words.join(', '),
  });
}

/** One or several words of a closed set: a mistyped one would find nothing, and look like an answer. */
function severalOf<Word extends string>(value: string, words: readonly Word[], where: string): Word[] {
  return value.split(',').map((one) => oneOf(one, words, where));
}

/** H, M or L, also as a word. */
export function importanceOf(value: string): 'H' | 'M' | 'L' {
  const letter = { high: 'H', h: 'H', medium: 'M', m: 'M', low: 'L', l: 'L' }[value.toLowerCase()];
  if (letter !== undefined) return letter as 'H' | 'M' | 'L';
  throw new SwarmdError('INPUT_INVALID', `"${value}" is no importance`, {
    where: 'importance',
    allowed: 'H, M or L',
  });
}
