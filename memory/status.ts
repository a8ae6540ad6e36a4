import { countActions } from './action-reads.ts';
import type { Store } from './database.ts';
import { listLine } from './entry-lines.ts';
import { parseQuery } from './grammar.ts';
import { queryLedger } from './ledger-lines.ts';
import { versionOf } from './migrations.ts';
import type { ActionStatus } from './types/actions.ts';

export interface MemoryStatus {
  version: number;
  entries: number;
  byType: Record<string, number>;
  /** When the newest entry was written; null: none yet. */
  newest: number | null;
  actions: Record<ActionStatus, number>;
  calls: number;
  /** The day's `llm_summary` line. */
  today: string;
}

/** What `mem-db status` shows: counts, not judgements (see `checkHealth`). */
export function memoryStatus(store: Store, now: number): MemoryStatus {
  const types = store.all<{ type: string; count: number }>(
    'select type, count(*) as count from entries group by type',
  );
  const newest = store.get<{ timestamp: number | null }>(
    'select timestamp from entries order by ordered_at desc, id desc limit 1',
  );
  const summary = queryLedger(store, parseQuery(['topic=llm_summary', 'limit=1'], now), { now });
  return {
    version: versionOf(store),
    entries: types.reduce((sum, row) => sum + row.count, 0),
    byType: Object.fromEntries(types.map((row) => [row.type, row.count])),
    newest: newest?.timestamp ?? null,
    actions: countActions(store),
    calls: store.get<{ count: number }>('select count(*) as count from calls')?.count ?? 0,
    today: summary.map((line) => listLine(line, now)).join(''),
  };
}
