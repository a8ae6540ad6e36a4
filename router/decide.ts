import type { Config } from '../config/config.ts';
import type { Assessment, Attempt, AttemptError, Decision } from './types/assessment.ts';
import type { BudgetRefusal } from './types/outside.ts';
import type { Request } from './types.ts';

export interface DecideInput {
  attempt: Attempt;
  /** Of the answer; undefined when the attempt failed. */
  assessment: Assessment | undefined;
  /** How many candidates of the plan have not been tried. */
  candidatesLeft: number;
  /** How many answers of this request were already rejected for their quality and followed by another attempt. */
  escalationsMade: number;
  config: Config;
  request: Request;
  now: number;
  /** What forbids paying for the next candidate, where the budget was asked and said no. */
  nextRefusal?: BudgetRefusal | undefined;
}

/** With less time than this left no model answers; not worth a reservation. */
const leastUsefulMs = 100;

/** Errors after which no other candidate can do better. */
const endings: Partial<Record<AttemptError['class'], string>> = {
  bad_request: 'the request itself is wrong',
  cancelled: 'it was cancelled',
};

/**
 * What to do after an attempt. Accept at or above the threshold; else go on to the next candidate (escalate
 * because of quality, fall back because of an error) while there is one, and while `max_fallback_attempts`
 * (escalations only: an error is no judgement of quality), deadline and budget allow; else give up. Giving up
 * after answers means the best of them is returned as degraded, or the request fails where it must pass.
 */
export function decide(input: DecideInput): Decision {
  const { attempt, assessment } = input;
  if (attempt.kind === 'failed') return afterError(input, attempt.error);
  if (assessment === undefined || assessment.verdict === 'pass') return { kind: 'accept' };
  const why = `quality ${assessment.quality.toFixed(2)} below ${shown(assessment.threshold ?? input.request.qualityThreshold)} (${assessment.reason})`;
  const most = input.config.routing.maxFallbackAttempts;
  const stop = input.escalationsMade >= most ? `max_fallback_attempts (${most}) reached` : cannotGoOn(input);
  return stop === undefined
    ? { kind: 'escalate', reason: why }
    : { kind: 'give_up', reason: `${why}; ${stop}` };
}

function afterError(input: DecideInput, error: AttemptError): Decision {
  const why = `${error.class}: ${error.message}`;
  const stop = endings[error.class] ?? cannotGoOn(input);
  return stop === undefined
    ? { kind: 'fall_back', reason: why }
    : { kind: 'give_up', reason: `${why}; ${stop}` };
}

function cannotGoOn({ candidatesLeft, request, now, nextRefusal }: DecideInput): string | undefined {
  if (candidatesLeft <= 0) return 'no candidate left';
  if (now + leastUsefulMs >= request.deadlineAt) return 'no time left before the deadline';
  if (nextRefusal !== undefined) return `budget: ${nextRefusal.limit} limit (${nextRefusal.setBy}) reached`;
  return undefined;
}

/** A threshold as it was stated, or a learned one shortened. */
export function shown(threshold: number): string {
  return String(Number(threshold.toFixed(3)));
}
