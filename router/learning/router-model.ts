import { answerSignals } from './answer-signals.ts';
import { evaluateRanking } from './evaluate.ts';
import { hashText } from './hashing.ts';
import { type Example, fitHead, type Head, type HeadOptions, predictHead, type Target } from './head.ts';
import { checksOf } from './offline-checks.ts';
import { promptSignals } from './prompt-signals.ts';
import type { RecordedLine } from './recorded.ts';

/** What was learned from recorded outcomes: one part that sees the prompt, one that sees the answer too. */
export interface RouterModel {
  prompt: Part | undefined;
  answer: Part | undefined;
}

/** A head of these outcomes, beside the one learned elsewhere that it was given. */
export interface Part {
  head: Head;
  /** How many lines it rests on. */
  lines: number;
  /** Mean and deviation of its own predicted need over those lines. */
  spread: Spread;
  /** What was learned elsewhere, and its share in the predicted need, 0..1. */
  prior: { head: Head; spread: Spread; share: number } | undefined;
}

interface Spread {
  mean: number;
  deviation: number;
}

/** Below this many lines nothing is fitted: the interval would be wider than what it could tell. */
export const leastLines = 100;

const promptOptions: HeadOptions = { signalPenalty: 150, textPenalty: 25 };
const answerOptions: HeadOptions = { signalPenalty: 30, textPenalty: 300 };

/**
 * With this many lines the own head and the prior count alike; the prior's share falls with the square of the
 * lines. Measured: GSM8K (530 lines) ranks best with two thirds of MMLU's prior (APGR 0.632 against 0.613
 * without it), MMLU (5,600 lines) with next to nothing of GSM8K's.
 */
const priorLines = 1000;

/** How far a label is trusted against the mean of its group (domain, type): labels are noisy, groups are not. */
const ownShare = 0.6;
const groupPrior = 10;

/** Fits what the lines allow. Deterministic. `prior`: what was learned elsewhere, whose prompt part is kept beside. */
export function fitRouterModel(lines: readonly RecordedLine[], prior?: RouterModel): RouterModel {
  const answered = lines.filter((line) => line.weak.response !== undefined);
  const prompts = lines.map((line) => promptExample(line.prompt));
  const prompt = fitPart(prompts, shrunk(lines), promptOptions);
  const believed = prior?.prompt?.head;
  return {
    prompt:
      prompt === undefined || believed === undefined
        ? prompt
        : {
            ...prompt,
            prior: {
              head: believed,
              spread: spreadOf(believed, prompts),
              share: priorShare(believed, prompts, lines.map(targetOf)),
            },
          },
    answer: fitPart(
      answered.map((line) => answerExample(line.prompt, line.weak.response ?? '')),
      answered.map(targetOf),
      answerOptions,
    ),
  };
}

/**
 * How much of the prior is kept: less the more lines there are, and less the worse it ranks these lines, which
 * it was not fitted on, than a head of their own ranks lines that were left out of it.
 */
function priorShare(prior: Head, examples: readonly Example[], targets: readonly Target[]): number {
  const byLines = priorLines ** 2 / (priorLines ** 2 + examples.length ** 2);
  const records = targets.map((target) => ({
    weakCorrect: target.weakFails === 0,
    strongCorrect: target.strongRight !== 0,
  }));
  const edge = (needs: readonly number[]) =>
    Math.max(0, (evaluateRanking(needs, records)?.apgr ?? 0.5) - 0.5);
  const priorEdge = edge(examples.map((example) => gain(predictHead(prior, example))));
  if (priorEdge === 0) return 0;
  const parts = 3;
  const needs: number[] = [];
  for (let part = 0; part < parts; part++) {
    const kept = (_: unknown, i: number) => i % parts !== part;
    const head = fitHead(examples.filter(kept), targets.filter(kept), promptOptions);
    for (let i = part; i < examples.length; i += parts)
      needs[i] = gain(predictHead(head, examples[i] as Example));
  }
  return byLines * Math.min(1, priorEdge / Math.max(edge(needs), 1e-6));
}

/** The part that ships with the product: signals only, held down so far that it carries over to other tasks. */
export function fitPrior(lines: readonly RecordedLine[]): RouterModel {
  const answered = lines.filter((line) => line.weak.response !== undefined);
  return {
    prompt: fitPart(
      lines.map((line) => promptExample(line.prompt)),
      lines.map(targetOf),
      { signalPenalty: 0.7 * lines.length, textPenalty: 'no text' },
    ),
    answer: fitPart(
      answered.map((line) => answerExample(line.prompt, line.weak.response ?? '')),
      answered.map(targetOf),
      { signalPenalty: 60, textPenalty: 'no text' },
    ),
  };
}

function fitPart(
  examples: readonly Example[],
  targets: readonly Target[],
  options: HeadOptions,
): Part | undefined {
  if (examples.length < leastLines) return undefined;
  const head = fitHead(examples, targets, options);
  return { head, lines: examples.length, spread: spreadOf(head, examples), prior: undefined };
}

function spreadOf(head: Head, examples: readonly Example[]): Spread {
  const needs = examples.map((example) => gain(predictHead(head, example)));
  const mean = needs.reduce((sum, need) => sum + need, 0) / needs.length;
  const variance = needs.reduce((sum, need) => sum + (need - mean) ** 2, 0) / needs.length;
  return { mean, deviation: Math.sqrt(variance) || 1 };
}

/** What the stronger model is expected to gain, 0 to 1: one half where it makes no difference. */
function gain(chances: { weakFails: number; strongRight: number }): number {
  return (chances.weakFails + chances.strongRight) / 2;
}

export interface Need {
  /** The chance that the local answer falls short. */
  weakFails: number;
  /** The chance that the stronger model's would not. */
  strongRight: number;
  /** What a router ranks by: 1 the stronger model gains surely, 0 it loses surely, 0.5 it makes no difference. */
  escalate: number;
}

/** Undefined where nothing fitted applies (a response counts only for a model that has learned from responses). */
export function predictNeed(
  model: RouterModel,
  prompt: string,
  response: string | undefined,
): Need | undefined {
  const seesAnswer = response !== undefined && model.answer !== undefined;
  const part = seesAnswer ? model.answer : model.prompt;
  if (part === undefined) return undefined;
  const example = seesAnswer ? answerExample(prompt, response) : promptExample(prompt);
  const chances = predictHead(part.head, example);
  return { ...chances, escalate: blended(part, example, gain(chances)) };
}

function blended(part: Part, example: Example, own: number): number {
  if (part.prior === undefined) return own;
  const { share } = part.prior;
  const believed = gain(predictHead(part.prior.head, example));
  const standing =
    ((1 - share) * (own - part.spread.mean)) / part.spread.deviation +
    (share * (believed - part.prior.spread.mean)) / part.prior.spread.deviation;
  return Math.min(1, Math.max(0, part.spread.mean + standing * part.spread.deviation));
}

function promptExample(prompt: string): Example {
  return { signals: promptSignals(prompt), text: hashText(prompt) };
}

function answerExample(prompt: string, response: string): Example {
  return {
    signals: answerSignals(prompt, response, checksOf(prompt, response)),
    text: hashText(prompt),
  };
}

function targetOf(line: RecordedLine): Target {
  return {
    weakFails: line.weak.correct ? 0 : 1,
    strongRight: line.strong === undefined ? undefined : Number(line.strong.correct),
  };
}

/** Each label drawn towards the mean of its group, where lines name groups. */
function shrunk(lines: readonly RecordedLine[]): Target[] {
  const targets = lines.map(targetOf);
  const weak = groupMeans(lines, (i) => targets[i]?.weakFails);
  const strong = groupMeans(lines, (i) => targets[i]?.strongRight);
  return targets.map((target, i) => {
    const group = lines[i]?.group;
    if (group === undefined) return target;
    const toward = (own: number, mean: number | undefined) =>
      mean === undefined ? own : ownShare * own + (1 - ownShare) * mean;
    return {
      weakFails: toward(target.weakFails, weak.get(group)),
      strongRight:
        target.strongRight === undefined ? undefined : toward(target.strongRight, strong.get(group)),
    };
  });
}

function groupMeans(
  lines: readonly RecordedLine[],
  labelOf: (index: number) => number | undefined,
): Map<string, number> {
  const sums = new Map<string, { sum: number; count: number }>();
  let sum = 0;
  let count = 0;
  for (const [i, line] of lines.entries()) {
    const label = labelOf(i);
    if (label === undefined) continue;
    sum += label;
    count++;
    if (line.group === undefined) continue;
    const entry = sums.get(line.group) ?? { sum: 0, count: 0 };
    sums.set(line.group, { sum: entry.sum + label, count: entry.count + 1 });
  }
  const overall = count === 0 ? 0.5 : sum / count;
  return new Map(
    [...sums].map(([group, own]) => [group, (own.sum + groupPrior * overall) / (own.count + groupPrior)]),
  );
}
