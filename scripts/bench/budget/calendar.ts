import { type Job, passMidnight, timeOf } from './jobs.ts';
import type { Schedule } from './schedule.ts';

/** The clock of one schedule in one life of its process. Midnight comes when it hurts: with calls under way. */
export interface Calendar {
  now: () => number;
  /** When the day ends; undefined when it does not, or has. */
  midnight: () => number | undefined;
  callBegun: () => void;
  /** Resolves when it is past midnight. */
  midnightPassed: () => Promise<void>;
  /** One of those who work has nothing left to do. */
  handEnds: () => void;
}

/** `hands`: how many work at once. When the last of them waits for midnight, it comes. */
export function openCalendar(job: Job, { midnight, actions }: Schedule, hands: number): Calendar {
  let offset = timeOf(job, 0);
  let toCome = offset === job.clockOffsetMs ? midnight?.at : undefined;
  let calls = 0;
  let working = hands;
  const waiting: (() => void)[] = [];
  // Another one in each life, so that it meets calls in every state.
  const callsBefore = Math.round(actions.length * (0.1 + Math.random() * 0.4));
  const pass = () => {
    passMidnight(job);
    offset = timeOf(job, 0);
    toCome = undefined;
    for (const resolve of waiting.splice(0)) resolve();
  };
  const passIfIdle = () => {
    if (toCome !== undefined && working > 0 && waiting.length === working) pass();
  };
  return {
    now: () => Date.now() + offset,
    midnight: () => toCome,
    callBegun() {
      calls += 1;
      if (toCome !== undefined && calls >= callsBefore) pass();
    },
    midnightPassed() {
      if (toCome === undefined) return Promise.resolve();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      passIfIdle();
      return promise;
    },
    handEnds() {
      working -= 1;
      passIfIdle();
    },
  };
}
