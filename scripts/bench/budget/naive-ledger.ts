/**
 * What the proof must catch: a ledger that looks at what is spent, allows the call, and adds its cost when it
 * ends. No reservation: calls under way, and those of a process that died, are unseen.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { NanoUsd } from '../../../config/money.ts';
import type { BudgetRefusal, Ledger } from '../../../router/types/outside.ts';

export interface NaiveLedger {
  ledger: Ledger;
  wouldRefuse: (reserve: NanoUsd) => BudgetRefusal | undefined;
}

export function openNaiveLedger(path: string, limit: NanoUsd, spentBefore: NanoUsd): NaiveLedger {
  let spent = existsSync(path) ? Number(readFileSync(path, 'utf8')) : spentBefore;
  const wouldRefuse = (neededNano: NanoUsd): BudgetRefusal | undefined =>
    neededNano === 0 || limit === 0 || spent + neededNano <= limit
      ? undefined
      : { limit: 'day', setBy: 'naive', limitNano: limit, usedNano: spent, neededNano, resetsAt: undefined };
  return {
    wouldRefuse,
    ledger: {
      begin(start) {
        const refusal = wouldRefuse(start.reserve);
        return Promise.resolve(refusal === undefined ? { ok: true } : { ok: false, refusal });
      },
      finish(end) {
        spent += end.cost;
        writeFileSync(path, String(spent));
        return Promise.resolve();
      },
      judge() {},
    },
  };
}
