import { existsSync } from 'node:fs';
import { SwarmdError } from '../../config/errors.ts';
import { formatUsd, toUsd } from '../../config/money.ts';
import { didYouMean } from '../../config/suggest.ts';
import { sinceTime } from '../../daemon/http/query.ts';
import type { Figure } from '../../memory/report/intervals.ts';
import type { PilotArm, PilotReport } from '../../memory/report/pilot.ts';
import { print, screenWidth, tell } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { tableLines } from '../terminal/table.ts';
import { count, duration } from '../terminal/words.ts';
import { type CommonOptions, configOf } from './settings.ts';

interface PilotOptions extends CommonOptions {
  since: string;
  experiment?: string;
}

/** `swarmd report --pilot`: from the record's file, whether a daemon runs or not. */
export async function pilot(options: PilotOptions): Promise<void> {
  const now = Date.now();
  const report = await readPilot(options, { since: sinceTime(options.since, now), until: now + 1 });
  if (report?.cut === true)
    tell('more actions than the report looks at: the newest 200,000 of each arm were taken');
  if (options.json === true) print(jsonLine(pilotJson(options.since, report)));
  else if (report === undefined) tell('too little data: nothing was ever asked here');
  else for (const line of pilotLines(report)) print(line);
}

/** Undefined where there is no record at all. */
async function readPilot(
  options: PilotOptions,
  period: { since: number; until: number },
): Promise<PilotReport | undefined> {
  const { config } = configOf(options);
  if (!existsSync(config.memory.path)) {
    if (options.experiment === undefined) return undefined;
    throw noExperiment(options.experiment, []);
  }
  const [{ openRecordFile }, { getExperiment, listExperiments }, { pilotReport }] = await Promise.all([
    import('./record-file.ts'),
    import('../../memory/experiments.ts'),
    import('../../memory/report/pilot.ts'),
  ]);
  const store = openRecordFile(config.memory.path);
  try {
    const known = listExperiments(store);
    if (options.experiment === undefined) {
      const newest = known.find((one) => (one.endedAt ?? period.until) >= period.since);
      return pilotReport(store, period, newest);
    }
    const named = getExperiment(store, options.experiment);
    if (named === undefined)
      throw noExperiment(
        options.experiment,
        known.map((one) => one.name),
      );
    return pilotReport(store, period, named);
  } finally {
    store.close();
  }
}

function noExperiment(name: string, known: readonly string[]): SwarmdError {
  return new SwarmdError('NOT_FOUND', `there is no experiment "${name}"${didYouMean(name, known)}`, {
    where: '--experiment',
    allowed: known.length === 0 ? 'none was ever started' : known.join(', '),
  });
}

interface Measure {
  title: string;
  value: (arm: PilotArm) => string;
}

const measures: readonly Measure[] = [
  { title: 'requests', value: (arm) => count(arm.requests) },
  {
    title: 'cost of a request',
    value: (arm) => withInterval(arm.cost, (nano) => formatUsd(Math.round(nano))),
  },
  { title: 'quality (gate)', value: (arm) => withInterval(arm.quality, (quality) => quality.toFixed(3)) },
  { title: 'accepted, of requests', value: (arm) => withInterval(arm.accepted, percent) },
  {
    title: 'accepted, of first answers',
    value: (arm) => withCount(arm.firstAccepted, percent, 'none'),
  },
  {
    title: 'labelled good, of labelled first answers',
    value: (arm) => withCount(arm.labelledGood, percent, 'no labels'),
  },
  { title: 'hard failures, of first answers', value: (arm) => count(arm.hardFailures) },
  { title: 'latency p50', value: (arm) => withInterval(arm.latency50, duration) },
  { title: 'latency p95', value: (arm) => withInterval(arm.latency95, duration) },
  { title: 'escalated', value: (arm) => withInterval(arm.escalated, percent) },
];

function pilotLines(report: PilotReport): string[] {
  const table = tableLines(
    measures,
    [
      {
        title: report.experiment === undefined ? 'PERIOD' : safeLine(report.experiment),
        value: (row) => row.title,
      },
      ...report.arms.map((arm) => ({ title: safeLine(arm.name), value: (row: Measure) => row.value(arm) })),
    ],
    screenWidth(),
  );
  const difference = (what: string, figure: Figure | undefined, show: (value: number) => string) =>
    figure === undefined ? [] : [`${what} by ${withInterval(figure, show)}`];
  return [
    ...table,
    '',
    ...difference('cost differs', report.costDifference, (nano) =>
      nano < 0 ? `-${formatUsd(Math.round(-nano))}` : formatUsd(Math.round(nano)),
    ),
    ...difference('quality differs', report.qualityDifference, (quality) => quality.toFixed(3)),
    safeLine(report.verdict),
    'in brackets: 95 % intervals (means: bootstrap; shares: Wilson; latencies: order statistics)',
  ];
}

function withInterval(figure: Figure | undefined, show: (value: number) => string): string {
  if (figure === undefined) return '-';
  const end = (value: number | undefined) => (value === undefined ? '?' : show(value));
  return `${show(figure.value)} (${end(figure.low)} to ${end(figure.high)})`;
}

function withCount(figure: Figure | undefined, show: (value: number) => string, none: string): string {
  return figure === undefined ? none : `${withInterval(figure, show)} of ${count(figure.count)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function pilotJson(since: string, report: PilotReport | undefined) {
  const usdOf = (nano: number) => toUsd(Math.round(nano));
  return {
    since,
    experiment: report?.experiment ?? null,
    arms: (report?.arms ?? []).map((arm) => ({
      name: arm.name,
      requests: arm.requests,
      cost_usd: figureJson(arm.cost, usdOf),
      quality: figureJson(arm.quality),
      accepted: figureJson(arm.accepted),
      first_accepted: figureJson(arm.firstAccepted),
      labelled_good: figureJson(arm.labelledGood),
      hard_failures: arm.hardFailures,
      latency_p50_ms: figureJson(arm.latency50),
      latency_p95_ms: figureJson(arm.latency95),
      escalated: figureJson(arm.escalated),
    })),
    cost_difference_usd: figureJson(report?.costDifference, usdOf),
    quality_difference: figureJson(report?.qualityDifference),
    differs: (report?.differs ?? []).map(({ measure, is }) => ({ measure, is })),
    verdict: report?.verdict ?? 'too little data: nothing was ever asked here',
  };
}

function figureJson(figure: Figure | undefined, unit: (value: number) => number = (value) => value) {
  if (figure === undefined) return null;
  const end = (value: number | undefined) => (value === undefined ? null : unit(value));
  return { value: unit(figure.value), low: end(figure.low), high: end(figure.high), count: figure.count };
}
