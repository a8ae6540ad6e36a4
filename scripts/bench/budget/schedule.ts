/** Random schedules for the proof that no budget is overrun. All of a schedule follows from its seed. */
import { fromUsd, type NanoUsd } from '../../../config/money.ts';
import type { BudgetLimits } from '../../../memory/budget-limits.ts';
import type { FaultName } from '../../simulator/simulator.ts';
import { type Midnight, midnights } from './midnights.ts';

export interface Schedule {
  seed: number;
  /**
   * `fine`: one limit, the day's, of which the dearest call is at most 1 %; nearly used up at the start, so that
   * it is met. `coarse`: several limits of every kind at once, small ones too.
   */
  kind: 'fine' | 'coarse';
  /** Coarse ones only: the budget day ends while it plays. */
  midnight: Midnight | undefined;
  limits: BudgetLimits;
  /** Spent before the first call: today, and on another day of the month. */
  spentToday: NanoUsd;
  spentEarlier: NanoUsd;
  actions: readonly PlannedAction[];
  faults: readonly { fault: FaultName; after: number; count: number }[];
  /** The provider's usage report is imported after every kill. */
  reports: boolean;
}

export interface PlannedAction {
  id: string;
  type: string;
  client: string | undefined;
  agent: string | undefined;
  parentId: string | undefined;
  budget: NanoUsd | undefined;
  model: string;
  prompt: string;
  maxTokens: number;
  /** Given up by its owner after so long. */
  cancelAfterMs: number | undefined;
}

export const models = ['claude-sonnet-5-5', 'gpt-4o', 'claude-haiku-5-5', 'gpt-4o-mini'] as const;
const types = ['prompt', 'summarize', 'explain'] as const;
const clients = ['alice', 'bob', undefined] as const;
const agents = ['planner', 'coder', undefined] as const;

/**
 * Above the dearest call of any schedule here: 1,400 bytes of prompt with its overhead at $4 a million (a cache
 * write), 1,500 tokens of answer at $10. The worker checks it against every reservation it sees.
 */
export const dearestCall = fromUsd((1_400 * 4 + 1_500 * 10) / 1e6);

/** Faults after which a provider may or may not have billed; wrong usage is left out: what is reported is the ledger's only source. */
const faults: readonly FaultName[] = [
  '500',
  '529',
  '429',
  'refuse',
  'hang_after_headers',
  'cut_clean',
  'cut_destroy',
  'malformed_chunk',
  'empty_200',
  'no_usage',
  'truncated',
];

export function makeSchedule(seed: number): Schedule {
  const random = randomFrom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const between = (low: number, high: number) => Math.round(low + random() * (high - low));
  const fine = random() < 0.5;
  const budget = fine ? between(100, 140) * dearestCall : between(4, 40) * dearestCall;
  const maybe = <T>(share: number, value: () => T): T | undefined => (random() < share ? value() : undefined);
  const part = () => Math.round(budget * (0.1 + random() * 0.9));
  const count = fine ? 160 : between(64, 120);
  const actions: PlannedAction[] = [];
  for (let n = 0; n < count; n += 1) {
    const root = fine || n === 0 ? undefined : maybe(0.3, () => actions[between(0, Math.min(9, n - 1))]);
    actions.push({
      id: `act-${n}`,
      type: pick(types),
      client: root === undefined ? pick(clients) : root.client,
      agent: pick(agents),
      parentId: root?.id,
      budget: fine ? undefined : maybe(0.25, () => Math.round(dearestCall * (0.05 + random() * 3))),
      // A fine budget must be met with few calls: mostly the dear models.
      model: fine ? pick(models.slice(0, 2)) : pick(models),
      prompt: promptOf(n, between(0, 1_000), random),
      maxTokens: pick([40, 300, 1_500]),
      cancelAfterMs: maybe(0.04, () => between(0, 300)),
    });
  }
  const schedule: Schedule = {
    seed,
    kind: fine ? 'fine' : 'coarse',
    midnight: undefined,
    limits: fine
      ? { dailyBudget: budget, monthlyBudget: 0, dailyApiCalls: 0, timeZone: 'UTC' }
      : {
          dailyBudget: maybe(0.7, () => budget) ?? 0,
          monthlyBudget: maybe(0.4, () => part() + dearestCall) ?? 0,
          dailyApiCalls: maybe(0.3, () => between(5, 100)) ?? 0,
          timeZone: 'UTC',
          treeBudget: maybe(0.4, () => Math.round(dearestCall * (0.5 + random() * 4))) ?? 0,
          maxSharePerCall: maybe(0.3, () => 0.05 + random() * 0.5) ?? 1,
          typeBudgets: Object.fromEntries(types.filter(() => random() < 0.4).map((name) => [name, part()])),
          agentBudgets: maybe(0.4, () => ({ planner: part() })) ?? {},
          clientBudgets: maybe(0.4, () => ({ alice: part() })) ?? {},
        },
    spentToday: fine ? Math.round(budget * (0.91 + random() * 0.04)) : 0,
    spentEarlier: fine ? 0 : between(0, dearestCall),
    actions,
    faults: Array.from({ length: between(0, 6) }, () => ({
      fault: pick(faults),
      after: between(0, 40),
      count: between(1, 3),
    })),
    reports: random() < 0.6,
  };
  const midnight = fine ? undefined : maybe(0.5, () => pick(midnights));
  if (midnight === undefined) return schedule;
  return { ...schedule, midnight, limits: { ...schedule.limits, timeZone: midnight.timeZone } };
}

/** Begins with a mark by which the provider's requests are told apart. */
function promptOf(n: number, length: number, random: () => number): string {
  const words = ['Berlin', 'naïve', 'lighthouse', '{"a": 1}', 'водопад', '滝', '2026-11-21', 'x=y+1;'];
  let text = `[act-${n}] Explain in two sentences why the sky is blue, then say what this has to do with:`;
  while (Buffer.byteLength(text) < length) text += ` ${words[Math.floor(random() * words.length)]}`;
  return text;
}

/** mulberry32: small, and the same on every machine. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
