/** The figures of the report, each a pure function of the calls with the number of cases it rests on. */
import type { TierName } from '../../config/config.ts';
import type { CallFact } from './facts.ts';

export interface Measure {
  value: number;
  /** How many cases it rests on. */
  sample: number;
}

/** Calls that asked a model for an answer: no critiques, no probes, no cache hits. */
export function answerCalls(calls: readonly CallFact[]): CallFact[] {
  return calls.filter((call) => call.role === 'answer' && !call.cached && call.outcome !== 'cancelled');
}

/** The value below which 95 % of the values lie (nearest rank). */
export function percentile95(values: readonly number[]): Measure {
  const sorted = [...values].sort((one, other) => one - other);
  const at = Math.max(0, Math.ceil(0.95 * sorted.length) - 1);
  return { value: sorted[at] ?? Number.NaN, sample: sorted.length };
}

export function mean(values: readonly number[]): Measure {
  return { value: values.reduce((sum, value) => sum + value, 0) / values.length, sample: values.length };
}

function share<T>(all: readonly T[], part: (one: T) => boolean): Measure {
  return { value: all.filter(part).length / all.length, sample: all.length };
}

/** Milliseconds of answers that arrived, of one tier or of one model or of all. */
export function latency95(calls: readonly CallFact[], of: { tier?: TierName; model?: string } = {}): Measure {
  const arrived = answerCalls(calls).filter(
    (call) =>
      (call.outcome === 'ok' || call.outcome === 'rejected') &&
      (of.tier === undefined || call.tier === of.tier) &&
      (of.model === undefined || call.model === of.model),
  );
  return percentile95(arrived.flatMap((call) => (call.latencyMs === null ? [] : [call.latencyMs])));
}

export function meanQuality(calls: readonly CallFact[]): Measure {
  const accepted = answerCalls(calls).filter((call) => call.accepted === true);
  return mean(accepted.flatMap((call) => (call.quality === null ? [] : [call.quality])));
}

/** Judged answers that were accepted. */
export function passRate(calls: readonly CallFact[]): Measure {
  const judged = answerCalls(calls).filter((call) => call.accepted !== null);
  return share(judged, (call) => call.accepted === true);
}

/** Calls for an answer that failed or were rejected, so that another candidate had to be asked. */
export function fallbackRate(calls: readonly CallFact[]): Measure {
  return share(answerCalls(calls), (call) => call.outcome === 'error' || call.accepted === false);
}

export function tierShare(calls: readonly CallFact[], tiers: readonly TierName[]): Measure {
  return share(answerCalls(calls), (call) => tiers.includes(call.tier));
}

export function modelShare(calls: readonly CallFact[], model: string): Measure {
  return share(answerCalls(calls), (call) => call.model === model);
}

/** Accepted answers of local tiers over all accepted answers. */
export function localAnswers(calls: readonly CallFact[]): Measure {
  const accepted = answerCalls(calls).filter((call) => call.accepted === true);
  return share(accepted, (call) => call.tier !== 'api_fallback');
}

/** Output tokens a second of one call, on average over a model's answers. */
export function tokensPerSecond(calls: readonly CallFact[], model: string): Measure {
  const timed = answerCalls(calls).filter(
    (call) => call.model === model && call.outputTokens > 0 && (call.latencyMs ?? 0) > 0,
  );
  return mean(timed.map((call) => (call.outputTokens * 1_000) / (call.latencyMs ?? 1)));
}

/** Output tokens a second of a model over the time in which at least one of its calls ran: what a server's figure means. */
export function throughput(calls: readonly CallFact[], model: string): Measure {
  const own = answerCalls(calls)
    .filter((call) => call.model === model && call.outputTokens > 0)
    .sort((one, other) => one.startedAt - other.startedAt);
  let busy = 0;
  let until = 0;
  for (const call of own) {
    const from = Math.max(until, call.startedAt);
    if (call.finishedAt > from) {
      busy += call.finishedAt - from;
      until = call.finishedAt;
    }
  }
  const tokens = own.reduce((sum, call) => sum + call.outputTokens, 0);
  return { value: (tokens * 1_000) / busy, sample: own.length };
}

/** Milliseconds from a failed call's end to the start of the next call of its action on another model. */
export function failover95(calls: readonly CallFact[]): Measure {
  const byAction = Map.groupBy(answerCalls(calls), (call) => call.actionId);
  const waits: number[] = [];
  for (const own of byAction.values()) {
    const inOrder = [...own].sort((one, other) => one.startedAt - other.startedAt);
    inOrder.forEach((call, at) => {
      if (call.outcome !== 'error') return;
      const next = inOrder.slice(at + 1).find((later) => later.model !== call.model);
      if (next !== undefined) waits.push(Math.max(0, next.startedAt - call.finishedAt));
    });
  }
  return percentile95(waits);
}
