import { tierNames } from '../config/config.ts';
import { SwarmdError } from '../config/errors.ts';
import { didYouMean } from '../config/suggest.ts';
import { entryStatuses, entryTypeCode, importanceOf, scopes, visibilities } from './entry-types.ts';
import { type EqualColumn, groupColumns, type Query, sortColumns } from './query.ts';
import { assertDay, durationMs, instantMs } from './time-words.ts';

/** Columns whose values are words without commas, so that `status=active,superseded` can mean either. */
export const listColumns: ReadonlySet<string> = new Set([
  'type',
  'status',
  'importance',
  'scope',
  'visibility',
  'tier',
]);

/** Puts one filter into the query; `name` is a name that spellings stand for. Throws INPUT_INVALID for a value that is none. */
export function applyFilter(query: Query, name: string, value: string, now: number): void {
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
      for (const end of [query.dueFrom, query.dueTo]) if (end !== undefined) assertDay(end, 'due');
      refuseBackward(query.dueFrom, query.dueTo, value, 'due');
      return;
    case 'status':
      query.status = value === 'any' || value === 'all' ? [] : severalOf(value, entryStatuses, 'status');
      return;
    case 'limit':
      query.limit = integer(value, 'limit') ?? -1;
      if (query.limit < -1) {
        throw new SwarmdError('INPUT_INVALID', `"${value}" is no number of entries`, {
          where: 'limit',
          allowed: 'a whole number; -1 or all for every entry',
        });
      }
      return;
    case 'sort':
      query.sort = sorting(value);
      return;
    case 'count':
      query.count = isTrue(value);
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
  if (value.includes('..')) refuseBackward(longest, shortest, value, 'recent');
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

function isTrue(value: string): true {
  if (/^(true|yes|1|on)$/i.test(value)) return true;
  throw new SwarmdError('INPUT_INVALID', `"${value}" is not true, and count can be nothing else`, {
    where: 'count',
    allowed: 'count, or no count for the entries themselves',
  });
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
