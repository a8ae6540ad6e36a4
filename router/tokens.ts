import type { Message, TokenError, ToolDefinition } from './types.ts';

/**
 * An estimate times this is not below the true count on English, code, markup, numbers and base64 (*measured*
 * against o200k: English +4 to +11 %, TypeScript +22 %, JSON 0 %, Russian +12 %, Chinese +45 %, base64 -19 %).
 * Languages of long words are underestimated by more: `estimateError` says by how much. Use these wherever an
 * estimate must not be too low, and `inputTokenBound` wherever it must never be.
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
  const { texts, overhead } = promptTexts(prompt);
  return texts.reduce((sum, text) => sum + estimateTokens(text), overhead);
}

/** The texts a prompt is made of, tools and schema included, and the tokens of the markers between them. */
export function promptTexts(prompt: Prompt): { texts: string[]; overhead: number } {
  const texts: string[] = [];
  let overhead = 3;
  for (const message of prompt.messages) {
    overhead += tokensPerMessage;
    texts.push(message.content);
    for (const call of message.toolCalls ?? []) {
      overhead += tokensPerMessage;
      texts.push(call.name, asText(call.arguments));
    }
  }
  for (const tool of prompt.tools ?? []) {
    overhead += 8;
    texts.push(JSON.stringify(tool));
  }
  if (prompt.schema !== undefined) texts.push(JSON.stringify(prompt.schema));
  return { texts, overhead };
}

/** Letters that make no words (4.7 of the estimate). */
const lettersInARow = /[A-Za-z]{40,}/g;
/** A run of one symbol, which some tokenizers have as a token (0.25 of the estimate). */
const symbolRun = /([^\sA-Za-z\d])\1{31,}/g;
/** Such letters decide from a twentieth of the text on; a word in another text does not. */
const decidingShare = 20;

/**
 * How far the estimate of these texts may be from the true count of the usual tokenizers; linear, and cheap
 * beside the estimate itself. Long words are what it underestimates: Finnish, Czech, Hungarian and Turkish are
 * twice the estimate, at 6.3 to 7 bytes for each token estimated; English has 4.3 to 5.1. *Measured* against
 * o200k on 40 languages and kinds of text (`test/router/token-error.test.ts`).
 */
export function estimateError(texts: readonly string[], estimate: number): TokenError {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  const letters = { beyondAscii: 0, accented: 0, dense: 0, finest: 0 };
  let symbols = 0;
  let [least, most] = [0.7, tokenMargin];
  for (const text of texts) {
    letters.finest += lengthOfRuns(text, lettersInARow);
    symbols += lengthOfRuns(text, symbolRun);
    if (beyondAscii.test(text)) countLetters(text, letters);
  }
  const decides = (count: number): boolean => count * decidingShare > length;
  if (decides(letters.beyondAscii)) least = 0.45;
  if (decides(symbols)) least = 0.2;
  if (decides(letters.dense)) most = 2.5;
  if (decides(letters.finest)) most = 8;
  // An accented letter is two bytes, and often a token of its own.
  const perToken = (length + letters.accented) / Math.max(1, estimate);
  return { least, most: Math.max(most, tokenMargin + 0.8 * (perToken - 5)) };
}

function lengthOfRuns(text: string, run: RegExp): number {
  return text.match(run)?.reduce((sum, found) => sum + found.length, 0) ?? 0;
}

/**
 * Counts letters by how fine tokenizers cut them, measured as multiples of the estimate: accented Latin ones;
 * dense scripts, from Armenian and Hebrew over those of India to Thai and Khmer (up to 2.2); and the finest,
 * Ethiopic and the scripts after it, of which a letter is several tokens (Amharic 7.3).
 */
function countLetters(
  text: string,
  letters: { beyondAscii: number; accented: number; dense: number; finest: number },
): void {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x80) continue;
    letters.beyondAscii += 1;
    if (code >= 0xc0 && code <= 0x24f) letters.accented += 1;
    else if ((code >= 0x1200 && code <= 0x137f) || (code >= 0x13a0 && code <= 0x177f)) letters.finest += 1;
    else if (
      (code >= 0x530 && code <= 0x5ff) ||
      (code >= 0x700 && code <= 0x10ff) ||
      (code >= 0x1780 && code <= 0x1dff) ||
      (code >= 0xa000 && code <= 0xabff)
    )
      letters.dense += 1;
  }
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
  return contextFor(Math.ceil(promptTokens * tokenMargin), maxTokens, contextWindow);
}

/** The same for the most tokens that a prompt can have: nothing is added. */
export function contextFor(
  mostPromptTokens: number,
  maxTokens: number,
  contextWindow: number,
): number | undefined {
  const needed = mostPromptTokens + maxTokens;
  if (needed > contextWindow) return undefined;
  const bucket = contextBuckets.find((size) => size >= needed) ?? contextWindow;
  return Math.min(bucket, contextWindow);
}
