import { withArmSettings } from '../config/arm-settings.ts';
import type { Complexity, Config, ModelSpec, TierName } from '../config/config.ts';
import type { NanoUsd } from '../config/money.ts';
import type { Learned } from './learning/learned.ts';
import type { NearestExamples } from './nearest-examples.ts';
import type { HostSlots } from './slots.ts';
import type { CountTokens } from './tokenizer/token-counter.ts';
import type { CallRole, Provider } from './types/call.ts';
import type {
  AnswerCache,
  Breakers,
  BudgetRefusal,
  Clock,
  LabelSink,
  Ledger,
  PassRates,
} from './types/outside.ts';
import type { Origin, Request, UnitPrices } from './types.ts';

/** Everything the router is given; it reaches nothing else. */
export interface RouterParts {
  /** The configuration in force; a reload replaces it between requests. */
  config: () => Config;
  provider: (model: ModelSpec) => Provider;
  prices: {
    /** What applies to a prompt of this many tokens at this time; undefined: unknown. */
    at(model: ModelSpec, at: number, promptTokens: number): UnitPrices | undefined;
    /** The dearest that can apply to a prompt of at most this many tokens. */
    dearest(model: ModelSpec, at: number, promptTokenBound: number): UnitPrices | undefined;
  };
  ledger: Ledger;
  cache: AnswerCache;
  slots: Pick<HostSlots, 'acquire' | 'resident' | 'saturated'>;
  breakers: Breakers;
  passRates: PassRates;
  /** Where routing puts what it finds out of answers' truth; undefined: nobody keeps it. */
  labels?: LabelSink;
  /** Counts a prompt's tokens; undefined: estimates have to do. */
  countTokens?: CountTokens;
  /** Names the kind of a query by its nearest examples; undefined: nobody can be asked. */
  nearestExamples?: NearestExamples;
  /** What `swarmd learn` has learned here; undefined: nothing. */
  learned?: () => Learned | undefined;
  clock: Clock;
  /** 0 ≤ x < 1 */
  random: () => number;
  newId: () => string;
  /** May paid models be called at all; a string says why not. */
  apiAllowed: () => true | string;
  wouldRefuse: (reserve: NanoUsd, origin: Origin) => BudgetRefusal | undefined;
  onEvent?: (event: RouterEvent) => void;
}

/** The parts as one request sees them: the arm of an experiment may change settings. */
export function partsFor(request: Request, parts: RouterParts): RouterParts {
  const { settings } = request;
  if (settings === undefined) return parts;
  return { ...parts, config: () => withArmSettings(parts.config(), settings) };
}

/** What the router tells while it works, for whoever watches. */
export type RouterEvent = { request: Request } & (
  | { kind: 'classified'; complexity: Complexity; reason: string }
  | { kind: 'call'; role: CallRole; tier: TierName; model: string }
  | { kind: 'assessed'; tier: TierName; model: string; quality: number; accepted: boolean; reason: string }
  | { kind: 'escalated' | 'fell_back'; from: string; reason: string }
);
