import { apiProfiles } from './profiles-api.ts';
import { localProfiles } from './profiles-local.ts';
import type { PromptClass } from './types.ts';

type ModelKind = 'instruct' | 'thinking' | 'base' | 'embedding';

/** Where a model runs: `ollama` shares the simulated host's VRAM, `vllm` has its own and is always resident. */
type ServedBy = 'ollama' | 'vllm' | 'openai' | 'anthropic';

/** Nano-dollars per token: $1 per million tokens is 1,000. */
export interface SimPrice {
  input: number;
  cached: number;
  cacheWrite: number;
  cacheWrite1h: number;
  output: number;
  /** From this many prompt tokens on, the whole request is billed at these prices instead. */
  long?: { abovePromptTokens: number; price: SimPrice };
}

export interface Profile {
  name: string;
  servedBy: ServedBy;
  kind: ModelKind;
  /** Tokens per second while generating, and milliseconds until the first one. */
  tokensPerSecond: number;
  firstTokenMs: number;
  contextTokens: number;
  maxOutputTokens: number;
  /** Weights, in GB; 0 for API models. */
  sizeGb: number;
  /** Milliseconds from disk to VRAM. */
  loadMs: number;
  parameters: string;
  quantization: string;
  tools: boolean;
  /** Reasoning efforts the API takes; undefined: the parameter is refused (API) or not known (local). */
  efforts?: readonly string[];
  /** `chat`: tools anywhere; `chat-without-effort`: in Chat only with effort none; `responses`: only there. */
  toolsIn: 'chat' | 'chat-without-effort' | 'responses';
  /** Length of the vectors of an embedding model. */
  dimensions: number;
  price: SimPrice | undefined;
  /** The published pass matrix: the share of acceptable answers, 0..1. */
  pass: Readonly<Record<PromptClass, number>>;
  /** How often this model, as a critic, is right about an answer the simulator gave, 0..1. */
  criticAccuracy: number;
}

/** Every model the simulator plays, unless told of others. */
export const profiles: readonly Profile[] = [...localProfiles, ...apiProfiles];
