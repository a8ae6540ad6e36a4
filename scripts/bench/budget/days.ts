/** The limits of the two days that a schedule plays on, and of their months, against the rows of the ledger. */
import type { NanoUsd } from '../../../config/money.ts';
import type { BudgetScope } from '../../../memory/budget-limits.ts';
import type { Store } from '../../../memory/database.ts';
import { beforeMidnightMs, type Midnight } from './midnights.ts';
import type { Schedule } from './schedule.ts';

interface Row {
  id: string;
  day: string;
  type: string;
  agent: string | null;
  client: string | null;
  started_at: number;
  finished_at: number | null;
  cost_nano: NanoUsd;
}

interface DayRow {
  day: string;
  spent_nano: NanoUsd;
  reserved_nano: NanoUsd;
  api_calls: number;
}

export interface DaysVerdict {
  problems: string[];
  /** Calls begun on the first day and on the second. */
  calls: readonly [number, number];
  /** Calls begun before midnight and settled after it. */
  across: number;
}

/**
 * Every call is counted in the one day in which it began, and no day and no month is over its limit. The rows'
 * sums stand for the provider's bill: action by action `verify` has found them equal to it, or above.
 */
export function verifyDays(schedule: Schedule, midnight: Midnight, store: Store): DaysVerdict {
  const rows = store.all<Row>(
    `select id, day, type, agent, client, started_at, finished_at, cost_nano from calls
     where reserved_nano > 0 and id not like 'seed-%'`,
  );
  const seeds = store.all<Row>(`select day, cost_nano from calls where id like 'seed-%'`);
  const counted = store.all<DayRow>('select day, spent_nano, reserved_nano, api_calls from budget_days');
  const problems: string[] = [];
  for (const row of rows) {
    const day = row.started_at < midnight.at ? midnight.before : midnight.after;
    if (row.day !== day) problems.push(`${row.id} began on ${day} and is counted in ${row.day}`);
    if (row.started_at < midnight.at - beforeMidnightMs) problems.push(`${row.id} began before the schedule`);
  }
  for (const { day, spent_nano, reserved_nano, api_calls } of counted) {
    const own = rows.filter((row) => row.day === day);
    const seeded = seeds.filter((row) => row.day === day);
    if (sum([...own, ...seeded]) !== spent_nano)
      problems.push(`${day}: counted ${spent_nano}, its calls are ${sum([...own, ...seeded])}`);
    if (reserved_nano !== 0) problems.push(`${day}: ${reserved_nano} still reserved at the end`);
    if (own.length + seeded.length !== api_calls)
      problems.push(`${day}: ${api_calls} calls counted, ${own.length + seeded.length} made`);
  }
  for (const day of [midnight.before, midnight.after])
    problems.push(
      ...overOn(
        day,
        schedule,
        rows.filter((row) => row.day === day),
      ),
    );
  for (const month of new Set([midnight.before, midnight.after].map((day) => day.slice(0, 7)))) {
    const spent = sum([...rows, ...seeds].filter((row) => row.day.startsWith(month)));
    const limit = schedule.limits.monthlyBudget;
    if (limit > 0 && spent > limit) problems.push(`overrun: month ${month}: ${spent} of ${limit}`);
  }
  return {
    problems,
    calls: [
      rows.filter((row) => row.day === midnight.before).length,
      rows.filter((row) => row.day === midnight.after).length,
    ],
    across: rows.filter((row) => row.started_at < midnight.at && (row.finished_at ?? 0) >= midnight.at)
      .length,
  };
}

function overOn(day: string, { limits }: Schedule, rows: readonly Row[]): string[] {
  const problems: string[] = [];
  const check = (name: string, limit: number, used: number) => {
    if (limit > 0 && used > limit) problems.push(`overrun: ${name} of ${day}: ${used} of ${limit}`);
  };
  check('day', limits.dailyBudget, sum(rows));
  check('api calls', limits.dailyApiCalls, rows.length);
  const scopes: Readonly<Record<BudgetScope, Readonly<Record<string, NanoUsd>> | undefined>> = {
    type: limits.typeBudgets,
    agent: limits.agentBudgets,
    client: limits.clientBudgets,
  };
  for (const scope of ['type', 'agent', 'client'] as const)
    for (const [name, limit] of Object.entries(scopes[scope] ?? {}))
      check(`${scope} ${name}`, limit, sum(rows.filter((row) => row[scope] === name)));
  return problems;
}

function sum(rows: readonly { cost_nano: NanoUsd }[]): NanoUsd {
  return rows.reduce((total, row) => total + row.cost_nano, 0);
}
