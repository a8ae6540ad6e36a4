/**
 * The resolved configuration: what every layer reads. `schema.ts` says what a user may write, `load.ts`
 * merges flags, environment, files and defaults, and `resolve.ts` turns that into this: every model of
 * every tier completed from the catalogue, every duration in milliseconds, every amount in nano-dollars.
 */
import type { NanoUsd } from './money.ts';
import type { Notifications } from './notifications.ts';
import type { UnitPrices } from './prices.ts';

export const tierNames = ['local_fast', 'local_quality', 'api_fallback'] as const;
export type TierName = (typeof tierNames)[number];

export const complexities = ['simple', 'moderate', 'complex'] as const;
export type Complexity = (typeof complexities)[number];

export const providerNames = ['ollama', 'openai', 'openai-compatible', 'anthropic'] as const;
export type ProviderName = (typeof providerNames)[number];

export type ModelKind = 'instruct' | 'thinking' | 'base' | 'embedding';

/** One model a plan may try, complete: nothing about it has to be looked up elsewhere but its price and key. */
export interface ModelSpec {
  /** What users type and the ledger shows; unique within the configuration. */
  name: string;
  tier: TierName;
  provider: ProviderName;
  /** The provider's id of the model. */
  modelId: string;
  /** Base URL of the server, without a trailing slash. */
  endpoint: string;
  /** Name of the host in `hosts` that serves it; models of one host share its slots. */
  host: string;
  /** True when prompts stay on hardware the user owns. Decides privacy, and that calls cost nothing. */
  selfHosted: boolean;
  kind: ModelKind;
  /** Tokens, prompt and answer together. */
  contextWindow: number;
  /** The most tokens one answer may have. */
  maxTokens: number;
  temperature: number | undefined;
  timeouts: Timeouts;
  /** Weights in GB of VRAM at this quantization; undefined when unknown. */
  sizeGb: number | undefined;
  /** Bytes of VRAM that one token of context takes in its cache; undefined: a usual value is assumed. */
  cacheBytesPerToken?: number;
  /** The environment variable that holds the key (`NAME` or `NAME_FILE`); undefined where none is needed. */
  apiKeyEnv: string | undefined;
  supports: { tools: boolean; structuredOutput: boolean };
  /** How hard it should think, where it can be told: sent as the nearest its provider accepts. */
  effort?: 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';
  /** Ollama: how long the model stays loaded after a call: `10m`, seconds, or -1 for ever. */
  keepAlive?: string | number;
  /** Anthropic: how long its cache keeps the prompt; no caching when absent. */
  promptCaching?: '5m' | '1h';
  /** The provider's own tools a call may use, and how often together; their fees are reserved for. */
  nativeTools?: {
    names: readonly ('web_search' | 'file_search' | 'image_generation')[];
    maxCalls: number;
    /** What `file_search` searches. */
    vectorStoreIds?: readonly string[];
  };
  /** What serves an openai-compatible model, where it is said; units for it can be written. */
  server?: 'vllm' | 'llama_cpp' | 'lm_studio';
  /** The file that server is started with. */
  modelFile?: string;
  /** The user's own price; undefined: the price list's. `modelPrice` in prices.ts knows both. */
  prices: UnitPrices | undefined;
}

/** Milliseconds. */
interface Timeouts {
  connect: number;
  firstToken: number;
  /** The longest silence between two pieces of a stream. */
  idle: number;
  total: number;
}

export interface HostSpec {
  name: string;
  /** How many calls it takes at once. */
  slots: number;
  /** How many of them one model takes; absent: all. */
  slotsPerModel?: number;
  vramGb: number | undefined;
  maxLoadedModels: number;
  /** How long a request may wait before another model's waiting requests are served first, in milliseconds. */
  agingBoundMs: number;
  /** How its models are changed, where not by Ollama's own requests or by the server itself. */
  swap?: SwapSettings;
}

/** Commands are run without a shell; `{model}` and `{model_id}` in their arguments become the model's. */
export interface SwapSettings {
  start?: readonly string[];
  stop?: readonly string[];
  /** Address of a llama-swap that starts and stops the servers. */
  llamaSwap?: string;
  /** How long a model may take until it answers. */
  timeoutMs: number;
}

export interface ActionTypeSpec {
  name: string;
  complexity: Complexity | undefined;
  /** `{{prompt}}`, `{{input.field}}`, `{{context}}`; undefined: the prompt as it is. */
  template: string | undefined;
  system: string | undefined;
  /** JSON Schema of the answer. */
  schema: object | undefined;
  qualityThreshold: number | undefined;
  privacy: 'local' | undefined;
  /** Classes of personal data whose rule is `local` and that this type may send to an API all the same. */
  allowPersonalData?: readonly PersonalDataClass[];
  /** Quality-critical by nature (irreversible, orchestration): the API first where the policy says so. */
  critical: boolean;
  /** The user's own checks. */
  checks: readonly UserCheck[];
  origin: string;
}

export type UserCheck =
  | { kind: 'matches'; pattern: string; flags?: string; hard: boolean }
  | { kind: 'not_matches'; pattern: string; flags?: string; hard: boolean }
  | { kind: 'command'; program: string; args: readonly string[]; timeoutMs: number; hard: boolean };

export interface Config {
  tiers: Record<TierName, readonly ModelSpec[]>;
  hosts: Record<string, HostSpec>;
  actionTypes: Record<string, ActionTypeSpec>;
  queue: {
    /** `embedded`, `redis://…`, `rediss://…` or `postgres://…`. */
    url: string;
    prefix: string;
    /** Actions worked on at once by this daemon. */
    concurrency: number;
    attempts: number;
    backoff: { initialMs: number; maxMs: number };
    lockMs: number;
    reconcileEveryMs: number;
    /** How long a request waits for a model's slot before the action is put back. */
    slotWaitMs: number;
    /** How many requests may wait in memory for one host. */
    maxWaitersPerHost: number;
  };
  routing: {
    policy: PolicyName;
    preferLocal: boolean;
    qualityThreshold: number;
    maxFallbackAttempts: number;
    enableCaching: boolean;
    cacheTtlMs: number;
    enableSelfCritique: boolean;
    actionTierOverrides: Record<string, TierName>;
    deadlineMs: number;
    /** Of the actions so many try what their record speaks against, 0..1. */
    explorationShare: number;
    retry: { maxRetries: number; initialMs: number; maxMs: number };
    /** Asked first, wherever the policy has it. Set by the arm of an experiment only (arm-settings.ts). */
    first?: { tier: TierName } | { model: string };
  };
  hybrid: {
    /** Policy `token-threshold`: prompts under this many tokens stay local. */
    thresholdTokens: number;
  };
  /** Policy `task-matrix`; undefined: made from the tiers. */
  taskMatrix?: TaskMatrixSettings;
  /** Policy `specialists`; undefined: made from the tiers. */
  specialists?: SpecialistSettings;
  /** Policy `specialists`: kinds by the nearest examples; undefined: by its rules alone. */
  nearestExamples?: NearestExampleSettings;
  /** Policy `privacy-first`; undefined: made from the tiers. */
  privacyFirst?: PrivacyFirstSettings;
  qualityChecks: {
    minResponseLength: number;
    checkHallucinations: boolean;
    validateJson: boolean;
    checkRefusals: boolean;
    selfCritiqueThreshold: number;
    /** May a paid model criticise where no local one is up? */
    selfCritiqueApi: boolean;
    /** How many critiques of one answer are asked for; their median counts. */
    selfCritiqueSamples: number;
    /** Of the accepted answers of a calibrated type so many may be wrong, 0..1; undefined: the fixed threshold. */
    acceptedWrongRate?: number;
    /** Judges' word on a sample of accepted local answers, after they were given. */
    audit: {
      /** 0..1; 0: none. */
      share: number;
      /** A model or a tier; absent: chosen by the judge's own rule. */
      model?: string;
      /** 0: no paid model judges. */
      dailyBudget: NanoUsd;
    };
  };
  costControl: {
    /** 0 = no limit. */
    dailyBudget: NanoUsd;
    monthlyBudget: NanoUsd;
    /** API calls a day; 0 = no limit. */
    dailyApiCalls: number;
    /** For one action with everything it spawns; 0 or absent = no limit. */
    treeBudget?: NanoUsd;
    /** Of what is left of the day's budget, the most that one call may take, 0..1; absent = 1. */
    maxSharePerCall?: number;
    /** A day, by name; 0 = no limit. */
    typeBudgets?: Readonly<Record<string, NanoUsd>>;
    agentBudgets?: Readonly<Record<string, NanoUsd>>;
    clientBudgets?: Readonly<Record<string, NanoUsd>>;
    /** Percent of any budget. */
    alertThreshold: number;
    usageLogPath: string | undefined;
    timeZone: string;
    /** `ask`: the first paid call waits for the user's word at start; `on`; `off`. */
    api: 'ask' | 'on' | 'off';
  };
  privacy: Record<PersonalDataClass, PersonalDataRule>;
  /** `privacy.tool_output`: the same for what tools returned; undefined: the rules above. */
  toolOutputPrivacy?: Record<PersonalDataClass, PersonalDataRule>;
  agents: {
    libraryDir: string | undefined;
    maxChildren: number;
    maxDepth: number;
    maxDescendants: number;
  };
  http: { host: string; port: number };
  notifications: Notifications;
  /** By name: what holds for a client whatever its token says. Its budget is `costControl.clientBudgets`. */
  clients?: Readonly<Record<string, { privacy?: 'local' }>>;
  memory: {
    path: string;
    backupDir: string;
    /** A cron expression in local time, or `off`. */
    housekeeping: string;
    keepBackups: number;
    pruneDays: number;
    /** By type, as letter or word, and by topic; 0: for good. */
    typeDays: Readonly<Record<string, number>>;
    topicDays: Readonly<Record<string, number>>;
    /** 0: no bound. */
    maxEntries: number;
    /** 0: single calls and ended actions are kept for good. */
    ledgerDays: number;
  };
  /** Where everything this installation writes lives. */
  dataDir: string;
  drainMs: number;
  log: { level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent' };
  roles: readonly Role[];
}

/** Kinds of task that policy `task-matrix` has a row for (ADR-020). */
export const matrixTasks = [
  'chat',
  'extraction',
  'writing',
  'code',
  'reasoning',
  'matching',
  'native_tools',
] as const;
export type MatrixTask = (typeof matrixTasks)[number];

/** Models by name; undefined where a row has none on that side. */
export interface MatrixRow {
  local: string | undefined;
  cloud: string | undefined;
  /** Sent to the row's cloud model. */
  effort?: ModelSpec['effort'];
}

export interface TaskMatrixSettings {
  rows: Partial<Record<MatrixTask, MatrixRow>>;
  /** Action type → row; types that are not here go through the decision tree. */
  tasks: Record<string, MatrixTask>;
  /** Local models from the weakest to the strongest, one for each band of complexity under 0.8. */
  ladder: readonly string[];
  /** The strongest model: the last resort of every row that has a cloud side. */
  emergency: string | undefined;
  /** Of what is left of the day's budget, the most that one call may take. */
  shareOfRemainingDay: number;
}

/** Kinds of query that policy `specialists` tells apart. */
export const queryKinds = ['simple', 'creative', 'tools', 'code', 'complex', 'research', 'general'] as const;
export type QueryKind = (typeof queryKinds)[number];

/** Kind of query → name of its specialist. */
type SpecialistSettings = Partial<Record<QueryKind, string>>;

/** `specialists.nearest_examples` */
export interface NearestExampleSettings {
  /** Name of an embedding model on the user's own hardware. */
  model: string;
  /** The shipped examples, where they are wanted, and the user's own. */
  examples: readonly { text: string; kind: QueryKind }[];
  /** Cosine similarity under which no example counts as near. */
  leastSimilarity: number;
  withinMs: number;
}

/** Names of the four models of policy `privacy-first` (ADR-001). */
interface PrivacyFirstSettings {
  small: string | undefined;
  large: string | undefined;
  strong: string | undefined;
  longForm: string | undefined;
}

export const policyNames = [
  'tiers',
  'token-threshold',
  'task-matrix',
  'specialists',
  'privacy-first',
] as const;
export type PolicyName = (typeof policyNames)[number];

export const roles = ['worker', 'memory', 'api', 'scheduler'] as const;
type Role = (typeof roles)[number];

/** What personal data was found, graded by what it may do to a plan. */
export const personalDataClasses = ['secret', 'identity', 'contact'] as const;
export type PersonalDataClass = (typeof personalDataClasses)[number];
/** `block`: no API candidate at all; `local`: the same, but the user may allow it by type; `warn`; `ignore`. */
export type PersonalDataRule = 'block' | 'local' | 'warn' | 'ignore';
