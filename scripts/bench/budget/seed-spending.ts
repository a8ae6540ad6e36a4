import type { NanoUsd } from '../../../config/money.ts';
import type { Store } from '../../../memory/database.ts';
import { beginCall, finishCall } from '../../../memory/ledger.ts';
import type { Schedule } from './schedule.ts';

/** What a schedule begins with: settled calls of today and of five days ago, which no limit was asked about. */
export function seedSpending(store: Store, schedule: Schedule, now: number): void {
  const { timeZone } = schedule.limits;
  spend(store, { id: 'seed-today', cost: schedule.spentToday, at: now, timeZone });
  spend(store, { id: 'seed-earlier', cost: schedule.spentEarlier, at: now - 5 * 86_400_000, timeZone });
}

function spend(
  store: Store,
  { id, cost, at, timeZone }: { id: string; cost: NanoUsd; at: number; timeZone: string },
): void {
  if (cost === 0) return;
  const limits = { dailyBudget: 0, monthlyBudget: 0, dailyApiCalls: 0, timeZone };
  const start = {
    callId: id,
    origin: { actionId: id },
    role: 'answer',
    type: 'seed',
    complexity: 'simple',
    tier: 'api_fallback',
    provider: 'openai',
    model: 'seed',
    modelId: 'seed',
    reserve: cost,
    prices: undefined,
    startedAt: at,
  } as const;
  store.transaction(() => {
    beginCall(store, { start, limits, holder: 'seed' });
    finishCall(store, {
      callId: id,
      outcome: 'ok',
      usage: undefined,
      cost,
      settlement: 'settled',
      latencyMs: 0,
      firstTokenMs: undefined,
      loadMs: undefined,
      finishedAt: at,
    });
  }, 'full');
}
