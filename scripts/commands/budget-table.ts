import type { BudgetJson, LimitJson } from '../../daemon/http/wire/ledger-json.ts';
import type { CallRecord } from '../../memory/types/calls.ts';
import { screenWidth } from '../terminal/output.ts';
import { safeLine } from '../terminal/safe-text.ts';
import { type Column, tableLines } from '../terminal/table.ts';
import { ago, count, dollars, plural } from '../terminal/words.ts';

/** The limits with what is spent, reserved and left, then the calls whose cost is not known. */
export function budgetLines(budget: BudgetJson, unknown: readonly CallRecord[], now: number): string[] {
  const { paused } = budget;
  return [
    `budget day ${budget.day}, starts anew at ${budget.resets_at ?? '-'}: ${dollars(budget.spent_usd)} spent, ${dollars(budget.reserved_usd)} reserved`,
    ...(paused === null
      ? []
      : [
          `PAUSED ${ago(paused.since, now)}${paused.reason === '' ? '' : `: ${safeLine(paused.reason)}`} (go on with: swarmd budget resume)`,
        ]),
    '',
    ...tableLines(budget.limits, limitColumns, screenWidth()),
    ...budget.limits.filter((one) => one.alert).map((one) => `ALERT  ${safeLine(alertLine(one))}`),
    ...(unknown.length === 0
      ? []
      : [
          '',
          `${plural(unknown.length, 'call')} with unknown cost, charged in full (correct them with: swarmd budget settle CALL --cost-usd X)`,
          ...tableLines(unknown, unknownColumns, screenWidth()),
        ]),
  ];
}

/** `82% of the day limit is used: $8.20 of $10.00` */
export function alertLine(limit: LimitJson): string {
  const used = (limit.spent ?? 0) + (limit.reserved ?? 0);
  const percent = limit.value === null ? 0 : Math.floor((used * 100) / limit.value);
  const whose = limit.name === null ? limit.limit : `${limit.limit} ${limit.name}`;
  return `${percent}% of the ${whose} limit is used: ${amount(used, limit)} of ${amount(limit.value, limit)}`;
}

const limitColumns: Column<LimitJson>[] = [
  { title: 'LIMIT', value: (one) => safeLine(one.name === null ? one.limit : `${one.limit} ${one.name}`) },
  { title: 'VALUE', value: (one) => (one.value === null ? 'none' : amount(one.value, one)), align: 'right' },
  { title: 'SPENT', value: (one) => amount(one.spent, one), align: 'right' },
  { title: 'RESERVED', value: (one) => amount(one.reserved, one), align: 'right' },
  { title: 'LEFT', value: (one) => amount(one.left, one), align: 'right' },
  { title: 'SET BY', value: (one) => safeLine(one.set_by), flexible: true },
];

const unknownColumns: Column<CallRecord>[] = [
  { title: 'CALL', value: (one) => safeLine(one.id) },
  { title: 'STARTED', value: (one) => new Date(one.startedAt).toISOString() },
  { title: 'MODEL', value: (one) => safeLine(one.model) },
  { title: 'CHARGED', value: (one) => dollars(one.cost / 1e9), align: 'right' },
  { title: 'ACTION', value: (one) => safeLine(one.actionId), flexible: true },
];

function amount(value: number | null, { unit }: LimitJson): string {
  if (value === null) return '-';
  if (unit === 'usd') return dollars(value);
  return unit === 'share' ? `${Math.round(value * 100)}%` : count(value);
}
