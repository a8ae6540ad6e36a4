import { existsSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { loadAgents } from '../../agents/definitions.ts';
import type { Config } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { dearestModelPrice, modelPrice } from '../../config/prices.ts';
import { buildRequest } from '../../daemon/build-request.ts';
import { sinceTime } from '../../daemon/http/query.ts';
import { sumsJson } from '../../daemon/http/wire/ledger-json.ts';
import type { Store } from '../../memory/database.ts';
import type { Measure } from '../../memory/report/measures.ts';
import type { GateQuality } from '../../memory/report/quality.ts';
import type { TargetRow, Unit } from '../../memory/report/targets.ts';
import { classify } from '../../router/classify.ts';
import type { LearnedFile } from '../../router/learning/model-file.ts';
import { planRoute } from '../../router/plan.ts';
import { planContext } from '../../router/plan-context.ts';
import { print, screenWidth, tell } from '../terminal/output.ts';
import { jsonLine } from '../terminal/safe-text.ts';
import { type Column, tableLines } from '../terminal/table.ts';
import { count, dollars } from '../terminal/words.ts';
import { baselineOf } from './baseline.ts';
import { learnedHere } from './learned-file.ts';
import { pilot } from './pilot.ts';
import { noQuality, qualityJson, qualityLines } from './report-quality.ts';
import { type CommonOptions, configOf, withCommonOptions } from './settings.ts';

interface ReportOptions extends CommonOptions {
  since: string;
  pilot?: boolean;
  experiment?: string;
}

export function registerReport(program: Command): void {
  withCommonOptions(
    program.command('report').description('every target of the design documents against what happened'),
  )
    .addOption(new Option('--since <time>', 'from: 24h, 7d, 2026-11-21').default('30d'))
    .option('--pilot', 'instead: cost, quality, latency and escalations of a period, with intervals')
    .option('--experiment <name>', 'with --pilot: the arms of this experiment (default: the newest one)')
    .addHelpText(
      'after',
      '\nExample:\n  swarmd report --since 7d --json\n  swarmd report --pilot --since 14d --experiment strict',
    )
    .action(report);
}

async function report(options: ReportOptions): Promise<void> {
  if (options.experiment?.startsWith('--') === true)
    throw new SwarmdError('USAGE', `--experiment needs a name, and got the option ${options.experiment}`, {
      where: '--experiment',
      allowed: 'swarmd report --pilot --experiment NAME',
    });
  if (options.pilot === true) return await pilot(options);
  if (options.experiment !== undefined)
    throw new SwarmdError('USAGE', '--experiment needs --pilot', {
      where: '--experiment',
      allowed: 'swarmd report --pilot --experiment NAME',
    });
  const loaded = configOf(options);
  const learned = learnedHere(options);
  const { rows, cut, quality } = await readReport(loaded, learned, options.since, Date.now());
  if (cut) tell('more calls than a report looks at: the newest 500,000 were taken');
  if (options.json === true)
    print(jsonLine({ since: options.since, targets: rows.map(rowJson), ...qualityJson(quality) }));
  else for (const line of [...reportLines(rows), ...qualityLines(quality)]) print(line);
}

/** The report from the record's file: a daemon may be running or not. */
async function readReport(
  loaded: LoadedConfig,
  learned: LearnedFile | undefined,
  sinceWords: string,
  now: number,
): Promise<{ rows: TargetRow[]; cut: boolean; quality: GateQuality }> {
  const { config } = loaded;
  const [{ openRecordFile }, { reportFacts }, { checkTargets }, { callSums }, { dayOf }, { gateQuality }] =
    await Promise.all([
      import('./record-file.ts'),
      import('../../memory/report/facts.ts'),
      import('../../memory/report/targets.ts'),
      import('../../memory/calls.ts'),
      import('../../memory/days.ts'),
      import('../../memory/report/quality.ts'),
    ]);
  const since = sinceTime(sinceWords, now);
  const noCase: Measure = { value: Number.NaN, sample: 0 };
  if (!existsSync(config.memory.path)) {
    const facts = { calls: [], days: [], spentInMonth: 0, activeDays: 0, cut: false };
    return {
      rows: checkTargets({ facts, config, savings: undefined, decision95: noCase }),
      cut: false,
      quality: noQuality,
    };
  }
  const store = openRecordFile(config.memory.path);
  try {
    const { timeZone } = config.costControl;
    const facts = reportFacts(store, {
      since,
      until: now + 1,
      firstDay: dayOf(since, timeZone),
      lastDay: dayOf(now, timeZone),
      monthFirstDay: dayOf(now - 29 * 86_400_000, timeZone),
    });
    const sums = callSums(store, since, now + 1, ['tier']).map(sumsJson);
    const baseline = baselineOf(sums, loaded, now);
    const answers = sums.reduce((sum, one) => sum + one.answers, 0);
    const rows = checkTargets({
      facts,
      config,
      savings:
        baseline?.saved === undefined || baseline.saved === null
          ? undefined
          : { value: baseline.saved, sample: answers },
      decision95: await decisionTimes(store, config, now),
    });
    return { rows, cut: facts.cut, quality: gateQuality(store, learned, { since, now }) };
  } finally {
    store.close();
  }
}

/** How many recent actions are classified and planned again. */
const decisions = 100;

async function decisionTimes(store: Store, config: Config, now: number): Promise<Measure> {
  const [{ getAction, listActions }, { percentile95 }] = await Promise.all([
    import('../../memory/action-reads.ts'),
    import('../../memory/report/measures.ts'),
  ]);
  const agents = loadAgents(config.agents.libraryDir);
  const times: number[] = [];
  for (const { id } of listActions(store, { limit: decisions })) {
    const action = getAction(store, id);
    if (action === undefined) continue;
    const request = buildRequest(action, { config, agents, now });
    const before = performance.now();
    planRoute(
      request,
      classify(request),
      planContext(request, {
        config: () => config,
        breakers: {
          state: () => ({ state: 'closed' }),
          succeeded() {},
          failed() {},
          probe() {},
        },
        passRates: { rate: () => undefined },
        apiAllowed: () => true,
        wouldRefuse: () => undefined,
        prices: { at: modelPrice, dearest: dearestModelPrice },
        slots: { resident: () => [], saturated: () => false },
        clock: { now: () => now },
      }),
    );
    times.push(performance.now() - before);
  }
  return percentile95(times);
}

function rowJson(row: TargetRow) {
  return {
    target: row.target,
    source: row.source,
    formula: row.formula,
    unit: row.unit,
    bound: row.bound,
    better: row.better,
    minimum_sample: row.minimumSample,
    sample: row.sample,
    value: row.value ?? null,
    verdict: row.verdict,
  };
}

function reportLines(rows: readonly TargetRow[]): string[] {
  const figures = [...Map.groupBy(rows, (row) => row.formula).values()].map((group) =>
    group.toSorted((a, b) => (a.better === 'below' ? a.bound - b.bound : b.bound - a.bound)),
  );
  // A figure with several targets stands once, the strictest of them first.
  const leading = new Set(figures.map(([first]) => first));
  const once = (show: (row: TargetRow) => string) => (row: TargetRow) => (leading.has(row) ? show(row) : '');
  const columns: Column<TargetRow>[] = [
    {
      title: 'VALUE',
      value: once((row) => (row.value === undefined ? '-' : inUnit(row.value, row.unit))),
      align: 'right',
    },
    { title: 'CASES', value: once((row) => count(row.sample)), align: 'right' },
    { title: 'NEEDED', value: once((row) => count(row.minimumSample)), align: 'right' },
    { title: 'VERDICT', value: (row) => row.verdict },
    { title: 'TARGET', value: (row) => row.target },
    { title: 'SOURCE', value: (row) => row.source },
    { title: 'FORMULA', value: once((row) => row.formula), flexible: true },
  ];
  const verdicts = Object.groupBy(rows, (row) => row.verdict);
  const tally = (['met', 'missed', 'no data'] as const).map(
    (verdict) => `${verdicts[verdict]?.length ?? 0} ${verdict}`,
  );
  return [
    'targets of the design documents (SOURCE; not shipped) that this product was built from, none of them a setting of',
    'yours: where several documents ask different things of one figure, it stands once, the strictest target first',
    '',
    ...tableLines(figures.flat(), columns, screenWidth()),
    '',
    `${rows.length} targets of ${figures.length} figures: ${tally.join(', ')}`,
  ];
}

function inUnit(value: number, unit: Unit): string {
  switch (unit) {
    case 'ms':
      return value >= 1_000 ? `${(value / 1_000).toFixed(1)} s` : `${value.toFixed(value < 10 ? 2 : 0)} ms`;
    case 'share':
      return `${(value * 100).toFixed(1)} %`;
    case 'usd':
      return dollars(value);
    case 'score':
      return value.toFixed(2);
    case 'tokens/s':
      return `${count(Math.round(value))} tokens/s`;
    case 'count':
      return count(value);
  }
}
