import type { Profile, SimPrice } from './profiles.ts';
import type { Protocol, TokenCount, Verdict } from './types.ts';

export type CallOutcome = 'ok' | 'client_gone' | `fault:${string}`;

/** One call as the provider would bill it. */
export interface BillRow {
  id: string;
  /** Milliseconds since 1970, UTC. */
  at: number;
  protocol: Protocol;
  endpoint: string;
  model: string;
  input_tokens: number;
  cached_tokens: number;
  cache_write_tokens: number;
  cache_write_1h_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  nano_usd: number;
  outcome: CallOutcome;
  /** What the simulator knows of the answer; null for embeddings. */
  class: string | null;
  acceptable: boolean | null;
  failure: string | null;
}

export interface BillTotal {
  calls: number;
  input_tokens: number;
  cached_tokens: number;
  cache_write_tokens: number;
  cache_write_1h_tokens: number;
  output_tokens: number;
  reasoning_tokens: number;
  nano_usd: number;
}

export interface BillView {
  simulated: true;
  total: BillTotal;
  models: Record<string, BillTotal>;
  rows: BillRow[];
  /** The totals count them, the rows do not list them. */
  rows_left_out: number;
}

const mostRows = 100_000;

function nothing(): BillTotal {
  return {
    calls: 0,
    input_tokens: 0,
    cached_tokens: 0,
    cache_write_tokens: 0,
    cache_write_1h_tokens: 0,
    output_tokens: 0,
    reasoning_tokens: 0,
    nano_usd: 0,
  };
}

/** What one call costs in nano-dollars: an exact integer. */
export function costOf(price: SimPrice | undefined, tokens: TokenCount): number {
  if (price === undefined) return 0;
  const prompt = tokens.input + tokens.cached + tokens.cacheWrite + tokens.cacheWrite1h;
  const applies =
    price.long !== undefined && prompt > price.long.abovePromptTokens ? price.long.price : price;
  return (
    tokens.input * applies.input +
    tokens.cached * applies.cached +
    tokens.cacheWrite * applies.cacheWrite +
    tokens.cacheWrite1h * applies.cacheWrite1h +
    tokens.output * applies.output
  );
}

/** The provider's own count: every call that made it generate, answered, aborted or cut. */
export class Bill {
  #total = nothing();
  #models = new Map<string, BillTotal>();
  #rows: BillRow[] = [];
  #leftOut = 0;

  add(
    call: {
      id: string;
      at: number;
      protocol: Protocol;
      endpoint: string;
      profile: Profile;
      outcome: CallOutcome;
      verdict: Verdict | undefined;
    },
    tokens: TokenCount,
  ): void {
    const row: BillRow = {
      id: call.id,
      at: call.at,
      protocol: call.protocol,
      endpoint: call.endpoint,
      model: call.profile.name,
      input_tokens: tokens.input,
      cached_tokens: tokens.cached,
      cache_write_tokens: tokens.cacheWrite,
      cache_write_1h_tokens: tokens.cacheWrite1h,
      output_tokens: tokens.output,
      reasoning_tokens: tokens.reasoning,
      nano_usd: costOf(call.profile.price, tokens),
      outcome: call.outcome,
      class: call.verdict?.class ?? null,
      acceptable: call.verdict?.acceptable ?? null,
      failure: call.verdict?.failure ?? null,
    };
    let model = this.#models.get(row.model);
    if (model === undefined) {
      model = nothing();
      this.#models.set(row.model, model);
    }
    addTo(this.#total, row);
    addTo(model, row);
    if (this.#rows.length < mostRows) this.#rows.push(row);
    else this.#leftOut += 1;
  }

  view(): BillView {
    return {
      simulated: true,
      total: { ...this.#total },
      models: Object.fromEntries([...this.#models].map(([name, total]) => [name, { ...total }])),
      rows: [...this.#rows],
      rows_left_out: this.#leftOut,
    };
  }

  reset(): void {
    this.#total = nothing();
    this.#models = new Map();
    this.#rows = [];
    this.#leftOut = 0;
  }
}

function addTo(total: BillTotal, row: BillRow): void {
  total.calls += 1;
  total.input_tokens += row.input_tokens;
  total.cached_tokens += row.cached_tokens;
  total.cache_write_tokens += row.cache_write_tokens;
  total.cache_write_1h_tokens += row.cache_write_1h_tokens;
  total.output_tokens += row.output_tokens;
  total.reasoning_tokens += row.reasoning_tokens;
  total.nano_usd += row.nano_usd;
}
