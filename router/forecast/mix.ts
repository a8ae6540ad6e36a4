/**
 * What a day's mix of actions costs on an API alone and with local models first. The token counts, the mixes and
 * the mapping of actions to tiers are those of the predecessor's simulator, so that its savings can be checked;
 * prices, the share of output tokens and the cost of the local machine are inputs.
 */
import type { TierName } from '../../config/config.ts';
import type { NanoUsd } from '../../config/money.ts';

export interface ActionMix {
  name: string;
  /** Actions a day. */
  perDay: number;
  /** Shares of the actions by type. */
  shares: Readonly<Record<string, number>>;
}

/** Tokens of one action, prompt and answer together. */
export const tokensPerAction: Readonly<Record<string, number>> = {
  write_memory: 800,
  read_file: 600,
  list_files: 400,
  search_text: 500,
  edit_file: 1_200,
  consolidate: 1_000,
  spawn_daemon: 1_500,
  git_log: 400,
  git_diff: 600,
  git_status: 300,
  exec: 800,
  run: 500,
  check_deps: 400,
};

/** Where the predecessor's local-first mapping sends an action; anything else goes to the API. */
const tierOf: Readonly<Record<string, TierName>> = {
  list_files: 'local_fast',
  git_status: 'local_fast',
  check_deps: 'local_fast',
  git_log: 'local_fast',
  write_memory: 'local_quality',
  read_file: 'local_quality',
  search_text: 'local_quality',
  consolidate: 'local_quality',
  edit_file: 'local_quality',
  git_diff: 'local_quality',
  run: 'local_quality',
};

export const mixes: readonly ActionMix[] = [
  {
    name: 'light',
    perDay: 50,
    shares: {
      write_memory: 0.3,
      read_file: 0.2,
      list_files: 0.15,
      edit_file: 0.1,
      consolidate: 0.1,
      spawn_daemon: 0.05,
      git_log: 0.05,
      git_status: 0.05,
    },
  },
  {
    name: 'medium',
    perDay: 200,
    shares: {
      write_memory: 0.25,
      read_file: 0.2,
      list_files: 0.1,
      search_text: 0.1,
      edit_file: 0.15,
      consolidate: 0.1,
      spawn_daemon: 0.05,
      run: 0.05,
    },
  },
  {
    name: 'heavy',
    perDay: 500,
    shares: {
      write_memory: 0.2,
      read_file: 0.2,
      search_text: 0.1,
      edit_file: 0.2,
      consolidate: 0.1,
      spawn_daemon: 0.1,
      exec: 0.05,
      run: 0.05,
    },
  },
];

/** Nano-dollars per token. */
export interface TokenPrice {
  input: NanoUsd;
  output: NanoUsd;
}

export interface ForecastOptions {
  days: number;
  price: TokenPrice;
  /** Of an action's tokens, the share that the model writes, 0..1. */
  outputShare: number;
  /** Of local calls, the share that goes on to the API, 0..1. */
  fallbackShare: number;
  /** What the local machine costs over these days: electricity, rent. */
  localCost: NanoUsd;
}

export interface MixForecast {
  name: string;
  perDay: number;
  days: number;
  /** Whole actions, as they are counted per type and day. */
  actions: number;
  tokens: number;
  /** Tokens that go to the API with local models first, fallbacks included. */
  apiTokens: number;
  inputTokens: number;
  outputTokens: number;
  apiOnly: NanoUsd;
  /** The API's part with local models first. */
  withLocal: NanoUsd;
  localCost: NanoUsd;
  /** 1 − withLocal / apiOnly: what the documents state. */
  savings: number;
  /** The same with the machine's cost counted; negative when the API alone is cheaper. */
  netSavings: number;
}

/** Counts of each type per day, truncated to whole actions as the predecessor did. */
export function actionsPerDay(mix: ActionMix): Record<string, number> {
  return Object.fromEntries(
    // 50 × 0.15 is 7.5; 200 × 0.15 is 30.000000000000004 in binary: the tolerance keeps whole numbers whole.
    Object.entries(mix.shares).map(([type, share]) => [type, Math.floor(mix.perDay * share + 1e-9)]),
  );
}

export function forecastMix(mix: ActionMix, options: ForecastOptions): MixForecast {
  let actions = 0;
  let tokens = 0;
  let apiTokens = 0;
  for (const [type, count] of Object.entries(actionsPerDay(mix))) {
    const perAction = tokensPerAction[type];
    if (perAction === undefined) throw new RangeError(`no token count is known for actions of type ${type}`);
    actions += count;
    tokens += count * perAction;
    apiTokens += count * perAction * (tierOf[type] === undefined ? 1 : options.fallbackShare);
  }
  const { days, localCost } = options;
  const apiOnly = costOfTokens(tokens * days, options);
  const withLocal = costOfTokens(apiTokens * days, options);
  return {
    name: mix.name,
    perDay: mix.perDay,
    days,
    actions: actions * days,
    tokens: tokens * days,
    apiTokens: Math.round(apiTokens * days),
    inputTokens: Math.round(tokens * days * (1 - options.outputShare)),
    outputTokens: Math.round(tokens * days * options.outputShare),
    apiOnly,
    withLocal,
    localCost,
    savings: share(apiOnly, withLocal),
    netSavings: share(apiOnly, withLocal + localCost),
  };
}

function share(before: NanoUsd, after: NanoUsd): number {
  return before === 0 ? 0 : 1 - after / before;
}

/** Nano-dollars for this many tokens, input and output each at its own price. */
export function costOfTokens(
  tokens: number,
  { price, outputShare }: Pick<ForecastOptions, 'price' | 'outputShare'>,
): NanoUsd {
  return Math.round(tokens * ((1 - outputShare) * price.input + outputShare * price.output));
}
