import { SwarmdError } from '../config/errors.ts';
import type { Store } from './database.ts';
import { countEntries, groupEntries, type QueryOptions, queryEntries } from './entry-query.ts';
import { visibleTo } from './identity.ts';
import {
  groupLedger,
  isLedgerQuery,
  type LedgerGroup,
  type LedgerOptions,
  queryLedger,
} from './ledger-lines.ts';
import type { Query } from './query.ts';
import type { Entry, Identity } from './types/entries.ts';

export type Answer =
  | { kind: 'entries'; entries: Entry[] }
  | { kind: 'count'; count: number }
  | { kind: 'groups'; groups: { key: string | null; count: number }[] }
  | { kind: 'ledger_groups'; groups: LedgerGroup[] };

/** Columns that only the ledger has, and only entries. */
const ledgerOnly = ['tier', 'model', 'agent'] as const;

/** Answers a query whatever it asks for: entries, lines of the ledger, a number, or groups. */
export function ask(
  store: Store,
  query: Query,
  asked: { now: number; maxScan?: number; identity?: Identity | undefined },
): Answer {
  const visible = visibleTo(asked.identity);
  const options: QueryOptions & LedgerOptions = {
    now: asked.now,
    client: asked.identity?.client,
    ...(asked.maxScan === undefined ? {} : { maxScan: asked.maxScan }),
    ...(visible === undefined ? {} : { only: visible }),
  };
  if (isLedgerQuery(query)) {
    if (query.by !== undefined) return { kind: 'ledger_groups', groups: groupLedger(store, query, options) };
    if (!query.count) return { kind: 'entries', entries: queryLedger(store, query, options) };
    return { kind: 'count', count: queryLedger(store, { ...query, limit: -1 }, options).length };
  }
  const misplaced = ledgerOnly.find((column) => query.equal[column] !== undefined || query.by === column);
  if (misplaced !== undefined) {
    throw new SwarmdError('USAGE', `only the ledger has ${misplaced}`, {
      where: misplaced,
      allowed: `${misplaced} together with topic=llm_cost`,
    });
  }
  if (query.by !== undefined) {
    return { kind: 'groups', groups: groupEntries(store, query, options, query.by) };
  }
  if (query.count) return { kind: 'count', count: countEntries(store, query, options) };
  return { kind: 'entries', entries: queryEntries(store, query, options) };
}
