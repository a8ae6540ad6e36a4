import { SwarmdError } from '../../config/errors.ts';
import type { Store } from '../../memory/database.ts';
import type { Conditions } from '../../memory/entry-conditions.ts';
import { filterConditions } from '../../memory/entry-query.ts';
import { parseQuery, splitTerms } from '../../memory/grammar.ts';

/** Terms of a query that select nothing: beside them everything would be dropped, or what only the ledger has. */
const noFilters: ReadonlySet<string> = new Set(['limit', 'sort', 'count', 'by', 'tier', 'model', 'agent']);

/**
 * What filters select to be dropped; undefined: none is given. Throws USAGE for a term that narrows nothing,
 * because what it would drop is everything.
 */
export function pruneSelection(store: Store, terms: readonly string[], now: number): Conditions | undefined {
  if (terms.length === 0) return undefined;
  const query = parseQuery(terms, now);
  for (const [key, value] of splitTerms(terms)) {
    if (noFilters.has(key.toLowerCase())) throw refused(key, `"${key}" selects no entries`);
    if (value.trim() === '') throw refused(key, `the filter "${key}" is empty`);
  }
  if (filterConditions(store, { ...query, status: query.status ?? [] }).sql.length === 0) {
    throw refused(terms.join(' '), 'these filters select every entry');
  }
  return filterConditions(store, query);
}

function refused(where: string, message: string): SwarmdError {
  return new SwarmdError('USAGE', `${message}, and nothing was dropped`, {
    where,
    allowed: 'filters that narrow, such as topic=scratch or t=c; --max-entries N bounds the number',
  });
}
