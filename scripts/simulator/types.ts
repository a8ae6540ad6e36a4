/**
 * The simulator's own words. Only its command line imports anything from the product: a simulator that shared
 * code with what it tests would share its mistakes.
 *
 *   Ask      what a request asks of a model, whatever the protocol
 *   Reply    what the model answers
 *   Verdict  whether that answer was made to be acceptable, and if not, how it fails
 */
import type { Profile } from './profiles.ts';

export type Protocol = 'ollama' | 'openai' | 'anthropic';

export type PromptClass = 'simple' | 'moderate' | 'complex';

export interface SimMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  /** How many tool calls the assistant made in it. */
  toolCalls: number;
}

export interface SimTool {
  name: string;
  description: string;
  parameters: Schema;
}

export type Schema = Record<string, unknown>;

export interface Ask {
  protocol: Protocol;
  profile: Profile;
  messages: SimMessage[];
  tools: SimTool[];
  toolChoice: 'auto' | 'none' | 'required' | { name: string };
  schema: Schema | undefined;
  /** JSON was asked for, with or without a schema. */
  json: boolean;
  /** The provider decodes against the schema, so that an answer that violates it cannot occur. */
  constrained: boolean;
  maxTokens: number | undefined;
  stop: readonly string[];
  /** Reasoning is wanted: only thinking models have any. */
  think: boolean;
}

export interface SimToolCall {
  id: string;
  name: string;
  /** JSON text; broken on purpose in some unacceptable answers. */
  arguments: string;
}

export interface Reply {
  text: string;
  reasoning: string;
  toolCalls: SimToolCall[];
  finish: 'stop' | 'length' | 'tool_calls' | 'refusal';
  /** The stop sequence that ended it. */
  stopSequence?: string;
}

export type FailureKind =
  | 'too_short'
  | 'invalid_json'
  | 'schema_violation'
  | 'refusal'
  | 'truncated'
  | 'repetition'
  | 'echo'
  | 'off_topic'
  | 'wrong_numbers'
  | 'wrong_values'
  | 'bad_tool_call'
  | 'context_lost'
  | 'recorded';

export interface Verdict {
  class: PromptClass;
  acceptable: boolean;
  failure: FailureKind | undefined;
}

/** Tokens by the class they are billed in; `input` excludes cached and written ones, `output` includes reasoning. */
export interface TokenCount {
  input: number;
  cached: number;
  cacheWrite: number;
  cacheWrite1h: number;
  output: number;
  reasoning: number;
}
