/**
 * The price list (`prices.yaml`): what each API model costs, by token class, by date and by length of the
 * prompt. Everything comes out as an integer number of nano-dollars per token, rounded up where a price has
 * more digits, so that a reservation is never too small.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { SwarmdError } from './errors.ts';
import type { NanoUsd } from './money.ts';
import { packageRoot } from './paths.ts';

/** Nano-dollars per token, and per use of a provider's own tools, as they apply to one call. */
export interface UnitPrices {
  input: NanoUsd;
  cachedInput: NanoUsd;
  cacheWrite: NanoUsd;
  cacheWrite1h: NanoUsd;
  output: NanoUsd;
  perNativeToolCall: Readonly<Record<string, NanoUsd>>;
}

/** US dollars per million tokens, as the file and a model's own `cost` write them. */
export interface WrittenPrices {
  input: number;
  output: number;
  cached_input?: number | undefined;
  cache_write?: number | undefined;
  cache_write_1h?: number | undefined;
  per_native_tool_call?: Record<string, number> | undefined;
}

const dollars = z.number().min(0);
const written = z.strictObject({
  input: dollars,
  output: dollars,
  cached_input: dollars.optional(),
  cache_write: dollars.optional(),
  cache_write_1h: dollars.optional(),
});
const day = z.iso.date();
const list = z.strictObject({
  checked: day,
  native_tools: z.record(z.string(), z.record(z.string(), dollars)),
  models: z.record(
    z.string(),
    z.strictObject({
      provider: z.string(),
      aliases: z.array(z.string()).default([]),
      native_tools: z.record(z.string(), dollars).default({}),
      source: z.string(),
      prices: z
        .array(
          z.strictObject({
            from: day,
            until: day.optional(),
            usd_per_million: written,
            steps: z
              .array(z.strictObject({ above_prompt_tokens: z.int().min(1), usd_per_million: written }))
              .default([]),
          }),
        )
        .min(1),
    }),
  ),
});

interface Step {
  /** Applies to prompts of more tokens than this, cached ones included. */
  above: number;
  prices: UnitPrices;
}

interface Period {
  from: number;
  until: number;
  /** Ascending; the first one is for every prompt. */
  steps: readonly Step[];
}

export interface PriceList {
  /** The day the list was compared with its sources. */
  checked: string;
  periods: ReadonlyMap<string, readonly Period[]>;
}

let packaged: PriceList | undefined;

/** The list that comes with swarmd. Throws CONFIG_INVALID when the file is damaged. */
export function loadPrices(): PriceList {
  packaged ??= readPrices(join(packageRoot(), 'config', 'prices.yaml'));
  return packaged;
}

function readPrices(path: string): PriceList {
  const result = list.safeParse(parse(readFileSync(path, 'utf8')));
  if (!result.success)
    throw new SwarmdError('CONFIG_INVALID', `the price list is damaged: ${z.prettifyError(result.error)}`, {
      where: path,
    });
  const periods = new Map<string, readonly Period[]>();
  for (const [id, model] of Object.entries(result.data.models)) {
    const tools = { ...result.data.native_tools[model.provider], ...model.native_tools };
    const own = model.prices.map((price) => ({
      from: Date.parse(price.from),
      until: price.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(price.until),
      steps: [
        { above: -1, prices: unitPrices({ ...price.usd_per_million, per_native_tool_call: tools }) },
        ...price.steps.map((step) => ({
          above: step.above_prompt_tokens,
          prices: unitPrices({ ...step.usd_per_million, per_native_tool_call: tools }),
        })),
      ].sort((a, b) => a.above - b.above),
    }));
    for (const name of [id, ...model.aliases]) periods.set(name, own);
  }
  return { checked: result.data.checked, periods };
}

/** Dollars per million tokens (and per tool call) as nano-dollars per token (and per call), rounded up. */
export function unitPrices(price: WrittenPrices): UnitPrices {
  const cacheWrite = price.cache_write ?? price.input;
  return {
    input: perToken(price.input),
    cachedInput: perToken(price.cached_input ?? price.input),
    cacheWrite: perToken(cacheWrite),
    cacheWrite1h: perToken(price.cache_write_1h ?? cacheWrite),
    output: perToken(price.output),
    perNativeToolCall: Object.fromEntries(
      Object.entries(price.per_native_tool_call ?? {}).map(([name, usd]) => [name, ceil(usd * 1e9)]),
    ),
  };
}

/** One dollar per million tokens is 1,000 nano-dollars per token. */
function perToken(usdPerMillion: number): NanoUsd {
  return ceil(usdPerMillion * 1000);
}

/** Up to the next integer, but not for the sake of binary fractions such as 0.07 × 1000 = 70.00000000000001. */
function ceil(value: number): number {
  return Math.ceil(Number(value.toPrecision(12)));
}

/**
 * What one call costs that begins at `at` (milliseconds UTC) with a prompt of `promptTokens` (all of them,
 * cached ones included). Undefined when the list has no price for the model at that time: such a call must not
 * be made.
 */
export function priceAt(modelId: string, at: number, promptTokens: number): UnitPrices | undefined {
  return periodAt(modelId, at)?.steps.findLast((step) => promptTokens > step.above)?.prices;
}

/**
 * The upper bound for a call whose prompt has at most `promptTokensBound` tokens: for each class the dearest
 * of all steps it may fall into, and for `input` also what writing to the cache would cost, because a provider
 * may bill a prompt token as either.
 */
export function dearestPrice(modelId: string, at: number, promptTokensBound: number): UnitPrices | undefined {
  const steps = periodAt(modelId, at)?.steps.filter((step) => promptTokensBound > step.above);
  if (steps === undefined || steps.length === 0) return undefined;
  const dearest = (pick: (prices: UnitPrices) => NanoUsd) =>
    Math.max(...steps.map((step) => pick(step.prices)));
  return {
    input: dearest((prices) => Math.max(prices.input, prices.cacheWrite, prices.cachedInput)),
    cachedInput: dearest((prices) => prices.cachedInput),
    cacheWrite: dearest((prices) => prices.cacheWrite),
    cacheWrite1h: dearest((prices) => prices.cacheWrite1h),
    output: dearest((prices) => prices.output),
    perNativeToolCall: steps[0]?.prices.perNativeToolCall ?? {},
  };
}

/** The native tools that the list has no fee for, at this model, on whatever day; all of them for a model it does not know. */
export function toolsWithoutListedFee(modelId: string, tools: readonly string[]): string[] {
  const fees = periodsOf(modelId)?.at(-1)?.steps[0]?.prices.perNativeToolCall ?? {};
  return tools.filter((tool) => fees[tool] === undefined);
}

/** The part of a model that decides its price. */
interface Priced {
  modelId: string;
  selfHosted: boolean;
  prices: UnitPrices | undefined;
}

/** As `priceAt`, for a model of the configuration: nothing on the user's own hardware, the user's price first. */
export function modelPrice(model: Priced, at: number, promptTokens: number): UnitPrices | undefined {
  if (model.selfHosted) return free;
  return model.prices ?? priceAt(model.modelId, at, promptTokens);
}

/** As `dearestPrice`, for a model of the configuration. */
export function dearestModelPrice(
  model: Priced,
  at: number,
  promptTokensBound: number,
): UnitPrices | undefined {
  if (model.selfHosted) return free;
  if (model.prices === undefined) return dearestPrice(model.modelId, at, promptTokensBound);
  const { input, cacheWrite, cachedInput } = model.prices;
  return { ...model.prices, input: Math.max(input, cacheWrite, cachedInput) };
}

const free: UnitPrices = {
  input: 0,
  cachedInput: 0,
  cacheWrite: 0,
  cacheWrite1h: 0,
  output: 0,
  perNativeToolCall: {},
};

function periodAt(modelId: string, at: number): Period | undefined {
  return periodsOf(modelId)?.findLast((period) => at >= period.from && at < period.until);
}

function periodsOf(modelId: string): readonly Period[] | undefined {
  const { periods } = loadPrices();
  // Providers date their snapshots (`gpt-6-sol-2026-09-22`, `claude-haiku-4-5-20251001`) and bill them alike.
  return periods.get(modelId) ?? periods.get(modelId.replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, ''));
}
