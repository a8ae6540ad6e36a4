/** Measures one model on the quick set: how long it loads, how fast it answers, how often it is right. */
import { type Complexity, complexities, type ModelSpec } from '../../config/config.ts';
import { CallError } from '../../router/call-error.ts';
import { collect } from '../../router/collect.ts';
import { contextBucket, estimatePromptTokens } from '../../router/tokens.ts';
import type { GenerateRequest, Provider } from '../../router/types/call.ts';
import type { Clock } from '../../router/types/outside.ts';
import type { QuickItem } from './quick-set.ts';

export interface Score {
  passed: number;
  of: number;
}

export interface Measurement {
  model: ModelSpec;
  /** Until a first token came from a model that was not loaded; where the server says so, its own figure. */
  loadMs: number;
  /** Medians over the questions; undefined when none was answered. */
  firstTokenMs: number | undefined;
  tokensPerSecond: number | undefined;
  answerMs: number | undefined;
  scores: Record<Complexity, Score>;
  /** Why it was given up, or undefined. */
  error: string | undefined;
}

/** Room to think for the hardest questions; a model that needs more is cut, and the question counts as missed. */
const maxAnswerTokens = 1024;
const maxThinkingTokens = 4096;
/** So many failed calls in a row say that the server, not the question, is the matter. */
const giveUpAfter = 3;

export async function measure(
  model: ModelSpec,
  items: readonly QuickItem[],
  provider: Provider,
  clock: Clock,
  signal: AbortSignal,
  onItem: (done: number) => void = () => {},
): Promise<Measurement> {
  const scores = Object.fromEntries(
    complexities.map((complexity) => [
      complexity,
      { passed: 0, of: items.filter((item) => item.complexity === complexity).length },
    ]),
  ) as Record<Complexity, Score>;
  const result: Measurement = {
    model,
    loadMs: 0,
    firstTokenMs: undefined,
    tokensPerSecond: undefined,
    answerMs: undefined,
    scores,
    error: undefined,
  };
  const started = clock.now();
  try {
    const first = await ask(model, 'Say ok.', 8, provider, clock, signal);
    result.loadMs = first.loadMs ?? clock.now() - started;
  } catch (error) {
    return { ...result, error: wordOf(error, signal) };
  }
  const samples: Sample[] = [];
  let failedInARow = 0;
  for (const [index, item] of items.entries()) {
    try {
      const limit = model.kind === 'thinking' ? maxThinkingTokens : maxAnswerTokens;
      const sample = await ask(model, item.prompt, limit, provider, clock, signal);
      samples.push(sample);
      failedInARow = 0;
      if (item.accepts(sample.text)) scores[item.complexity].passed += 1;
    } catch (error) {
      failedInARow += 1;
      if (failedInARow >= giveUpAfter || signal.aborted) return { ...result, error: wordOf(error, signal) };
    }
    onItem(index + 1);
  }
  return {
    ...result,
    firstTokenMs: median(samples.map((sample) => sample.firstTokenMs)),
    tokensPerSecond: median(samples.flatMap((sample) => sample.tokensPerSecond ?? [])),
    answerMs: median(samples.map((sample) => sample.answerMs)),
  };
}

interface Sample {
  text: string;
  firstTokenMs: number;
  answerMs: number;
  loadMs: number | undefined;
  /** Undefined for an answer too short to time. */
  tokensPerSecond: number | undefined;
}

async function ask(
  model: ModelSpec,
  prompt: string,
  maxTokens: number,
  provider: Provider,
  clock: Clock,
  signal: AbortSignal,
): Promise<Sample> {
  const messages = [{ role: 'user' as const, content: prompt }];
  const limit = Math.min(maxTokens, Math.floor(model.contextWindow / 2));
  const request: GenerateRequest = {
    model,
    messages,
    maxTokens: limit,
    // The same question twice should give the same answer.
    temperature: 0,
    contextTokens:
      contextBucket(estimatePromptTokens({ messages }), limit, model.contextWindow) ?? model.contextWindow,
    timeouts: model.timeouts,
  };
  const started = clock.now();
  const { text, usage, timing } = await collect(provider, request, signal, clock);
  const answerMs = clock.now() - started;
  const firstTokenMs = timing.firstTokenMs ?? answerMs;
  const writing = answerMs - firstTokenMs;
  return {
    text,
    firstTokenMs,
    answerMs,
    loadMs: timing.loadMs,
    tokensPerSecond:
      usage.outputTokens >= 4 && writing > 0 ? ((usage.outputTokens - 1) * 1000) / writing : undefined,
  };
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  if (upper === undefined) return undefined;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}

function wordOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'stopped';
  return error instanceof CallError || error instanceof Error ? error.message : String(error);
}
