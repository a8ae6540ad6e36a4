import { formatUsd } from '../config/money.ts';
import type { BudgetStatus, LimitStatus } from '../memory/types.ts';

/**
 * Watches the budget: the first time a day that what is spent and reserved reaches `alert_threshold` percent
 * of a limit, the returned function gives the line to raise the alarm with. `swarmd budget` and `swarmd status`
 * show the same limits for as long as they are that full.
 */
export function createBudgetAlert(): (status: BudgetStatus) => readonly string[] {
  let day = '';
  const alerted = new Set<string>();
  return (status) => {
    if (status.day !== day) alerted.clear();
    day = status.day;
    const lines: string[] = [];
    for (const limit of status.limits) {
      const key = `${limit.limit} ${limit.name ?? ''}`;
      if (!limit.alert || alerted.has(key)) continue;
      alerted.add(key);
      lines.push(describeAlert(limit));
    }
    return lines;
  };
}

/** `82% of the day limit is used: $8.20 of $10.00 (cost_control.daily_budget)` */
function describeAlert({ limit, name, value, spent, reserved, setBy }: LimitStatus): string {
  const used = spent + reserved;
  const show = (amount: number) => (limit === 'api-calls' ? String(amount) : formatUsd(amount));
  const percent = Math.floor((used * 100) / value);
  const whose = name === undefined ? limit : `${limit} ${name}`;
  return `${percent}% of the ${whose} limit is used: ${show(used)} of ${show(value)} (${setBy})`;
}
