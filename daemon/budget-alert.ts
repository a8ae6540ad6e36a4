import { formatUsd } from '../config/money.ts';
import type { BudgetStatus } from '../memory/types.ts';

/**
 * Watches the day's budget: the first time a day that what is spent and reserved reaches `alert_threshold`
 * percent of it, the returned function gives the line to raise the alarm with.
 */
export function createBudgetAlert(
  thresholdPercent: () => number,
): (status: BudgetStatus) => string | undefined {
  let alertedOn: string | undefined;
  return (status) => {
    const used = status.spent + status.reserved;
    if (status.dailyLimit === 0 || status.day === alertedOn) return undefined;
    if (used * 100 < status.dailyLimit * thresholdPercent()) return undefined;
    alertedOn = status.day;
    const percent = Math.floor((used * 100) / status.dailyLimit);
    return `${percent}% of the daily budget is used: ${formatUsd(used)} of ${formatUsd(status.dailyLimit)} (cost_control.daily_budget)`;
  };
}
