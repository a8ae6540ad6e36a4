import { SwarmdError } from '../config/errors.ts';
import { didYouMean } from '../config/suggest.ts';
import { applyFilter, listColumns } from './filter-values.ts';
import type { Query } from './query.ts';

/**
 * The grammar of filters: `key=value` terms, AND-ed. A value is everything after the first `=`, exactly as
 * given. Every spelling of a filter, with the name it stands for:
 */
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
    applyFilter(query, name, value, now);
  }
  const { since, until } = query;
  if (since !== undefined && until !== undefined && since > until) {
    throw new SwarmdError('INPUT_INVALID', 'the window ends before it begins', { where: 'since, until' });
  }
  return query;
}
