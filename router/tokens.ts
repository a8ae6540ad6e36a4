import type { Message, ToolDefinition } from './types.ts';

/**
 * An estimate times this is not below the true count on prose, code, markup, numbers and random letters
 * (*measured* against o200k: English +4 to +11 %, TypeScript +22 %, JSON 0 %, German -10 %, Russian +12 %,
 * Chinese +45 %, base64 -19 %). Use it wherever an estimate must not be too low, and `inputTokenBound` wherever it
 * must never be.
 */
export const tokenMargin = 1.25;

/**
 * How tokenizers cut text, roughly: a word with the space before it, capitals beginning a new piece (camelCase,
 * base64); digits by three; other alphabets by four letters; runs of one symbol by sixteen; white space whole;
 * a token a character for scripts without spaces. One pass, no backtracking beyond a piece.
 */
const pieces =
  / ?[A-Z]?[a-z\u00df-\u024f]{1,9}| ?[A-Z\u00c0-\u00de]{1,2}|\d{1,3}| ?[\u0370-\u1fff]{1,4}|([^\sA-Za-z\d\u0080-\uffff])\1{3,15}|\s+|[\u0080-\uffff]| ?[^\sA-Za-z\d\u0080-\uffff]{1,3}/g;

/** A cheap estimate of the tokens in a text; linear, no tokenizer loaded. See `tokenMargin`. */
export function estimateTokens(text: string): number {
  let count = 0;
  pieces.lastIndex = 0;
  while (pieces.test(text)) count += 1;
  return count;
}

/** What a prompt consists of, as the estimates need it. */
export interface Prompt {
  messages: readonly Message[];
  tools?: readonly ToolDefinition[] | undefined;
  schema?: Record<string, unknown> | undefined;
}

/** Role markers and separators of the usual chat templates. */
const tokensPerMessage = 5;

/** Estimated prompt tokens, tools and schema included. */
export function estimatePromptTokens(prompt: Prompt): number {
  let count = 3;
  for (const message of prompt.messages) {
    count += tokensPerMessage + estimateTokens(message.content);
    for (const call of message.toolCalls ?? []) {
      count += tokensPerMessage + estimateTokens(call.name) + estimateTokens(asText(call.arguments));
    }
  }
  for (const tool of prompt.tools ?? []) count += 8 + estimateTokens(JSON.stringify(tool));
  if (prompt.schema !== undefined) count += estimateTokens(JSON.stringify(prompt.schema));
  return count;
}

/**
 * Overheads of the bound. A message costs its template's markers (role, separators; the longest in use,
 * Llama 3's, is 5 tokens) and its ids. With tools, providers add a system prompt of their own (Anthropic
 * documents up to 804 tokens by model and tool choice) and re-render definitions with markup; with a schema
 * they add an instruction and may render it indented. Generous on purpose: at 1,000 tokens of the dearest
 * model it moves a reservation by about a cent, and refusals only near a limit.
 */
const boundPerPrompt = 64;
const boundPerMessage = 32;
const boundPerTool = 128;
const boundForTools = 1_024;
const boundForSchema = 1_024;

/**
 * An upper bound of the prompt's tokens: a token stands for at least one byte of what the model is given, so
 * the UTF-8 bytes bound it, whatever the tokenizer. Text outside ASCII is measured after NFKC too, since some
 * tokenizers normalise first and a character may grow by that.
 */
export function inputTokenBound(prompt: Prompt): number {
  let bound = boundPerPrompt;
  for (const message of prompt.messages) {
    bound += boundPerMessage + textBound(message.content);
    if (message.toolCallId !== undefined) bound += textBound(message.toolCallId);
    if (message.toolName !== undefined) bound += textBound(message.toolName);
    for (const call of message.toolCalls ?? []) {
      bound +=
        boundPerMessage + textBound(call.id) + textBound(call.name) + textBound(asText(call.arguments));
    }
  }
  if (prompt.tools !== undefined && prompt.tools.length > 0) {
    bound += boundForTools;
    for (const tool of prompt.tools) bound += boundPerTool + 2 * textBound(JSON.stringify(tool));
  }
  if (prompt.schema !== undefined) bound += boundForSchema + 2 * textBound(JSON.stringify(prompt.schema));
  return bound;
}

const beyondAscii = /[\u0080-\uffff]/;

function textBound(text: string): number {
  if (!beyondAscii.test(text)) return text.length;
  return Math.max(Buffer.byteLength(text), Buffer.byteLength(text.normalize('NFKC')));
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** The context sizes we ask a server for. Few, because another `num_ctx` makes Ollama load the model again. */
export const contextBuckets = [4_096, 8_192, 16_384, 32_768, 65_536, 131_072, 262_144] as const;

/**
 * The smallest bucket that holds prompt and answer, never above the model's own window; undefined when the
 * window is too small. `promptTokens` is an estimate: the margin is added here.
 */
export function contextBucket(
  promptTokens: number,
  maxTokens: number,
  contextWindow: number,
): number | undefined {
  const needed = Math.ceil(promptTokens * tokenMargin) + maxTokens;
  if (needed > contextWindow) return undefined;
  const bucket = contextBuckets.find((size) => size >= needed) ?? contextWindow;
  return Math.min(bucket, contextWindow);
}
