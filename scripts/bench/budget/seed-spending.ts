import type { NanoUsd } from '../../../config/money.ts';
import type { Store } from '../../../memory/database.ts';
import { beginCall, finishCall } from '../../../memory/ledger.ts';
import type { Schedule } from './schedule.ts';

const noLimits = { dailyBudget: 0, monthlyBudget: 0, dailyApiCalls: 0, timeZone: 'UTC' };

/** What a schedule begins with: settled calls of today and of five days ago, which no limit was asked about. */
export function seedSpending(store: Store, schedule: Schedule, noon: number): void {
  spend(store, 'seed-today', schedule.spentToday, noon);
  spend(store, 'seed-earlier', schedule.spentEarlier, noon - 5 * 86_400_000);
}

function spend(store: Store, id: string, cost: NanoUsd, at: number): void {
  if (cost === 0) return;
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
    beginCall(store, { start, limits: noLimits, holder: 'seed' });
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
