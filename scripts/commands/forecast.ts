import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { SwarmdError } from '../../config/errors.ts';
import type { LoadedConfig } from '../../config/load.ts';
import { fromUsd, toUsd } from '../../config/money.ts';
import { loadPrices, priceAt } from '../../config/prices.ts';
import { type Claim, checkClaims } from '../../router/forecast/claims.ts';
import {
  adviceFor,
  breakEvenPerDay,
  type LocalMachine,
  localCost,
} from '../../router/forecast/local-cost.ts';
import { forecastMix, type MixForecast, mixes, type TokenPrice } from '../../router/forecast/mix.ts';
import { type HistogramBin, parseHistogram } from '../../router/forecast/threshold.ts';
import { print, screenWidth } from '../terminal/output.ts';
import { jsonLine, safeLine } from '../terminal/safe-text.ts';
import { type Column, tableLines } from '../terminal/table.ts';
import { count, dollars } from '../terminal/words.ts';
import { strongestApiModel } from './baseline.ts';
import { type CommonOptions, configOf, withCommonOptions } from './settings.ts';

interface ForecastCommandOptions extends CommonOptions {
  scenario?: string;
  perDay?: number;
  days: number;
  model?: string;
  outputShare: number;
  fallbackShare: number;
  watts: number;
  hours: number;
  kwhPrice: number;
  gpuMonth: number;
  gpuHour: number;
  histogram?: string;
}

const atLeastZero = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('must be a number of at least 0');
  return value;
};
const share = (text: string): number => {
  const value = atLeastZero(text);
  if (value > 1) throw new InvalidArgumentError('must be between 0 and 1');
  return value;
};
const hoursOfDay = (text: string): number => {
  const value = atLeastZero(text);
  if (value > 24) throw new InvalidArgumentError('must be between 0 and 24');
  return value;
};
const positiveWhole = (text: string): number => {
  const value = atLeastZero(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('must be a whole number of at least 1');
  return value;
};

export function registerForecast(program: Command): void {
  withCommonOptions(
    program
      .command('forecast')
      .description('what the documents’ scenarios cost with local models first, and when a GPU pays'),
  )
    .option('--scenario <name>', `only one of ${mixes.map((mix) => mix.name).join(', ')}`)
    .option('--per-day <n>', 'actions a day, instead of the scenario’s own', positiveWhole)
    .option('--days <n>', 'days to count', positiveWhole, 30)
    .option('--model <name>', 'the API model to compare with (default: the dearest of tiers.api_fallback)')
    .option('--output-share <share>', 'share of the tokens that the model writes', share, 0.25)
    .option('--fallback-share <share>', 'share of local calls that go on to the API', share, 0.05)
    .option('--watts <n>', 'what the local machine draws while it works', atLeastZero, 0)
    .option('--hours <n>', 'hours a day it works', hoursOfDay, 24)
    .option('--kwh-price <usd>', 'price of a kilowatt-hour', atLeastZero, 0.3)
    .option('--gpu-month <usd>', 'rent of a GPU a month, or what a bought one loses', atLeastZero, 0)
    .option('--gpu-hour <usd>', 'rent of a GPU an hour', atLeastZero, 0)
    .option('--histogram <file>', 'traffic for the token threshold, lines of: tokens count')
    .addHelpText(
      'after',
      '\nExamples:\n  swarmd forecast\n  swarmd forecast --scenario medium --per-day 300 --gpu-month 50\n  swarmd forecast --watts 350 --hours 4 --kwh-price 0.32 --json',
    )
    .action((options: ForecastCommandOptions) => {
      const forecast = makeForecast(options, Date.now());
      if (options.json === true) print(jsonLine(forecast));
      else for (const line of forecastLines(forecast)) print(line);
    });
}

interface Scenario {
  scenario: string;
  per_day: number;
  actions: number;
  input_tokens: number;
  output_tokens: number;
  api_only_usd: number;
  local_first_usd: number;
  local_cost_usd: number;
  savings: number;
  net_savings: number;
  /** Actions a day from which the local machine pays; null where it never does. */
  break_even_per_day: number | null;
  advice: string;
}

interface Forecast {
  model: string;
  usd_per_million_input: number;
  usd_per_million_output: number;
  prices_checked: string;
  days: number;
  output_share: number;
  fallback_share: number;
  scenarios: Scenario[];
  claims: Claim[];
}

function makeForecast(options: ForecastCommandOptions, now: number): Forecast {
  const loaded = configOf(options);
  const { name, price } = apiPrice(options, loaded, now);
  const machine: LocalMachine = {
    watts: options.watts,
    hoursPerDay: options.hours,
    usdPerKwh: options.kwhPrice,
    usdPerMonth: options.gpuMonth,
    usdPerGpuHour: options.gpuHour,
  };
  const { days, outputShare, fallbackShare, perDay } = options;
  const chosen = mixes.filter((mix) => options.scenario === undefined || mix.name === options.scenario);
  if (chosen.length === 0) {
    throw new SwarmdError('USAGE', `no scenario is called "${options.scenario}"`, {
      where: '--scenario',
      allowed: mixes.map((mix) => mix.name).join(', '),
    });
  }
  const scenarios = chosen.map((mix) => {
    const scaled = perDay === undefined ? mix : { ...mix, perDay };
    const machineCost = localCost(machine, days);
    const found = forecastMix(scaled, { days, price, outputShare, fallbackShare, localCost: machineCost });
    return scenarioOf(found, breakEvenPerDay(localCost(machine, 1), savedPerAction(found)));
  });
  const claims = checkClaims({
    price,
    outputShare,
    fallbackShare,
    machine,
    threshold: loaded.config.hybrid.thresholdTokens,
    histogram: options.histogram === undefined ? undefined : readHistogram(options.histogram),
  });
  return {
    model: name,
    // Nano-dollars a token are thousandths of a dollar a million.
    usd_per_million_input: price.input / 1000,
    usd_per_million_output: price.output / 1000,
    prices_checked: loadPrices().checked,
    days,
    output_share: outputShare,
    fallback_share: fallbackShare,
    scenarios,
    claims,
  };
}

function savedPerAction(found: MixForecast): number {
  return found.actions === 0 ? 0 : (found.apiOnly - found.withLocal) / found.actions;
}

function scenarioOf(found: MixForecast, breakEven: number): Scenario {
  return {
    scenario: found.name,
    per_day: found.perDay,
    actions: found.actions,
    input_tokens: found.inputTokens,
    output_tokens: found.outputTokens,
    api_only_usd: toUsd(found.apiOnly),
    local_first_usd: toUsd(found.withLocal),
    local_cost_usd: toUsd(found.localCost),
    savings: found.savings,
    net_savings: found.netSavings,
    break_even_per_day: Number.isFinite(breakEven) ? breakEven : null,
    advice: adviceFor(found.perDay),
  };
}

/** The price of one model today: the one that is named, else the dearest API model of the configuration. */
function apiPrice(
  options: ForecastCommandOptions,
  loaded: LoadedConfig,
  now: number,
): { name: string; price: TokenPrice } {
  if (options.model !== undefined) {
    const found = priceAt(options.model, now, 0);
    if (found !== undefined) return { name: options.model, price: found };
    throw new SwarmdError('PRICE_UNKNOWN', `no price of "${options.model}" is known today`, {
      where: '--model',
      allowed: 'a model of config/prices.yaml',
    });
  }
  const strongest = strongestApiModel(loaded, now, 0);
  if (strongest !== undefined) return { name: strongest.name, price: strongest.prices };
  throw new SwarmdError('PRICE_UNKNOWN', 'the configuration names no API model to compare with', {
    where: 'tiers.api_fallback',
    allowed: 'swarmd forecast --model claude-sonnet-5-5',
  });
}

function readHistogram(path: string): HistogramBin[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new SwarmdError('USAGE', `the histogram cannot be read`, { where: path, cause });
  }
  const bins = parseHistogram(text);
  if (Array.isArray(bins) && bins.length === 0)
    throw new SwarmdError('USAGE', 'the histogram is empty', {
      where: path,
      allowed: 'lines of: tokens count',
    });
  if (Array.isArray(bins)) return bins;
  throw new SwarmdError('USAGE', `line ${bins.line} of the histogram ${bins.problem}`, { where: path });
}

function forecastLines(forecast: Forecast): string[] {
  const { model, usd_per_million_input: input, usd_per_million_output: output } = forecast;
  const hasMachine = forecast.scenarios.some((scenario) => scenario.local_cost_usd > 0);
  return [
    `${forecast.days} days on ${safeLine(model)} ($${input} in, $${output} out a million tokens; ${percent(forecast.output_share)} of the tokens out; prices of ${forecast.prices_checked})`,
    `local models first, ${percent(forecast.fallback_share)} of their calls go on to the API`,
    '',
    ...tableLines(forecast.scenarios, scenarioColumns(hasMachine), screenWidth()),
    '',
    ...bars(forecast.scenarios),
    '',
    ...[...new Set(forecast.scenarios.map((scenario) => `advice, ${scenario.advice}`))],
    '',
    'What the design documents claim:',
    ...forecast.claims.flatMap(claimLines),
  ];
}

function scenarioColumns(hasMachine: boolean): Column<Scenario>[] {
  const right = 'right' as const;
  return [
    { title: 'SCENARIO', value: (one) => one.scenario },
    { title: 'A DAY', value: (one) => count(one.per_day), align: right },
    { title: 'ACTIONS', value: (one) => count(one.actions), align: right },
    { title: 'TOKENS IN', value: (one) => count(one.input_tokens), align: right },
    { title: 'OUT', value: (one) => count(one.output_tokens), align: right },
    { title: 'API ONLY', value: (one) => dollars(one.api_only_usd), align: right },
    { title: 'LOCAL FIRST', value: (one) => dollars(one.local_first_usd), align: right },
    { title: 'SAVED', value: (one) => percent(one.savings), align: right },
    ...(hasMachine
      ? [
          { title: 'MACHINE', value: (one: Scenario) => dollars(one.local_cost_usd), align: right },
          { title: 'SAVED NET', value: (one: Scenario) => percent(one.net_savings), align: right },
          {
            title: 'PAYS FROM',
            value: (one: Scenario) =>
              one.break_even_per_day === null ? 'never' : `${count(one.break_even_per_day)} a day`,
            align: right,
          },
        ]
      : []),
  ];
}

const barWidth = 40;

/** Two bars a scenario, drawn to the scenario's own larger amount. */
function bars(scenarios: readonly Scenario[]): string[] {
  return scenarios.flatMap((one) => {
    const local = one.local_first_usd + one.local_cost_usd;
    const most = Math.max(one.api_only_usd, local, toUsd(fromUsd(1e-9)));
    const bar = (amount: number): string => '█'.repeat(Math.max(1, Math.round((amount / most) * barWidth)));
    return [
      `${one.scenario.padEnd(8)}API only     ${bar(one.api_only_usd)} ${dollars(one.api_only_usd)}`,
      `${''.padEnd(8)}local first  ${bar(local)} ${dollars(local)}`,
    ];
  });
}

function claimLines(claim: Claim): string[] {
  return [
    `  ${claim.verdict.padEnd(11)} ${claim.claim} (${claim.source})`,
    `  ${''.padEnd(11)}   stated:   ${claim.stated}`,
    `  ${''.padEnd(11)}   computed: ${claim.computed}`,
    `  ${''.padEnd(11)}   ${claim.reason}`,
  ];
}

function percent(part: number): string {
  return `${(part * 100).toFixed(1).replace(/\.0$/, '')} %`;
}
