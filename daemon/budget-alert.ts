import { formatUsd } from '../config/money.ts';
import type { BudgetStatus, LimitStatus } from '../memory/types/budget.ts';

/** A limit that is nearly used up. */
export interface BudgetAlert {
  /** The budget day. */
  day: string;
  /** `day`, `month`, `type` … */
  limit: string;
  name?: string;
  /** As the limit has it: nano-dollars, or calls. */
  value: number;
  percent: number;
  /** `82% of the day limit is used: $8.20 of $10.00 (cost_control.daily_budget)` */
  line: string;
}

/** What was alerted on a day, as it survives a restart. */
export interface Alerted {
  day: string;
  limits: readonly string[];
}

/**
 * Watches the budget: the first time a day that what is spent and reserved reaches `alert_threshold` percent
 * of a limit, the returned function gives the alarm to raise. `swarmd budget` and `swarmd status` show the same
 * limits for as long as they are that full. `before`: what was alerted until now.
 */
export function createBudgetAlert(
  before?: Alerted,
): (status: BudgetStatus) => { alerts: readonly BudgetAlert[]; alerted: Alerted } {
  let day = before?.day ?? '';
  const known = new Set(before?.limits);
  return (status) => {
    if (status.day !== day) known.clear();
    day = status.day;
    const alerts: BudgetAlert[] = [];
    for (const limit of status.limits) {
      // A limit that was changed is another one: it can be nearly used up once more.
      const key = `${limit.limit} ${limit.name ?? ''} ${limit.value}`;
      if (!limit.alert || known.has(key)) continue;
      known.add(key);
      alerts.push(alertOf(limit, day));
    }
    return { alerts, alerted: { day, limits: [...known] } };
  };
}

function alertOf({ limit, name, value, spent, reserved, setBy }: LimitStatus, day: string): BudgetAlert {
  const used = spent + reserved;
  const show = (amount: number) => (limit === 'api-calls' ? String(amount) : formatUsd(amount));
  const percent = Math.floor((used * 100) / value);
  const whose = name === undefined ? limit : `${limit} ${name}`;
  return {
    day,
    limit,
    ...(name === undefined ? {} : { name }),
    value,
    percent,
    line: `${percent}% of the ${whose} limit is used: ${show(used)} of ${show(value)} (${setBy})`,
  };
}
