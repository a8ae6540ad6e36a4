import type { Store } from '../../../memory/database.ts';
import { insertEntry } from '../../../memory/entries.ts';
import { beginCall, finishCall, judgeCall } from '../../../memory/ledger.ts';
import type { NewEntry } from '../../../memory/types/entries.ts';
import { pick, random, sentence } from './texts.ts';

export const now = Date.UTC(2026, 10, 21, 12);
export const month = 30 * 86_400_000;

export interface Amounts {
  entries: number;
  calls: number;
  vectors: number;
}

/** Entries of a year and calls of three months, the newest last. */
export function fill(store: Store, { entries: entryCount, calls: callCount }: Amounts): void {
  const started = performance.now();
  for (let done = 0; done < entryCount; ) {
    store.transaction(() => {
      for (const end = Math.min(entryCount, done + 5000); done < end; done += 1) {
        const timestamp = now - Math.floor((entryCount - done) * ((12 * month) / entryCount));
        insertEntry(store, { ...columnsOf(done), text: sentence(20), timestamp }, now);
      }
    });
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`filled at ${Math.round(entryCount / seconds)} entries/s (bulk)`);
  for (let done = 0; done < callCount; ) {
    store.transaction(() => {
      for (const end = Math.min(callCount, done + 5000); done < end; done += 1) {
        oneCall(store, done, callCount);
      }
    });
  }
  store.checkpoint();
}

/** What an entry has beside its text: common values in most, rare ones in a few of every column a filter names. */
function columnsOf(index: number): Omit<NewEntry, 'text'> {
  const every = (turns: number, value: string) => (index % turns === 0 ? value : null);
  return {
    type: index % 5000 === 17 ? 'T' : pick(['d', 'f', 'n', 'a', 'L']),
    topic: `topic${Math.floor(random() * 500)}`,
    project: pick(['x', 'y']),
    importance: index % 1000 === 1 ? 'H' : index % 10 === 2 ? 'M' : null,
    taskId: every(10, `task${index % 997}`),
    session: every(2, `session${Math.floor(index / 200)}`),
    choice: every(7, `choice${index % 4999}`),
    role: every(40, 'coder'),
    due: every(2000, '2026-12-01'),
    scope: index % 50 === 7 ? 'chat' : 'shared',
    chatId: index % 50 === 7 ? `chat${index % 101}` : null,
    status: index % 20 === 5 ? 'superseded' : 'active',
  };
}

function oneCall(store: Store, index: number, callCount: number): void {
  const startedAt = now - Math.floor((callCount - index) * ((3 * month) / callCount));
  const tier = pick(['local_fast', 'local_fast', 'local_quality', 'api_fallback'] as const);
  const reserve = tier === 'api_fallback' ? 1_000_000 : 0;
  const callId = `call-${index}`;
  const limits = { dailyBudget: 0, monthlyBudget: 0, dailyApiCalls: 0, timeZone: 'UTC' };
  const origin = { actionId: `action-${index}`, agent: pick(['coder', 'reviewer', 'planner']) };
  const type = pick(['prompt', 'summarize', 'generate_code']);
  beginCall(store, {
    holder: 'bench',
    limits,
    start: {
      callId,
      origin,
      role: 'answer',
      type,
      complexity: 'simple',
      tier,
      provider: 'p',
      model: tier,
      modelId: tier,
      reserve,
      prices: undefined,
      startedAt,
    },
  });
  finishCall(store, {
    callId,
    outcome: 'ok',
    usage: undefined,
    cost: Math.floor(reserve / 2),
    settlement: reserve === 0 ? 'free' : 'settled',
    latencyMs: 100,
    firstTokenMs: 10,
    loadMs: undefined,
    finishedAt: startedAt + 100,
  });
  judgeCall(store, { callId, quality: random(), accepted: random() > 0.2, checks: [], reason: '' });
}
