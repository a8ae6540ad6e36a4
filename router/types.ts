/**
 * The router's glossary, and the values of its main path. Calls, assessments and what the router needs from outside
 * are in `types/`.
 *
 *   Request         one thing asked of the router (an agent's run makes many, a plain action one)
 *   Classification  how hard the request looks, and why
 *   RoutePlan       the candidates to try, in order, each with its reason; and those left out, each with its reason
 *   Candidate       a model in a tier that a plan may try
 *   Attempt         what came of trying one candidate: an answer or a classed error
 *   Call            one call of one candidate, the ledger's row (answers, critiques and judgements alike)
 *   Check           a deterministic judgement of an answer
 *   Critique        a model's judgement of it
 *   Assessment      both combined into `quality` 0..1 and a verdict
 *   Decision        accept, escalate (quality), fall back (error) or give up
 *   Outcome         what the caller gets: the answer with tier, model, quality, cost and why; or the failure
 *
 * Tokens are counted as the provider reports them, money in nano-dollars, time in milliseconds since 1970 (UTC).
 */
import type { ArmSettings } from '../config/arm-settings.ts';
import type {
  Complexity,
  Config,
  ModelSpec,
  PersonalDataClass,
  PolicyName,
  QueryKind,
  TierName,
} from '../config/config.ts';
import type { NanoUsd } from '../config/money.ts';
import type { UnitPrices } from '../config/prices.ts';
import type { Breakers, BudgetRefusal, PassRates } from './types/outside.ts';

export type { UnitPrices };

// ------------------------------------------------------------------------------------------------- request

export type Privacy = 'local' | 'any';

export interface Message {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  /** Calls the assistant made in this message. */
  toolCalls?: readonly ToolCall[];
  /** For role `tool`: the call this is the result of. */
  toolCallId?: string;
  /** For role `tool`: the tool's name. */
  toolName?: string;
}

export interface ToolDefinition {
  name: string;
  description: string;
  /** JSON Schema of the arguments. */
  parameters: Record<string, unknown>;
}

export interface ToolCall {
  id: string;
  name: string;
  /** Parsed arguments; a string when the model's JSON does not parse, so that the mistake can be shown to it. */
  arguments: unknown;
}

/** Who asks and for what: the ids every call's ledger row carries. */
export interface Origin {
  actionId: string;
  runId?: string;
  rootId?: string;
  parentId?: string;
  client?: string;
  agent?: string;
  /** The experiment this request takes part in, and the arm it fell to. */
  experiment?: string;
  arm?: string;
}

export interface Request {
  origin: Origin;
  /** The action's type. */
  type: string;
  messages: readonly Message[];
  /** The user's own part of the prompt: what is classified. Never system prompt, tools or boilerplate. */
  userText: string;
  /** Text the answer must stay grounded in (extraction, summaries); undefined where that does not apply. */
  sourceText?: string;
  tools?: readonly ToolDefinition[];
  /** JSON Schema the answer must satisfy. */
  schema?: Record<string, unknown>;
  maxTokens?: number;
  temperature?: number;
  privacy: Privacy;
  /** Who demands `local`, in the words of a reason: `agent diarist is private`. */
  privateBecause?: string;
  /** The complexity the action's type states; undefined: classify. */
  typeComplexity?: Complexity;
  /** What stated it, where that is not the type: `agent summarizer`. */
  complexityFrom?: string;
  /** Asked for by the user: plan for this tier or this model only. */
  tier?: TierName;
  model?: string;
  qualityThreshold: number;
  /** The action or its type states it: no learned threshold takes its place. */
  qualityThresholdStated?: true;
  /** Fail rather than return the best answer below the threshold. */
  mustPass: boolean;
  /** Irreversible or costly when wrong. */
  critical: boolean;
  /** Why, where nobody marked this very action: `type agent is critical`. */
  criticalBecause?: string;
  /** What this request may still spend; undefined: only the installation's limits apply. */
  budget?: NanoUsd;
  deadlineAt: number;
  /** 1 high … 10 low. */
  priority: number;
  /** Off for requests whose answer must be fresh. */
  cacheable: boolean;
  /** What an experiment's arm changes of the configuration for this request. */
  settings?: ArmSettings;
}

// ------------------------------------------------------------------------------------------ classification

export interface Signal {
  name: string;
  /** Added to the log-odds of the score; negative weights speak for simple, 0 only explains. */
  weight: number;
  evidence: string;
}

export interface Classification {
  complexity: Complexity;
  /** 0 trivial … 1 hardest. */
  score: number;
  /** 0 no evidence … 1 stated by the type or the user. */
  confidence: number;
  signals: readonly Signal[];
  /** Prompt tokens, everything included: estimated, or counted where that mattered. */
  inputTokens: number;
  /** Between which multiples of an estimate the true count lies. */
  inputTokensError: TokenError;
  /** `inputTokens` were counted. */
  tokensCounted?: true;
  expectedOutputTokens: number;
  /** What an error would cost more than an API call. */
  qualityCritical: boolean;
  needsTools: boolean;
  domain: 'general' | 'code' | 'maths' | 'data' | 'writing' | 'research';
  /** A model the user's text asks for by name; never one that only occurs in quoted text. */
  namedModel?: string;
  /** Policy `specialists` with `nearest_examples`: the kind of query by the examples nearest to it. */
  nearestExample?: NearestExample;
  personalData: readonly PersonalDataFinding[];
}

export interface TokenError {
  least: number;
  most: number;
}

export interface NearestExample {
  kind: QueryKind;
  /** Which example, how near. */
  evidence: string;
}

export interface PersonalDataFinding {
  class: PersonalDataClass;
  /** `email`, `iban`, `aws-access-key` … */
  kind: string;
  /** Where it starts in the text it was found in. */
  index: number;
  /** Masked: never the value itself. */
  masked: string;
  /** In the user's own text, or in what a tool returned. */
  source: 'user' | 'tool';
}

// ---------------------------------------------------------------------------------------------------- plan

export interface Candidate {
  model: ModelSpec;
  /** Why it stands at this place, for `explain`. */
  reason: string;
  /** Weaker than the candidates before it: worth trying when they fail by error, not when their answers are poor. */
  onlyAfterErrors?: true;
}

export interface ExcludedCandidate {
  model: ModelSpec;
  /** `privacy`, `context`, `disabled`, `breaker`, `budget`, `deadline`, `api-off` … */
  rule: string;
  reason: string;
  /** True when the policy put it before every candidate that is left: the plan is not what it would have been. */
  wouldHaveBeenFirst?: boolean;
  /** With rule `budget`: which limit. */
  refusal?: BudgetRefusal;
  /** With rule `breaker`: when it may be asked again. */
  retryAt?: number;
}

export interface RoutePlan {
  policy: PolicyName;
  candidates: readonly Candidate[];
  excluded: readonly ExcludedCandidate[];
  /** One line: why the first candidate is the first. */
  reason: string;
  /** Personal data that was found and may leave by the rules in force, and what else should be said. */
  warnings?: readonly string[];
}

/** What a policy and the hard constraints look at besides the request. All of it is read, nothing is changed. */
export interface PlanContext {
  config: Config;
  breakers: Breakers;
  passRates: PassRates;
  /** May anything be spent at all: `cost_control.api`, the user's consent, the kill switch. A string says why not. */
  apiAllowed: true | string;
  /** Asks the budget, without reserving, whether a call of this upper bound would be refused now. */
  wouldRefuse: (reserve: NanoUsd) => BudgetRefusal | undefined;
  /** The upper bound of one call of this model for this request, in nano-dollars; undefined: its price is unknown. */
  upperBound: (model: ModelSpec) => NanoUsd | undefined;
  /** Names of the models resident on their host now; undefined when the host does not tell. */
  resident: (host: string) => readonly string[] | undefined;
  /** True when a host's queue of waiting requests is full; undefined: nobody knows. */
  saturated?: (host: string) => boolean;
  now: number;
}

export interface TokenBound {
  tokens: number;
  /** As a reason names it. */
  name: string;
}

/** How plans are made. A policy orders and explains; the hard constraints in `plan.ts` come after any policy. */
export interface Policy {
  name: PolicyName;
  /** Prompt tokens at which its order changes: near one of them they are counted, not estimated. */
  tokenBounds?(config: Config): readonly TokenBound[];
  order(
    request: Request,
    classification: Classification,
    context: PlanContext,
  ): { candidates: Candidate[]; reason: string; excluded?: ExcludedCandidate[] };
}

// ------------------------------------------------------------------------------------------------- outcome

export interface Answer {
  text: string;
  /** The answer parsed, where a schema was asked for and it parses. */
  json?: unknown;
  reasoning: string;
  toolCalls: readonly ToolCall[];
}

export type Outcome =
  | {
      kind: 'answered';
      answer: Answer;
      tier: TierName;
      model: string;
      quality: number;
      /** Why it is returned although it is below the threshold or came from a lower tier than planned. */
      degraded: string | undefined;
      cached: boolean;
      /** All calls made for it: rejected answers and critiques included. */
      cost: NanoUsd;
      /** Why this tier. */
      reason: string;
      trail: RouteTrail;
    }
  | {
      kind: 'failed';
      error: {
        code:
          | 'ALL_CANDIDATES_FAILED'
          | 'BUDGET_REFUSED'
          | 'PRIVACY_BLOCKED'
          | 'DEADLINE_EXCEEDED'
          | 'QUALITY_TOO_LOW'
          | 'CANCELLED'
          | 'INPUT_INVALID';
        message: string;
        retryable: boolean;
        /** When a retry can help at the earliest (a budget's next day, a rate limit's end). */
        retryAt?: number;
        /**
         * It waits for money and fails by nothing else, so that this is no attempt; `budget_paused`: until
         * somebody resumes the budget.
         */
        waitsFor?: 'budget' | 'budget_paused';
      };
      cost: NanoUsd;
      trail: RouteTrail;
    }
  /** No slot came free in time: put the action back, it has cost nothing and is no attempt. */
  | { kind: 'waiting'; host: string; model: string; cost: NanoUsd; trail: RouteTrail };

/** Everything `explain` shows. */
export interface RouteTrail {
  classification: Classification;
  plan: RoutePlan;
  steps: readonly RouteStep[];
}

export interface RouteStep {
  tier: TierName;
  model: string;
  callId: string | undefined;
  quality: number | undefined;
  cost: NanoUsd;
  latencyMs: number | undefined;
  /** `accepted`, `rejected: …`, `error: …`, `skipped: …` */
  result: string;
  /** No call was made because a limit forbade it. */
  refusedByBudget?: true;
}
