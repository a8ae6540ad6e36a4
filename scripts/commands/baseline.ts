import type { LoadedConfig } from '../../config/load.ts';
import { loadPrices, modelPrice } from '../../config/prices.ts';
import { resolveModel } from '../../config/resolve-models.ts';
import type { SumsJson } from '../../daemon/http/wire/ledger-json.ts';
import type { UnitPrices } from '../../router/types.ts';
import { count, dollars } from '../terminal/words.ts';

/** What the same work would have cost with every accepted answer given by one strong API model. */
export interface Baseline {
  model: string;
  input_tokens: number;
  output_tokens: number;
  usd_per_million_input: number;
  usd_per_million_output: number;
  usd: number;
  spent_usd: number;
  /** 0..1; negative when more was spent; null when there was nothing to compare. */
  saved: number | null;
  prices_checked: string;
}

/**
 * The strongest API model of the configuration is the dearest one by output price: what a user would call who
 * sent everything to one model. Models whose key is not set count too, because the comparison needs no key.
 */
export function strongestApiModel(
  { settings }: Pick<LoadedConfig, 'settings'>,
  now: number,
  promptTokens: number,
): { name: string; prices: UnitPrices } | undefined {
  const place = { where: 'tiers.api_fallback', key: 'tiers.api_fallback' };
  let best: { name: string; prices: UnitPrices } | undefined;
  for (const entry of settings.tiers.api_fallback?.models ?? []) {
    const resolved = resolveModel(entry, 'api_fallback', settings, place);
    if (!('spec' in resolved) || resolved.spec.selfHosted) continue;
    const prices = modelPrice(resolved.spec, now, promptTokens);
    if (prices === undefined) continue;
    const dearer =
      best === undefined ||
      prices.output > best.prices.output ||
      (prices.output === best.prices.output && prices.input > best.prices.input);
    if (dearer) best = { name: resolved.spec.name, prices };
  }
  return best;
}

/** Undefined when the configuration names no API model with a price. */
export function baselineOf(
  sums: readonly SumsJson[],
  loaded: Pick<LoadedConfig, 'settings'>,
  now: number,
): Baseline | undefined {
  const input = total(sums, (one) => one.answer_input_tokens);
  const output = total(sums, (one) => one.answer_output_tokens);
  const answers = total(sums, (one) => one.answers);
  const strongest = strongestApiModel(loaded, now, answers === 0 ? 0 : Math.round(input / answers));
  if (strongest === undefined) return undefined;
  const { name, prices } = strongest;
  const usd = (input * prices.input + output * prices.output) / 1e9;
  const spent = total(sums, (one) => one.cost_usd ?? 0);
  return {
    model: name,
    input_tokens: input,
    output_tokens: output,
    // Nano-dollars a token are thousandths of a dollar a million.
    usd_per_million_input: prices.input / 1000,
    usd_per_million_output: prices.output / 1000,
    usd,
    spent_usd: spent,
    saved: usd === 0 ? null : 1 - spent / usd,
    prices_checked: loadPrices().checked,
  };
}

function total(sums: readonly SumsJson[], of: (one: SumsJson) => number): number {
  return sums.reduce((sum, one) => sum + of(one), 0);
}

/** The comparison in words, with its formula. */
export function baselineLines(baseline: Baseline): string[] {
  const { model, usd_per_million_input: pin, usd_per_million_output: pout } = baseline;
  const saved =
    baseline.saved === null
      ? ''
      : baseline.saved >= 0
        ? `: ${Math.round(baseline.saved * 100)} % less`
        : `: ${Math.round(-baseline.saved * 100)} % more`;
  return [
    `spent ${dollars(baseline.spent_usd)}, against ${dollars(baseline.usd)} for the same tokens on ${model}${saved}`,
    `  (${count(baseline.input_tokens)} tokens in × $${pin} + ${count(baseline.output_tokens)} tokens out × $${pout}) / 1,000,000 = ${dollars(baseline.usd)}`,
    `  tokens of the accepted answers, without critiques, rejected answers and cache hits; prices of ${baseline.prices_checked}`,
  ];
}
