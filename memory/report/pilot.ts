/** What `swarmd report --pilot` says of a period: cost, quality, latency and escalation, by arm of an experiment. */
import type { NanoUsd } from '../../config/money.ts';
import type { Experiment } from '../../router/experiment/experiment.ts';
import type { ArmTally, Tally } from '../../router/experiment/verdict.ts';
import type { Store } from '../database.ts';
import { tallyArm, tallyPeriod } from '../experiments.ts';
import {
  differenceFigure,
  type Figure,
  meanFigure,
  quantileFigure,
  shareDifference,
  shareFigure,
} from './intervals.ts';

/** One action as an arm served it. */
export interface PilotRequest {
  /** All calls of this arm for it, rejected answers and critiques included. */
  cost: NanoUsd;
  /** Milliseconds of these calls one after the other, waiting for a place included. */
  latencyMs: number;
  /** Of the answer given, as the gate saw it; null where no answer came. */
  quality: number | null;
  /** The gate accepted the answer. */
  accepted: boolean;
  /** A first answer was rejected and another model asked. */
  escalated: boolean;
}

export interface PilotArm {
  name: string;
  requests: number;
  /** Nano-dollars a request. */
  cost: Figure | undefined;
  quality: Figure | undefined;
  /** Of the requests, those that the gate accepted an answer for, escalations included. */
  accepted: Figure | undefined;
  /** Of the first answers, those that the gate accepted: what a rollout is judged by (`tallyArm`). */
  firstAccepted: Figure | undefined;
  /** Of the first answers with a label of a source that can say both, those labelled good. */
  labelledGood: Figure | undefined;
  /** First answers that failed hard. */
  hardFailures: number;
  latency50: Figure | undefined;
  latency95: Figure | undefined;
  escalated: Figure | undefined;
}

/** One measure in which the tried arm differs from the baseline. */
export interface PilotDifference {
  measure: string;
  is: 'higher' | 'lower';
  /** Of the baseline and of the tried arm, with their unit. */
  from: string;
  to: string;
}

export interface PilotReport {
  /** Undefined: everything in the period, as one arm. */
  experiment: string | undefined;
  arms: readonly PilotArm[];
  /** The tried arm minus the baseline, where both have enough. */
  costDifference: Figure | undefined;
  qualityDifference: Figure | undefined;
  /** What else differs, by an interval of 95 % each. */
  differs: readonly PilotDifference[];
  verdict: string;
  /** There were more actions than are looked at; the newest are. */
  cut: boolean;
}

/** An arm with fewer requests has no place in a comparison. */
export const leastRequests = 50;
const mostActions = 200_000;

interface Row {
  cost: NanoUsd;
  latency: number | null;
  accepted: number | null;
  quality: number | null;
  escalated: number;
}

/** `answer` is the role of the calls that answer: a shadow's are all of one role. */
const selectRequests = (whose: string, answer: 'answer' | 'shadow') => `
  select sum(cost_nano) as cost, sum(latency_ms) as latency,
    max(iif(role = '${answer}', accepted, null)) as accepted,
    coalesce(max(iif(accepted = 1, quality, null)), max(quality)) as quality,
    max(role = '${answer}' and escalated_from is not null) as escalated
  from calls
  where ${whose} and provider <> 'cache' and settlement <> 'open' and started_at >= @since and started_at < @until
  group by action_id order by max(seq) desc limit ${mostActions}`;

const real = `role not in ('shadow', 'judge', 'embed', 'probe')`;
const everything = selectRequests(real, 'answer');
const ofArm = selectRequests(`experiment = @experiment and arm = @arm and ${real}`, 'answer');
const ofShadow = selectRequests(`experiment = @experiment and role = 'shadow'`, 'shadow');
const besideShadow = selectRequests(
  `action_id in (select action_id from calls where experiment = @experiment and role = 'shadow') and ${real}`,
  'answer',
);

/** Reads the period; of an experiment its two arms, else everything as one. */
export function pilotReport(
  store: Store,
  period: { since: number; until: number },
  experiment: Experiment | undefined,
): PilotReport {
  const read = (sql: string, more: Record<string, string> = {}): PilotRequest[] =>
    store.all<Row>(sql, { ...period, ...more }).map(toRequest);
  if (experiment === undefined) {
    const all = read(everything);
    return {
      experiment: undefined,
      arms: [armOf('everything', all, tallyPeriod(store, { ...period, most: mostActions }))],
      costDifference: undefined,
      qualityDifference: undefined,
      differs: [],
      verdict:
        all.length < leastRequests
          ? `too little data: ${all.length} requests, at least ${leastRequests} are needed`
          : 'one arm, nothing to compare with: name an experiment with --experiment',
      cut: all.length === mostActions,
    };
  }
  const { name, kind, baseline, tried } = experiment;
  const shadow = kind === 'shadow';
  const first = shadow
    ? read(besideShadow, { experiment: name })
    : read(ofArm, { experiment: name, arm: baseline.name });
  const second = shadow
    ? read(ofShadow, { experiment: name })
    : read(ofArm, { experiment: name, arm: tried.name });
  const tally = (which: 'baseline' | 'tried') =>
    tallyArm(store, experiment, which, { ...period, most: mostActions });
  return {
    experiment: name,
    ...compare(
      { arm: armOf(baseline.name, first, tally('baseline')), requests: first },
      { arm: armOf(tried.name, second, tally('tried')), requests: second },
    ),
    cut: first.length === mostActions || second.length === mostActions,
  };
}

function toRequest(row: Row): PilotRequest {
  return {
    cost: row.cost,
    latencyMs: row.latency ?? 0,
    quality: row.quality,
    accepted: row.accepted === 1,
    escalated: row.escalated === 1,
  };
}

function armOf(name: string, requests: readonly PilotRequest[], tally: ArmTally): PilotArm {
  const count = requests.length;
  const counted = (good: (request: PilotRequest) => boolean) => requests.filter(good).length;
  const latencies = requests.map((request) => request.latencyMs);
  return {
    name,
    requests: count,
    cost: meanFigure(requests.map((request) => request.cost)),
    quality: meanFigure(qualities(requests)),
    accepted: shareFigure(
      count,
      counted(({ accepted }) => accepted),
    ),
    firstAccepted: shareOf(tally.answers),
    labelledGood: shareOf(tally.labels),
    hardFailures: tally.hardFailures,
    latency50: quantileFigure(latencies, 0.5),
    latency95: quantileFigure(latencies, 0.95),
    escalated: shareFigure(
      count,
      counted(({ escalated }) => escalated),
    ),
  };
}

function shareOf({ count, good }: Tally): Figure | undefined {
  return shareFigure(count, good);
}

/** No answer is worth nothing. */
function qualities(requests: readonly PilotRequest[]): number[] {
  return requests.map(({ quality }) => quality ?? 0);
}

interface Side {
  arm: PilotArm;
  requests: readonly PilotRequest[];
}

function compare(
  baseline: Side,
  tried: Side,
): Pick<PilotReport, 'arms' | 'costDifference' | 'qualityDifference' | 'differs' | 'verdict'> {
  const arms = [baseline.arm, tried.arm];
  const names = { baseline: baseline.arm.name, tried: tried.arm.name };
  if (Math.min(baseline.requests.length, tried.requests.length) < leastRequests)
    return {
      arms,
      costDifference: undefined,
      qualityDifference: undefined,
      differs: [],
      verdict: `too little data: ${names.baseline} has ${baseline.requests.length} requests and ${names.tried} ${tried.requests.length}; at least ${leastRequests} each are needed`,
    };
  const cost = (side: Side) => side.requests.map((request) => request.cost);
  const costDifference = differenceFigure(cost(baseline), cost(tried));
  const qualityDifference = differenceFigure(qualities(baseline.requests), qualities(tried.requests));
  const differs = differencesOf(baseline.arm, tried.arm);
  const main = `cost ${direction(costDifference)}, quality ${direction(qualityDifference)}`;
  const others = differs.map(({ measure, is, from, to }) => `${measure} ${is} (${to} against ${from})`);
  return {
    arms,
    costDifference,
    qualityDifference,
    differs,
    verdict: `${names.tried} against ${names.baseline}: ${[main, ...others].join('; ')}`,
  };
}

/** What differs between the arms besides cost and quality, by 95 % each; what shows no difference is left out. */
function differencesOf(baseline: PilotArm, tried: PilotArm): PilotDifference[] {
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  const milliseconds = (value: number) => `${Math.round(value)} ms`;
  const compared: [string, Figure | undefined, Figure | undefined, typeof shareDifference, typeof share][] = [
    ['requests accepted', baseline.accepted, tried.accepted, shareDifference, share],
    ['first answers accepted', baseline.firstAccepted, tried.firstAccepted, shareDifference, share],
    ['labelled good', baseline.labelledGood, tried.labelledGood, shareDifference, share],
    ['hard failures', hardShare(baseline), hardShare(tried), shareDifference, share],
    ['escalations', baseline.escalated, tried.escalated, shareDifference, share],
    ['latency p50', baseline.latency50, tried.latency50, apart, milliseconds],
    ['latency p95', baseline.latency95, tried.latency95, apart, milliseconds],
  ];
  return compared.flatMap(([measure, first, second, differ, show]) => {
    if (first === undefined || second === undefined) return [];
    const is = direction(differ(first, second));
    if (is !== 'higher' && is !== 'lower') return [];
    return [{ measure, is, from: show(first.value), to: show(second.value) }];
  });
}

function hardShare({ firstAccepted, hardFailures }: PilotArm): Figure | undefined {
  return firstAccepted === undefined ? undefined : shareFigure(firstAccepted.count, hardFailures);
}

/** Two quantiles differ where their intervals do not overlap: stricter than need be, and of no distribution. */
function apart(first: Figure, second: Figure): Figure | undefined {
  if (first.low === undefined || first.high === undefined) return undefined;
  if (second.low === undefined || second.high === undefined) return undefined;
  return {
    value: second.value - first.value,
    low: second.low - first.high,
    high: second.high - first.low,
    count: Math.min(first.count, second.count),
  };
}

/** Below this a difference is the rounding of sums. */
const rounding = 1e-9;

/** What the interval of a difference allows to say. */
function direction(
  difference: Figure | undefined,
): 'unknown' | 'higher' | 'lower' | 'the same' | 'no difference shown' {
  if (difference?.low === undefined || difference.high === undefined) return 'unknown';
  if (difference.low > rounding) return 'higher';
  if (difference.high < -rounding) return 'lower';
  return difference.high - difference.low < rounding ? 'the same' : 'no difference shown';
}
