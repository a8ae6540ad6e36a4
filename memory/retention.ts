import type { Cell, Store } from './database.ts';
import type { Conditions } from './entry-conditions.ts';

const dayMs = 86_400_000;

/** How long entries are kept, by type, in days, unless it is stated; a type that is not named is kept for good. */
const keptDays: Readonly<Record<string, number>> = { c: 30, a: 180, M: 180, P: 180 };

export interface PruneReport {
  /** Entries dropped, by the rule that dropped them. */
  superseded: number;
  byType: Record<string, number>;
  byTopic: Record<string, number>;
  filtered: number;
  /** To come down to the bound on their number. */
  overBound: number;
  calls: number;
  actions: number;
  cache: number;
}

export interface PruneRequest {
  now: number;
  /** Superseded, deprecated and duplicate entries go this many days after they were replaced. */
  days: number;
  /** Days that entries of a type, or of a topic, are kept; 0: for good. They replace the usual ones of that type. */
  typeDays?: Readonly<Record<string, number>> | undefined;
  topicDays?: Readonly<Record<string, number>> | undefined;
  /** At most so many entries; 0 or undefined: any number. */
  maxEntries?: number | undefined;
  /** Entries a filter selects go too, whatever their type; undefined: no filter. */
  only?: Conditions | undefined;
  /** Ledger rows and ended actions older than this go; the sums by hour and day stay. Undefined: all stay. */
  ledgerDays?: number | undefined;
  /** At most this many rows of each kind, so that one transaction stays short. */
  batch: number;
}

/** Never dropped by age or number alone: what a person marked, confirmed, or has still to do. */
const protectedEntries = `importance is 'H' or confirmed_by is not null or (type in ('T', 'G') and choice <> 'DONE')`;

/** The first to go where there are too many: what is not in force, then by importance, then events before knowledge, the oldest first. */
const leastValuable = `
  status = 'active', case importance when 'L' then 0 when 'M' then 2 else 1 end,
  case when type in ('d', 'L') then 2 when type in ('c', 'a', 'M', 'P', 'R') then 0 else 1 end, ordered_at, id`;

/**
 * Drops what has outlived its use and reports it. One batch: call it again until it drops nothing. Todos that
 * are not done, confirmed decisions and lessons, and entries of importance H are dropped only when superseded.
 */
export function prune(store: Store, request: PruneRequest): PruneReport {
  const drop = (condition: string, parameters: Record<string, Cell>) =>
    store.run(
      `delete from entries where id in (select entries.id from entries where ${condition} limit @batch)`,
      { batch: request.batch, ...parameters },
    ).changes;
  const before = request.now - request.days * dayMs;
  const superseded = drop(
    `status in ('superseded', 'deprecated', 'duplicate') and coalesce(superseded_at, timestamp) < @before`,
    { before },
  );
  const byAge = (column: 'type' | 'topic', days: ReadonlyMap<string, number>): Record<string, number> => {
    const report: Record<string, number> = {};
    for (const [value, kept] of days) {
      if (kept === 0) continue;
      const condition = `entries.${column} = @value and ordered_at < @before and not (${protectedEntries})`;
      const dropped = drop(condition, { value, before: request.now - kept * dayMs });
      if (dropped > 0) report[value] = dropped;
    }
    return report;
  };
  const byType = byAge('type', daysByType(request));
  const byTopic = byAge('topic', new Map(Object.entries(request.topicDays ?? {})));
  const filtered =
    request.only === undefined
      ? 0
      : drop(`${request.only.sql.join(' and ')} and ordered_at < @before and not (${protectedEntries})`, {
          ...request.only.parameters,
          before,
        });
  const overBound = dropOverBound(store, request, drop);
  return { superseded, byType, byTopic, filtered, overBound, ...pruneLedger(store, request) };
}

function daysByType(request: PruneRequest): Map<string, number> {
  const usual = Object.entries(keptDays).map(([type, days]) => [type, Math.max(days, request.days)] as const);
  return new Map([...usual, ...Object.entries(request.typeDays ?? {})]);
}

function dropOverBound(
  store: Store,
  { maxEntries, batch }: PruneRequest,
  drop: (condition: string, parameters: Record<string, Cell>) => number,
): number {
  if (maxEntries === undefined || maxEntries === 0) return 0;
  const { count } = store.get<{ count: number }>('select count(*) as count from entries') ?? { count: 0 };
  if (count <= maxEntries) return 0;
  return drop(`not (${protectedEntries}) order by ${leastValuable}`, {
    batch: Math.min(batch, count - maxEntries),
  });
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
  const { superseded, filtered, overBound, calls, actions, cache } = report;
  const byAge = [...Object.values(report.byType), ...Object.values(report.byTopic)];
  return [superseded, filtered, overBound, calls, actions, cache, ...byAge].reduce(
    (sum, count) => sum + count,
  );
}
