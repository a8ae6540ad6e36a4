import type { Store } from './database.ts';
import type { Conditions } from './entry-conditions.ts';

const dayMs = 86_400_000;

/** How long entries are kept, by type, in days; a type that is not named is kept for good. */
const keptDays: Readonly<Record<string, number>> = { c: 30, a: 180, M: 180, P: 180 };

export interface PruneReport {
  /** Entries dropped, by the rule that dropped them. */
  superseded: number;
  byType: Record<string, number>;
  filtered: number;
  calls: number;
  actions: number;
  cache: number;
}

export interface PruneRequest {
  now: number;
  /** Superseded, deprecated and duplicate entries go this many days after they were replaced. */
  days: number;
  /** Entries a filter selects go too, whatever their type; undefined: no filter. */
  only?: Conditions | undefined;
  /** Ledger rows and ended actions older than this go; the sums by hour and day stay. Undefined: all stay. */
  ledgerDays?: number | undefined;
  /** At most this many rows of each kind, so that one transaction stays short. */
  batch: number;
}

/**
 * Drops what has outlived its use and reports it. One batch: call it again until it drops nothing. Todos that
 * are not done, confirmed decisions and lessons, and entries of importance H are never dropped by age alone.
 */
export function prune(store: Store, request: PruneRequest): PruneReport {
  const protectedEntries = `importance is 'H' or confirmed_by is not null or (type in ('T', 'G') and choice <> 'DONE')`;
  const drop = (condition: string, parameters: Record<string, string | number | null>) =>
    store.run(
      `delete from entries where id in (select entries.id from entries where ${condition} limit @batch)`,
      { ...parameters, batch: request.batch },
    ).changes;
  const before = request.now - request.days * dayMs;
  const superseded = drop(
    `status in ('superseded', 'deprecated', 'duplicate') and coalesce(superseded_at, timestamp) < @before`,
    { before },
  );
  const byType: Record<string, number> = {};
  for (const [type, days] of Object.entries(keptDays)) {
    const dropped = drop(`type = @type and ordered_at < @before and not (${protectedEntries})`, {
      type,
      before: request.now - Math.max(days, request.days) * dayMs,
    });
    if (dropped > 0) byType[type] = dropped;
  }
  const filtered =
    request.only === undefined
      ? 0
      : drop(`${request.only.sql.join(' and ')} and ordered_at < @before and not (${protectedEntries})`, {
          ...(request.only.parameters as Record<string, string | number | null>),
          before,
        });
  return { superseded, byType, filtered, ...pruneLedger(store, request) };
}

/** Old rows of the record. What they summed up to stays in the roll-ups, which their own transactions wrote. */
function pruneLedger(store: Store, request: PruneRequest): Pick<PruneReport, 'calls' | 'actions' | 'cache'> {
  const cache = store.run('delete from cache where expires_at <= ?', request.now).changes;
  if (request.ledgerDays === undefined) return { calls: 0, actions: 0, cache };
  // Whole days of UTC only: a window of sums is made of whole roll-ups and of calls at its two ends.
  const before = Math.floor((request.now - request.ledgerDays * dayMs) / dayMs) * dayMs;
  const calls = store.run(
    `delete from calls where seq in (
       select seq from calls where started_at < @before and settlement not in ('open', 'unknown') limit @batch)`,
    { before, batch: request.batch },
  ).changes;
  const actions = store.run(
    `delete from actions where seq in (
       select seq from actions where status in ('completed', 'failed', 'cancelled') and finished_at < @before
         and not exists (select 1 from actions child where child.parent_id = actions.id) limit @batch)`,
    { before, batch: request.batch },
  ).changes;
  if (actions > 0) {
    store.run(
      'delete from steps where run_id in (select id from runs where action_id not in (select id from actions))',
    );
    store.run('delete from runs where action_id not in (select id from actions)');
    store.run('delete from approvals where action_id not in (select id from actions)');
  }
  return { calls, actions, cache };
}

export function dropped(report: PruneReport): number {
  const types = Object.values(report.byType).reduce((sum, count) => sum + count, 0);
  return report.superseded + types + report.filtered + report.calls + report.actions + report.cache;
}
