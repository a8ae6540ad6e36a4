/**
 * The router's glossary, and the small interfaces through which it reaches what it does not own.
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

export type { UnitPrices };

// ---------------------------------------------------------------------------------------------- request

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

// --------------------------------------------------------------------------------------- classification

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

// ------------------------------------------------------------------------------------------------- plan

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

// ------------------------------------------------------------------------------------------------- call

/**
 * Makes one call of one candidate, whatever its role, with everything a call owes: a slot, the reservation
 * and the ledger's row before it, retries within the deadline, settlement after it, the breaker told.
 * `attempt.ts` implements it; critique and judges receive it, so that no call can bypass the ledger.
 */
export type CallModel = (call: {
  candidate: Candidate;
  role: CallRole;
  messages: readonly Message[];
  tools?: readonly ToolDefinition[];
  schema?: Record<string, unknown>;
  maxTokens: number;
  temperature?: number;
  escalatedFrom?: string;
}) => Promise<Attempt>;

/** The contract of a provider's adapter: the smallest thing the rest of the router knows of it. */
export interface Provider {
  /**
   * Sends one request to one model. Yields deltas as they arrive, and exactly one `finish` as the last one.
   * Every failure is thrown as a `CallError`; a stream that ends without its terminator is one.
   */
  generate(request: GenerateRequest, signal: AbortSignal): AsyncIterable<Delta>;
  /** A sign of life that costs one token at most; resolves when the model answers, throws `CallError`. */
  probe(model: ModelSpec, signal: AbortSignal): Promise<void>;
}

export interface GenerateRequest {
  model: ModelSpec;
  messages: readonly Message[];
  tools?: readonly ToolDefinition[];
  schema?: Record<string, unknown>;
  /** The most tokens the answer may have, reasoning included. */
  maxTokens: number;
  temperature?: number;
  stop?: readonly string[];
  /** Tokens of prompt and answer together that the server must hold (Ollama's `num_ctx` bucket). */
  contextTokens: number;
  timeouts: { connect: number; firstToken: number; idle: number; total: number };
}

export type Delta =
  | { kind: 'text'; text: string }
  | { kind: 'reasoning'; text: string }
  | { kind: 'tool_call'; call: ToolCall }
  | { kind: 'finish'; reason: FinishReason; usage: Usage; timing: CallTiming; rateLimit?: RateLimitState };

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'refusal';

export interface Usage {
  /** Prompt tokens billed at the full input price: without those read from or written to a cache. */
  inputTokens: number;
  cachedInputTokens: number;
  cacheWriteTokens: number;
  cacheWrite1hTokens: number;
  /** Everything generated, reasoning included. */
  outputTokens: number;
  reasoningTokens: number;
  /** The provider's own per-call tools, by name. */
  nativeToolCalls: Readonly<Record<string, number>>;
  /** False when the provider left something out and we estimated it. */
  reported: boolean;
}

export interface CallTiming {
  /** Until the first token, as seen here. */
  firstTokenMs: number | undefined;
  /** What the server says it spent loading the model. */
  loadMs: number | undefined;
}

/** What a response's rate-limit headers said; drives pacing before a 429. Both allowances grow steadily until full. */
export interface RateLimitState {
  requests?: Allowance;
  tokens?: Allowance;
}

export interface Allowance {
  remaining: number;
  /** What it holds when full; undefined when the server does not say. */
  limit?: number;
  /** When it is full again, in milliseconds since 1970; undefined when the server does not say. */
  fullAt?: number;
}

/** What a complete generation came to. */
export interface Generation {
  text: string;
  reasoning: string;
  toolCalls: readonly ToolCall[];
  finishReason: FinishReason;
  usage: Usage;
  timing: CallTiming;
}

/**
 * Every error of a call falls into one class, decided once, in the adapter:
 *   retry_here       the same candidate may answer in a moment (500, 529, cut stream, connection reset)
 *   rate_limited     the same candidate may answer after `retryAfterMs`
 *   retry_elsewhere  this candidate will not (model missing, 401, context too long, timeouts); another may
 *   spend_cap        the account's own limit; never retried, every model of that provider is out
 *   bad_request      the request itself is wrong; no candidate would take it
 *   refused          the provider refuses the content
 *   cancelled        we stopped it
 */
export type CallErrorClass =
  | 'retry_here'
  | 'rate_limited'
  | 'retry_elsewhere'
  | 'spend_cap'
  | 'bad_request'
  | 'refused'
  | 'cancelled';

/** What is known of the money when a call did not end well. */
export type Settlement = 'settled' | 'bounded' | 'unknown' | 'free';

/**
 * What a call is for. `shadow` and `judge` come after the answer was given and were asked for by nobody but the
 * installation: they are charged to it, never to the action, and answer nobody.
 */
export type CallRole = 'answer' | 'critique' | 'judge' | 'shadow' | 'embed' | 'probe';

/** The first half of a ledger row: written, with its reservation, before anything is sent. */
export interface CallStart {
  callId: string;
  origin: Origin;
  role: CallRole;
  type: string;
  complexity: Complexity;
  tier: TierName;
  provider: string;
  model: string;
  modelId: string;
  /** The most this call can cost; 0 on the user's own hardware. */
  reserve: NanoUsd;
  /** What the action itself may still spend; undefined: only the installation's limits apply. */
  actionBudget?: NanoUsd;
  prices: UnitPrices | undefined;
  escalatedFrom?: string;
  startedAt: number;
}

/** The second half: what came of it. */
export interface CallEnd {
  callId: string;
  outcome: 'ok' | 'rejected' | 'error' | 'cancelled';
  usage: Usage | undefined;
  cost: NanoUsd;
  settlement: Settlement;
  latencyMs: number;
  firstTokenMs: number | undefined;
  loadMs: number | undefined;
  errorClass?: CallErrorClass;
  /** Redacted, at most 500 characters. */
  errorMessage?: string;
  finishedAt: number;
}

/** What the assessment of an answer adds to its row. */
export interface CallJudgement {
  callId: string;
  quality: number;
  accepted: boolean;
  checks: readonly CheckResult[];
  /** The critique's score, where one was asked for. */
  critique?: number;
  reason: string;
}

// ---------------------------------------------------------------------------------- attempt, assessment

export type Attempt =
  | {
      kind: 'answered';
      candidate: Candidate;
      callId: string;
      generation: Generation;
      cost: NanoUsd;
      latencyMs: number;
    }
  | { kind: 'failed'; candidate: Candidate; callId: string | undefined; error: AttemptError; cost: NanoUsd };

export interface AttemptError {
  class: CallErrorClass | 'budget' | 'no_slot' | 'deadline';
  message: string;
  retryable: boolean;
  /** What a rate limit asked us to wait. */
  retryAfterMs?: number;
  /** With class `budget`: which limit. */
  refusal?: BudgetRefusal;
}

export type CheckGroup = 'format' | 'completeness' | 'coherence';

export interface CheckResult {
  name: string;
  group: CheckGroup;
  /** 0..1 */
  score: number;
  /** A hard failure ends the ladder and keeps quality below the threshold. */
  hard: boolean;
  /** What was seen, quoting at most a line. */
  evidence: string;
}

export interface Critique {
  /** 0..1 */
  score: number;
  issues: readonly string[];
  model: string;
  callId: string;
  cost: NanoUsd;
}

export interface Assessment {
  quality: number;
  verdict: 'pass' | 'fail';
  checks: readonly CheckResult[];
  critique: Critique | undefined;
  /** What it had to reach; undefined: the request's own threshold. */
  threshold?: number;
  /** One line naming what decided. */
  reason: string;
}

export type Decision =
  | { kind: 'accept' }
  | { kind: 'escalate'; reason: string }
  | { kind: 'fall_back'; reason: string }
  | { kind: 'give_up'; reason: string };

// ---------------------------------------------------------------------------------------------- outcome

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

// ------------------------------------------------------------------- what the router needs from outside

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The record of calls, with the money they may spend: one transaction before a call, one after it. */
export interface Ledger {
  /** Records the call and reserves its upper bound, or says which limit forbids it. Durable when it resolves. */
  begin(start: CallStart): Promise<{ ok: true } | { ok: false; refusal: BudgetRefusal }>;
  /** Settles the reservation and completes the row. Durable when it resolves. */
  finish(end: CallEnd): Promise<void>;
  /** Adds the assessment to a finished answer's row. */
  judge(judgement: CallJudgement): void;
}

export interface BudgetRefusal {
  /** `day`, `month`, `action`, `tree`, `type`, `agent`, `client`, `share`, `api-calls`, `pause`. */
  limit: string;
  /** Of the type, agent or client. */
  name?: string;
  /** Where that limit is set: `cost_control.daily_budget`. */
  setBy: string;
  limitNano: NanoUsd;
  /** Spent and reserved together. */
  usedNano: NanoUsd;
  /** Of it, what calls under way may yet give back. */
  reservedNano?: NanoUsd;
  neededNano: NanoUsd;
  /** When the limit starts anew; undefined: never by itself. */
  resetsAt: number | undefined;
}

export interface AnswerCache {
  get(
    key: string,
  ): { answer: Answer; tier: TierName; model: string; quality: number; callId: string } | undefined;
  put(
    key: string,
    value: { answer: Answer; tier: TierName; model: string; quality: number; callId: string },
  ): void;
}

/** The places a host has for calls at once. */
export interface Slots {
  /** Resolves with a place once the model can answer, or with undefined when none came free in time. */
  acquire(
    model: ModelSpec,
    options: {
      priority: number;
      waitMs: number;
      signal: AbortSignal;
      /** Whose request it is: it keeps its place in line by its action, and children have a share of their own. */
      origin?: Origin;
      /** Ollama: the context it needs; one that is larger than what is loaded makes the server load again. */
      contextTokens?: number;
    },
  ): Promise<Slot | undefined>;
}

/** A place at a host, held for one call. */
export interface Slot {
  /** Gives it back; a second time does nothing. */
  release(): void;
  /** Milliseconds the model was loaded for this call; undefined: it was resident, or its server loads by itself. */
  loadMs: number | undefined;
  /** The context to ask for: what is loaded, where that is more than was needed. */
  contextTokens: number | undefined;
}

export interface Breakers {
  /** `closed`: go ahead; `open`: leave it out until `retryAt`; `half_open`: one probe is allowed. */
  state(model: ModelSpec): { state: 'closed' | 'open' | 'half_open'; retryAt?: number; reason?: string };
  succeeded(model: ModelSpec): void;
  failed(model: ModelSpec, error: AttemptError): void;
  /** Says that the one call a half-open breaker lets through is under way. */
  probe(model: ModelSpec): void;
}

/** Where a label comes from; `audit` is a judge's word on a sample of answers. */
export const labelSources = ['feedback', 'escalation', 'check', 'audit'] as const;
export type LabelSource = (typeof labelSources)[number];

/** What is known of an answer's truth. `wrong_tier`: good or not, another tier should have given it. */
export interface AnswerLabel {
  /** The call that gave the answer (role `answer`). */
  callId: string;
  label: 'good' | 'bad' | 'wrong_tier';
  source: LabelSource;
  /** The chance that the label is right, 0.5..1. */
  confidence: number;
  /** In a person's or a judge's words; nothing is learned from it. */
  note?: string;
  at: number;
}

/** Keeps labels; nobody waits for it. */
export interface LabelSink {
  add(label: AnswerLabel): void;
}

/** What was learned on this installation: how often a model's answers pass, by type. */
export interface PassRates {
  /**
   * The share of accepted answers, newer ones weighing more, and how many fresh answers they weigh; undefined below
   * the stated minimum.
   */
  rate(type: string, complexity: Complexity, model: string): { rate: number; count: number } | undefined;
}
