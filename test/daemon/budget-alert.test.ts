import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBudgetAlert } from '../../daemon/budget-alert.ts';
import type { BudgetStatus } from '../../memory/types/budget.ts';
import { callStart, noon, temporaryMemory } from '../memory/temporary-memory.ts';

test('the alarm is raised once a day for each limit, when spent and reserved together reach the threshold', async (t) => {
  const limits = { dailyBudget: 1000, typeBudgets: { summarize: 200 }, alertThreshold: 80 };
  const { memory, clock } = await temporaryMemory(t, { limits });
  const watch = createBudgetAlert();
  const alert = (status: BudgetStatus) => watch(status).alerts.map(({ line }) => line);
  await memory.ledger.begin(callStart({ reserve: 799 }));
  assert.deepEqual(alert(memory.budget.status()), []);
  await memory.ledger.begin(callStart({ reserve: 1 }));
  const [line, ...more] = alert(memory.budget.status());
  assert.match(line ?? '', /^80% of the day limit is used: \$\S+ of \$\S+ \(cost_control\.daily_budget\)$/);
  assert.deepEqual(more, []);
  await memory.ledger.begin(callStart({ type: 'summarize', reserve: 160 }));
  assert.match(alert(memory.budget.status()).join(), /^80% of the type summarize limit is used/);
  assert.deepEqual(alert(memory.budget.status()), []);
  clock.now = noon + 86_400_000;
  assert.deepEqual(alert(memory.budget.status()), []);
  await memory.ledger.begin(callStart({ reserve: 900, startedAt: clock.now }));
  assert.match(alert(memory.budget.status()).join(), /^90% of the day limit/);
});

test('a limit that was raised raises its alarm anew', async (t) => {
  const { memory } = await temporaryMemory(t, { limits: { dailyBudget: 1000, alertThreshold: 80 } });
  const watch = createBudgetAlert();
  await memory.ledger.begin(callStart({ reserve: 900 }));
  assert.equal(watch(memory.budget.status()).alerts.length, 1);
  await memory.budget.change({ kind: 'top_up', amount: 1000 });
  assert.equal(watch(memory.budget.status()).alerts.length, 0);
  await memory.ledger.begin(callStart({ reserve: 800 }));
  assert.equal(watch(memory.budget.status()).alerts[0]?.percent, 85);
});

test('without a limit there is no alarm', async (t) => {
  const { memory } = await temporaryMemory(t, { limits: { alertThreshold: 80 } });
  await memory.ledger.begin(callStart({ reserve: 5_000_000_000 }));
  assert.deepEqual(createBudgetAlert()(memory.budget.status()).alerts, []);
});

test('what was alerted before a restart is not alerted again on that day, and on the next it is', async (t) => {
  const { memory, clock } = await temporaryMemory(t, { limits: { dailyBudget: 1000, alertThreshold: 80 } });
  await memory.ledger.begin(callStart({ reserve: 900 }));
  const { alerts, alerted } = createBudgetAlert()(memory.budget.status());
  assert.equal(alerts[0]?.percent, 90);
  assert.deepEqual(createBudgetAlert(alerted)(memory.budget.status()).alerts, []);
  clock.now = noon + 86_400_000;
  await memory.ledger.begin(callStart({ reserve: 900, startedAt: clock.now }));
  assert.equal(createBudgetAlert(alerted)(memory.budget.status()).alerts.length, 1);
});
