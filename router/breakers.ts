import type { ModelSpec } from '../config/config.ts';
import type { AttemptError } from './types/assessment.ts';
import type { Breakers, Clock } from './types/outside.ts';

/** What is kept of one candidate; plain JSON, so that it survives a restart. */
export interface BreakerRecord {
  failures: number;
  openUntil: number;
  /** How often it has opened in a row: the pause doubles each time. */
  opened: number;
  reason: string;
}

const failuresToOpen = 3;
const firstPauseMs = 5_000;
const longestPauseMs = 300_000;
/** A spend cap stands until the account's month ends or its owner acts; asking hourly is often enough. */
const spendCapPauseMs = 3_600_000;

/**
 * A breaker per candidate: three failures in a row open it for 5 s, doubling to 5 min; after the pause one
 * probe is let through. A spend cap opens it at once for an hour. `save` receives every change.
 */
export function createBreakers(options: {
  clock: Clock;
  saved: Readonly<Record<string, BreakerRecord>>;
  save: (all: Readonly<Record<string, BreakerRecord>>) => void;
}): Breakers & { all(): Readonly<Record<string, BreakerRecord>> } {
  const records: Record<string, BreakerRecord> = { ...options.saved };
  /** Models whose one half-open probe is under way. */
  const probing = new Map<string, number>();

  return {
    state(model) {
      const record = records[model.name];
      if (record === undefined || record.openUntil === 0) return { state: 'closed' };
      const now = options.clock.now();
      if (now < record.openUntil) return { state: 'open', retryAt: record.openUntil, reason: record.reason };
      const probeSince = probing.get(model.name);
      // A probe whose end was never reported (its worker died) blocks for one pause at most.
      if (probeSince !== undefined && now - probeSince < pause(record.opened)) {
        return {
          state: 'open',
          retryAt: probeSince + pause(record.opened),
          reason: `${record.reason}; a probe is under way`,
        };
      }
      return { state: 'half_open', reason: record.reason };
    },
    succeeded(model) {
      probing.delete(model.name);
      if (records[model.name] === undefined) return;
      delete records[model.name];
      options.save(records);
    },
    failed(model, error) {
      if (!speaksOfHealth(error)) {
        probing.delete(model.name);
        return;
      }
      const record = records[model.name] ?? { failures: 0, openUntil: 0, opened: 0, reason: '' };
      probing.delete(model.name);
      const now = options.clock.now();
      const failures = record.failures + 1;
      const opens = error.class === 'spend_cap' || failures >= failuresToOpen;
      const opened = opens ? record.opened + 1 : record.opened;
      const until = now + (error.class === 'spend_cap' ? spendCapPauseMs : pause(opened));
      records[model.name] = {
        failures,
        opened,
        openUntil: opens ? until : record.openUntil,
        reason: error.message,
      };
      options.save(records);
    },
    probe(model: ModelSpec) {
      probing.set(model.name, options.clock.now());
    },
    all: () => records,
  };
}

function pause(opened: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.max(0, opened - 1));
}

/** Our own refusals, a wrong request or a refused content say nothing about the candidate's health. */
function speaksOfHealth(error: AttemptError): boolean {
  return ['retry_here', 'rate_limited', 'retry_elsewhere', 'spend_cap'].includes(error.class);
}
