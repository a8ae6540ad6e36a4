import { SwarmdError } from '../config/errors.ts';
import { formatUsd, type NanoUsd } from '../config/money.ts';
import type { Store } from './database.ts';
import { dayOf, dayStart, nextDayStart } from './days.ts';
import { blank, comparison, type LedgerLine, matches } from './ledger-line.ts';
import type { Query } from './query.ts';
import { getState } from './state.ts';

/** Whose calls may be seen; undefined: all. */
export interface LedgerOptions {
  client?: string | undefined;
  now: number;
}

interface LineRow {
  id: number;
  timestamp: number;
  action_type: string;
  tier: string;
  model: string;
  agent: string | null;
  client: string | null;
  day: string;
  action_id: string;
  run_id: string | null;
  reason: string | null;
  quality: number | null;
  cost_nano: NanoUsd;
  accepted: number;
  cached: number;
}

const selectAnswers = `
  select seq as id, finished_at as timestamp, type as action_type, tier, model, agent, client, day, action_id, run_id, reason, quality,
    answer_cost_nano as cost_nano, 1 as accepted, provider = 'cache' as cached
  from calls indexed by calls_accepted
  where accepted = 1 and role = 'answer' and finished_at >= @since and finished_at <= @until
  order by finished_at desc, seq desc`;

/** Calls that were paid and belong to no accepted answer (yet). */
const selectUnanswered = `
  select seq as id, finished_at as timestamp, type as action_type, tier, model, agent, client, day, action_id, run_id, reason, quality,
    cost_nano, 0 as accepted, 0 as cached
  from calls indexed by calls_paid_unanswered
  where answer_id is null and cost_nano > 0 and finished_at >= @since and finished_at <= @until
  order by finished_at desc, seq desc`;

export function isLedgerQuery(query: Query): boolean {
  const [topic] = query.equal.topic ?? [];
  return topic === 'llm_cost' || topic === 'llm_summary';
}

/**
 * The reserved topics, answered from the ledger in the shape of entries:
 *   llm_cost     one per accepted answer; its cost is that of all calls made for it, critiques and rejected
 *                answers included. A paid call that belongs to no accepted answer (yet) is a line of its
 *                own, marked so. Therefore the lines add up to what was spent.
 *   llm_summary  one per day of `cost_control.time_zone`, the newest computed as it is asked for.
 * Returned newest first, unless the query sorts.
 */
export function queryLedger(store: Store, query: Query, options: LedgerOptions): LedgerLine[] {
  const selected: LedgerLine[] = [];
  const whole = !(query.sort.column === 'time' && query.sort.descending);
  for (const line of ledgerLines(store, query, options)) {
    if (!matches(line, query)) continue;
    selected.push(line);
    if (!whole && selected.length === query.limit) break;
  }
  if (!whole) return selected;
  selected.sort(comparison(query));
  return query.limit === -1 ? selected : selected.slice(0, query.limit);
}

export interface LedgerGroup {
  key: string | null;
  answers: number;
  cost: NanoUsd;
  /** Mean over the accepted answers; null where there is none. */
  quality: number | null;
  cached: number;
}

/** `by=tier|day|agent|client|model|type` over the lines: the groups' costs add up to the lines'. */
export function groupLedger(store: Store, query: Query, options: LedgerOptions): LedgerGroup[] {
  const { by } = query;
  if (by !== 'tier' && by !== 'day' && by !== 'agent' && by !== 'client' && by !== 'model' && by !== 'type') {
    throw new SwarmdError('USAGE', `the ledger has no groups by ${by}`, {
      where: 'by',
      allowed: 'tier, day, agent, client, model or type',
    });
  }
  const groups = new Map<string | null, LedgerGroup & { sum: number }>();
  for (const line of costLines(store, query, options)) {
    if (!matches(line, query)) continue;
    const key = by === 'type' ? line.actionType : line[by];
    let group = groups.get(key);
    if (group === undefined) {
      group = { key, answers: 0, cost: 0, quality: null, cached: 0, sum: 0 };
      groups.set(key, group);
    }
    group.cost += line.cost;
    if (!line.accepted) continue;
    if (line.choice === 'cached') group.cached += 1;
    else group.answers += 1;
    group.sum += line.quality ?? 0;
    group.quality = group.sum / (group.answers + group.cached);
  }
  const all = [...groups.values()].map(({ sum: _, ...group }) => group);
  if (by === 'day') return all.sort((a, b) => (b.key ?? '').localeCompare(a.key ?? ''));
  return all.sort((a, b) => b.cost - a.cost || b.answers - a.answers);
}

function ledgerLines(store: Store, query: Query, options: LedgerOptions): Iterable<LedgerLine> {
  return query.equal.topic?.[0] === 'llm_summary'
    ? summaryLines(store, query, options)
    : costLines(store, query, options);
}

// ------------------------------------------------------------------------------------------------ llm_cost

function* costLines(store: Store, query: Query, options: LedgerOptions): IterableIterator<LedgerLine> {
  const window = {
    since: query.since ?? 0,
    until: query.until ?? Number.MAX_SAFE_INTEGER,
  };
  // Two lists, each newest first by its index, merged as they are read: a limit stops both.
  const unanswered = store.iterate<LineRow>(selectUnanswered, window);
  try {
    let next = unanswered.next();
    for (const answer of store.iterate<LineRow>(selectAnswers, window)) {
      for (; !next.done && next.value.timestamp > answer.timestamp; next = unanswered.next()) {
        if (mayBeSeen(next.value, options)) yield costLine(next.value);
      }
      if (mayBeSeen(answer, options)) yield costLine(answer);
    }
    for (; !next.done; next = unanswered.next()) {
      if (mayBeSeen(next.value, options)) yield costLine(next.value);
    }
  } finally {
    unanswered.return?.();
  }
}

function mayBeSeen(row: LineRow, options: LedgerOptions): boolean {
  return options.client === undefined || row.client === options.client;
}

function costLine(row: LineRow): LedgerLine {
  const quality = row.quality === null ? '-' : row.quality.toFixed(2);
  const accepted = row.accepted === 1;
  const text = `Tier: ${row.tier}, Cost: ${formatUsd(row.cost_nano)}, Quality: ${quality}`;
  return {
    ...blank,
    id: row.id,
    timestamp: row.timestamp,
    type: 'a',
    topic: 'llm_cost',
    text: accepted ? text : `${text}, not accepted`,
    choice: row.cached === 1 ? 'cached' : accepted ? 'accepted' : 'not accepted',
    rationale: row.reason,
    session: row.run_id,
    source: row.model,
    role: row.agent,
    taskId: row.action_id,
    metric: row.quality === null ? null : String(row.quality),
    client: row.client,
    actionType: row.action_type,
    tier: row.tier,
    model: row.model,
    agent: row.agent,
    day: row.day,
    cost: row.cost_nano,
    quality: row.quality,
    accepted,
  };
}

// --------------------------------------------------------------------------------------------- llm_summary

interface DayRow {
  day: string;
  tier: string;
  answers: number;
  cached: number;
  cost_nano: NanoUsd;
}

const selectDays = (client: boolean) => `
  select day, tier, sum(answers) as answers, sum(cache_hits) as cached, sum(cost_nano) as cost_nano
  from _usage where width = 86400000 and start >= @from ${client ? 'and client = @client' : ''}
  group by day, tier order by day desc`;

function* summaryLines(store: Store, query: Query, options: LedgerOptions): IterableIterator<LedgerLine> {
  const timeZone = budgetTimeZone(store);
  const today = dayOf(options.now, timeZone);
  const days = new Map<string, DayRow[]>([[today, []]]);
  // A budget day overlaps two days of UTC at most.
  const from = Math.max(0, (query.since ?? 0) - 2 * 86_400_000);
  const filter = options.client === undefined ? { from } : { from, client: options.client };
  for (const row of store.all<DayRow>(selectDays(options.client !== undefined), filter)) {
    const rows = days.get(row.day);
    if (rows === undefined) days.set(row.day, [row]);
    else rows.push(row);
  }
  for (const [day, rows] of [...days].sort(([a], [b]) => (a < b ? 1 : -1))) {
    const end = nextDayStart(dayStart(day, timeZone), timeZone) - 1;
    const timestamp = day === today ? options.now : end;
    if (timestamp < (query.since ?? 0) || timestamp > (query.until ?? Number.MAX_SAFE_INTEGER)) continue;
    yield summaryLine(day, day === today ? 'Today' : day, timestamp, rows);
  }
}

function summaryLine(day: string, name: string, timestamp: number, rows: readonly DayRow[]): LedgerLine {
  const sum = (value: (row: DayRow) => number) => rows.reduce((total, row) => total + value(row), 0);
  const answers = sum((row) => row.answers);
  const api = sum((row) => (row.tier === 'api_fallback' ? row.answers : 0));
  const cost = sum((row) => row.cost_nano);
  const cached = sum((row) => row.cached);
  const local = answers === 0 ? 0 : Math.round(((answers - api) / answers) * 100);
  const shares = `${local}% local, ${answers === 0 ? 0 : 100 - local}% API`;
  const hits = cached === 0 ? '' : `, ${cached} more from the cache`;
  return {
    ...blank,
    id: Number(day.replaceAll('-', '')),
    timestamp,
    type: 'n',
    topic: 'llm_summary',
    text: `${name}: ${answers} calls, ${formatUsd(cost)} spent, ${shares}${hits}`,
    actionType: null,
    tier: '',
    model: null,
    agent: null,
    day,
    cost,
    quality: null,
    accepted: true,
  };
}

/** The daemon leaves its setting in the file, because `mem-db` reads no configuration. */
export function budgetTimeZone(store: Store): string {
  const value = getState(store, 'cost_control.time_zone');
  return typeof value === 'string' ? value : 'UTC';
}
