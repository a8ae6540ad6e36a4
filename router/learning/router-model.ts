import { answerSignals } from './answer-signals.ts';
import { drawnToGroup, targetOf } from './group-labels.ts';
import { hashText } from './hashing.ts';
import type { Head } from './head.ts';
import { checksOf } from './offline-checks.ts';
import {
  besidePrior,
  type Chances,
  fitPart,
  offersChoices,
  type Part,
  type PartOptions,
  predictPart,
  type Sample,
} from './part.ts';
import { promptSignals } from './prompt-signals.ts';
import { fitReach, strangeness } from './reach.ts';
import type { RecordedLine } from './recorded.ts';

/** What was learned from recorded outcomes: one part that sees the prompt, one that sees the answer too. */
export interface RouterModel {
  prompt: Part | undefined;
  answer: Part | undefined;
}

/** Below this many lines nothing is fitted: the interval would be wider than what it could tell. */
export const leastLines = 100;

const promptOptions: PartOptions = {
  head: { signalPenalty: 150, textPenalty: 25 },
  grove: { trees: 120, leastRows: 8, triedShare: 0.3, mostTopics: 100, linesPerTopic: 50 },
  groveShare: 0.6,
};
/** No trees: with some hundred labelled answers they rank no better than the sum of the signals. */
const answerOptions: PartOptions = {
  head: { signalPenalty: 30, textPenalty: 300 },
  grove: undefined,
  groveShare: 0,
};

/** Fits what the lines allow. Deterministic. `prior`: what was learned elsewhere, whose prompt part is kept beside. */
export function fitRouterModel(lines: readonly RecordedLine[], prior?: RouterModel): RouterModel {
  const answered = lines.filter((line) => line.weak.response !== undefined);
  return {
    prompt: fitPromptPart(lines, prior?.prompt?.head),
    answer: answered.length < leastLines ? undefined : fitAnswerPart(answered),
  };
}

function fitAnswerPart(answered: readonly RecordedLine[]): Part {
  const [samples, targets] = answersOf(answered);
  const reach = fitReach(
    samples.map(({ signals }) => signals),
    likeAnswers,
  );
  return { ...fitPart(samples, targets, answerOptions), reach };
}

/**
 * One part for all lines or, where there are enough of both, one for questions with lettered choices and one for the
 * others: learned together, the more numerous kind outvotes the other (GSM8K falls from 0.63 to 0.60 beside MMLU).
 */
function fitPromptPart(lines: readonly RecordedLine[], believed: Head | undefined): Part | undefined {
  const seen = lines.map((line) => ({ line, sample: promptSample(line.prompt) }));
  const withChoices = seen.filter(({ sample }) => offersChoices(sample.signals));
  const others = seen.filter(({ sample }) => !offersChoices(sample.signals));
  if (Math.min(withChoices.length, others.length) < leastLines) return fitKind(seen, believed);
  const part = fitKind(others, believed);
  return part && { ...part, choices: fitKind(withChoices, believed) };
}

interface SeenLine {
  line: RecordedLine;
  sample: Sample;
}

function fitKind(seen: readonly SeenLine[], believed: Head | undefined): Part | undefined {
  if (seen.length < leastLines) return undefined;
  const lines = seen.map(({ line }) => line);
  const samples = seen.map(({ sample }) => sample);
  const targets = lines.map(targetOf);
  const part = fitPart(samples, targets, promptOptions, drawnToGroup(lines));
  return believed === undefined ? part : besidePrior(part, believed, samples, targets, promptOptions);
}

/**
 * What ships with the product: signals only, held down so far that it carries over to other tasks. Questions with
 * choices have a part of their own where there are other tasks too; that of the others is fitted on all lines, which
 * ranks them better than their own few hundred would.
 */
export function fitPrior(lines: readonly RecordedLine[]): RouterModel {
  const answered = lines.filter((line) => line.weak.response !== undefined);
  const withChoices = lines.filter((line) => offersChoices(promptSignals(line.prompt)));
  const prompt = fitPromptPrior(lines);
  const bothKinds = Math.min(withChoices.length, lines.length - withChoices.length) >= leastLines;
  return {
    prompt: prompt && { ...prompt, choices: bothKinds ? fitPromptPrior(withChoices) : undefined },
    answer: answered.length < leastLines ? undefined : fitPart(...answersOf(answered), signalsOnly(60, 4)),
  };
}

function fitPromptPrior(lines: readonly RecordedLine[]): Part | undefined {
  if (lines.length < leastLines) return undefined;
  const samples = lines.map((line) => promptSample(line.prompt));
  return fitPart(samples, lines.map(targetOf), signalsOnly(0.3 * lines.length, 1.5));
}

function signalsOnly(signalPenalty: number, furthest: number): PartOptions {
  return { head: { signalPenalty, textPenalty: 'no text', furthest }, grove: undefined, groveShare: 0 };
}

export interface Need extends Chances {
  /** What a router ranks by: 1 the stronger model gains surely, 0 it loses surely, 0.5 it makes no difference. */
  escalate: number;
}

/** Undefined where nothing fitted applies (a response counts only for a model that has learned from responses). */
export function predictNeed(
  model: RouterModel,
  prompt: string,
  response: string | undefined,
): Need | undefined {
  if (response !== undefined && model.answer !== undefined)
    return predictPart(model.answer, answerSample(prompt, response));
  return model.prompt === undefined ? undefined : predictPart(model.prompt, promptSample(prompt));
}

/**
 * So many of the answers learned from count as alike. Of the answers of Llama-3-8B to 405 general tasks 95 % lie beyond
 * those of GSM8K; at 0.99, the share for prompts, 43 % do (what is rare among calculations is usual in prose).
 */
const likeAnswers = 0.95;

/** Whether the answer is like those that the part was fitted on; false where that is not known. */
export function isLikeLearned(part: Part, prompt: string, response: string): boolean {
  return part.reach !== undefined && strangeness(part.reach, answerSample(prompt, response).signals) === 0;
}

function answersOf(lines: readonly RecordedLine[]): [Sample[], ReturnType<typeof targetOf>[]] {
  return [lines.map((line) => answerSample(line.prompt, line.weak.response ?? '')), lines.map(targetOf)];
}

function promptSample(prompt: string): Sample {
  return { signals: promptSignals(prompt), text: hashText(prompt), task: prompt };
}

function answerSample(prompt: string, response: string): Sample {
  return {
    signals: answerSignals(prompt, response, checksOf(prompt, response)),
    text: hashText(prompt),
    task: prompt,
  };
}
