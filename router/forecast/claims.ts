/**
 * What the design documents claim of money, each reproduced from its own inputs or shown wrong with the reason.
 * Nothing here is adjusted to agree: the stated figures are constants, the others are computed.
 */
import { toUsd } from '../../config/money.ts';
import { breakEvenPerDay, type LocalMachine, localCost } from './local-cost.ts';
import { type ActionMix, costOfTokens, forecastMix, mixes, type TokenPrice } from './mix.ts';
import { forecastThreshold, type HistogramBin, leastLocalMean } from './threshold.ts';

export interface Claim {
  claim: string;
  source: string;
  stated: string;
  computed: string;
  /** `arithmetic`: the figures agree with each other, but not with the mixes and prices they are meant for. */
  verdict: 'reproduced' | 'arithmetic' | 'wrong' | 'no data';
  reason: string;
}

export interface ClaimOptions {
  price: TokenPrice;
  outputShare: number;
  fallbackShare: number;
  machine: LocalMachine;
  threshold: number;
  histogram: readonly HistogramBin[] | undefined;
}

/** The savings the predecessor's simulator printed for its mixes, in percent. */
const statedSavings: Readonly<Record<string, number>> = { light: 87.1, medium: 86, heavy: 74.6 };

export function checkClaims(options: ClaimOptions): Claim[] {
  return [
    ...mixes.map((mix) => mixClaim(mix, options)),
    unitClaim(options),
    yearClaim(options),
    rentedGpuClaim(options),
    thresholdShareClaim(options),
    thresholdCostClaim(0.6, '60 % saved', options),
    thresholdCostClaim(0.95, '$50 to $2.50, 95 % saved', options),
    largeScaleClaim(options),
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const usd = (amount: number): string =>
  `$${amount < 10 ? amount.toFixed(2) : Math.round(amount).toLocaleString('en-US')}`;

function monthOf(mix: ActionMix, options: ClaimOptions) {
  return forecastMix(mix, { ...options, days: 30, localCost: 0 });
}

function mixNamed(name: string): ActionMix {
  const mix = mixes.find((candidate) => candidate.name === name);
  if (mix === undefined) throw new RangeError(`no mix ${name}`);
  return mix;
}

function mixClaim(mix: ActionMix, options: ClaimOptions): Claim {
  const stated = statedSavings[mix.name] ?? Number.NaN;
  // As the documents count: 5 % of local calls fall back.
  const computed = 100 * monthOf(mix, { ...options, fallbackShare: 0.05 }).savings;
  return {
    claim: `${mix.name}: ${mix.perDay} actions a day`,
    source: 'cost simulator, 30 days',
    stated: `${stated.toFixed(1)} % saved`,
    computed: `${computed.toFixed(1)} % saved`,
    verdict: Math.abs(computed - stated) < 0.05 ? 'reproduced' : 'wrong',
    reason: 'the price cancels out: one minus the tokens that still go to the API over all tokens',
  };
}

function unitClaim(options: ClaimOptions): Claim {
  const light = monthOf(mixNamed('light'), options);
  return {
    claim: 'dollars beside those percentages',
    source: 'cost simulator',
    stated: 'a price per million tokens, used per thousand',
    computed: `light: ${usd(toUsd(light.apiOnly))} for 30 days on the API alone, ${usd(toUsd(light.withLocal))} with local models`,
    verdict: 'wrong',
    reason: 'every dollar figure it printed is 1,000 times too high; the percentages do not depend on it',
  };
}

function yearClaim(options: ClaimOptions): Claim {
  const [before, after, perDay] = [162, 47, 100];
  const mix: ActionMix = { ...mixNamed('medium'), perDay };
  const ours = forecastMix(mix, { ...options, days: 365, localCost: 0 });
  const perAction = before / (perDay * 365);
  return {
    claim: '100 actions a day for a year',
    source: 'design documents',
    stated: `${usd(before)} against ${usd(after)}, 71 % saved`,
    computed: `71.0 % of their own figures; the medium mix today ${usd(toUsd(ours.apiOnly))} against ${usd(toUsd(ours.withLocal))}, ${percent(ours.savings)}`,
    verdict: 'arithmetic',
    reason: `${usd(after)} of ${usd(before)} means that 29 % of the tokens go to the API, the mixes send 13 to 25 %; ${usd(before)} is ${perAction.toFixed(4)} dollars an action`,
  };
}

function rentedGpuClaim(options: ClaimOptions): Claim {
  const [gpu, expected, pure, perDay] = [50, 65, 135, 200];
  const month = monthOf({ ...mixNamed('medium'), perDay }, options);
  const saved = (month.apiOnly - month.withLocal) / month.actions;
  const rent: LocalMachine = { watts: 0, hoursPerDay: 0, usdPerKwh: 0, usdPerGpuHour: 0, usdPerMonth: gpu };
  const evenAt = breakEvenPerDay(localCost(rent, 1), saved);
  const perAction = pure / (perDay * 30);
  return {
    claim: '200 and more a day with a rented GPU',
    source: 'design documents',
    stated: `${usd(expected)} a month (${usd(gpu)} of it rent) against ${usd(pure)} on the API alone`,
    computed: `${usd(gpu + toUsd(month.withLocal))} against ${usd(toUsd(month.apiOnly))} at 200 a day; the rent pays from ${evenAt.toLocaleString('en-US')} a day on`,
    verdict: toUsd(month.apiOnly) > gpu + toUsd(month.withLocal) ? 'arithmetic' : 'wrong',
    reason: `${usd(pure)} for 6,000 actions is ${perAction.toFixed(4)} dollars an action, five times what the year's claim pays for one`,
  };
}

function thresholdShareClaim({ histogram, threshold }: ClaimOptions): Claim {
  const base = {
    claim: `98 % of requests under ${threshold.toLocaleString('en-US')} tokens`,
    source: 'ADR-006',
    stated: '98 % local',
  };
  if (histogram === undefined) {
    return {
      ...base,
      computed: 'no data',
      verdict: 'no data',
      reason: 'it depends on the traffic: give a histogram with --histogram FILE (lines of: tokens count)',
    };
  }
  const { localRequests } = forecastThreshold(histogram, threshold);
  return {
    ...base,
    computed: `${percent(localRequests)} local`,
    verdict: localRequests >= 0.98 ? 'reproduced' : 'wrong',
    reason: 'requests under the threshold over all requests of the histogram',
  };
}

/** Both savings that ADR-006 states of the same threshold and traffic. */
function thresholdCostClaim(saved: number, stated: string, { histogram, threshold }: ClaimOptions): Claim {
  const base = { claim: 'the token threshold saves', source: 'ADR-006', stated };
  const least = Math.round(leastLocalMean(0.98, saved, threshold));
  const bound = `with 98 % local and cloud prompts no larger than they must be, it needs local prompts of ${least.toLocaleString('en-US')} tokens on average: one traffic cannot save both 60 % and 95 %`;
  if (histogram === undefined) return { ...base, computed: 'no data', verdict: 'no data', reason: bound };
  const { localTokens } = forecastThreshold(histogram, threshold);
  return {
    ...base,
    computed: `${percent(localTokens)} of the tokens stay local: $50 become ${usd(50 * (1 - localTokens))}`,
    verdict: Math.abs(localTokens - saved) < 0.005 ? 'reproduced' : 'wrong',
    reason: bound,
  };
}

/** ADR-001's own hardware: 8 A100 for the 70B model, 4 L40S for the small one, running all year. */
const adr001Gpus = [
  { count: 8, usdPerHour: 2 },
  { count: 4, usdPerHour: 1 },
];

function largeScaleClaim({ price, outputShare }: ClaimOptions): Claim {
  const [before, after, localShare] = [500_000, 150_000, 0.7];
  const hardware = adr001Gpus.reduce((sum, { count, usdPerHour }) => sum + count * usdPerHour * 24 * 365, 0);
  const net = 1 - (after + hardware) / before;
  const tokens = (before * 1e9) / costOfTokens(1, { price, outputShare });
  return {
    claim: '70 % self-hosted for 10,000 users',
    source: 'ADR-001',
    stated: `${usd(before)} to ${usd(after)} a year`,
    computed: `70.0 % saved while self-hosted calls cost nothing; ${percent(net)} with the document's GPUs rented at $2 (A100) and $1 (L40S) an hour, ${usd(hardware)} a year`,
    verdict: 'arithmetic',
    reason: `${usd(before)} times the share that still goes to the API, ${percent(1 - localShare)}: the hardware is left out; at today's price ${usd(before)} buys ${Math.round(tokens / 1e9).toLocaleString('en-US')} billion tokens`,
  };
}
