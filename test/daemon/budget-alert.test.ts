import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBudgetAlert } from '../../daemon/budget-alert.ts';
import type { BudgetStatus } from '../../memory/types.ts';

function status(change: Partial<BudgetStatus>): BudgetStatus {
  return { day: '2026-11-21', spent: 0, reserved: 0, dailyLimit: 1_000_000_000, ...change } as BudgetStatus;
}

test('the alarm is raised once a day, when spent and reserved together reach the threshold', () => {
  const alert = createBudgetAlert(() => 80);
  assert.equal(alert(status({ spent: 500_000_000, reserved: 299_999_999 })), undefined);
  assert.match(
    alert(status({ spent: 500_000_000, reserved: 300_000_000 })) ?? '',
    /80% of the daily budget is used: \$0\.80 of \$1\.00/,
  );
  assert.equal(alert(status({ spent: 900_000_000 })), undefined);
  assert.match(alert(status({ day: '2026-11-22', spent: 900_000_000 })) ?? '', /90%/);
});

test('without a limit there is no alarm', () => {
  const alert = createBudgetAlert(() => 80);
  assert.equal(alert(status({ dailyLimit: 0, spent: 5_000_000_000 })), undefined);
});
