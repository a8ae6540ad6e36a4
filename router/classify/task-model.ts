/**
 * The chance that a request is simple, moderate or complex, from how it is worded: two logistic models (at least
 * moderate; complex) over the features and letters of wording.ts. Their weights are in config/task-model.json, fitted
 * by scripts/learning/fit-task-model.ts on prompts of our own.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Complexity } from '../../config/config.ts';
import { packageRoot } from '../../config/paths.ts';
import { type LetterRuns, letterPlaces, readings } from './letters.ts';
import type { TextFacts } from './read-text.ts';
import { type RulesView, readWording, type Wording } from './wording.ts';

/** What a feature adds to the log-odds of "at least moderate" and of "complex". */
const weights = z.tuple([z.number(), z.number()]);

/** Weights of letter runs, one byte for each place: of "at least moderate" first, then of "complex". */
const letterWeights = z.strictObject({
  /** What one step of a byte is worth. */
  scale: weights,
  weights: z.string().transform((text, context): Int8Array => {
    const bytes = Int8Array.from(Buffer.from(text, 'base64'));
    if (bytes.length !== 2 * letterPlaces)
      context.addIssue(`${bytes.length} bytes of letter weights, ${2 * letterPlaces} are right`);
    return bytes;
  }),
});

type LetterWeights = z.output<typeof letterWeights>;

export const taskModelFile = z.strictObject({
  format: z.literal('swarmd-task-model'),
  /** Raised whenever features change their meaning. */
  version: z.literal(2),
  provenance: z.strictObject({
    learnedAt: z.string(),
    source: z.string(),
    sha256: z.string(),
    prompts: z.number(),
  }),
  intercept: weights,
  features: z.record(z.string(), weights),
  letters: z.record(z.enum(readings), letterWeights),
});
export type TaskModel = z.output<typeof taskModelFile>;

export interface WordingJudgement {
  /** The chances of being at least moderate, and of being complex. */
  atLeastModerate: number;
  complex: number;
  /** What spoke most for it, for `explain`. */
  evidence: string;
}

/**
 * A complex request that is called simple costs most, so a request is simple only where it is also surely not
 * complex: neither model may see much in it. What is not even moderate is not complex, whatever the second model says.
 */
const leastComplex = 0.5;
const leastModerate = 0.55;
const mostComplexOfSimple = 0.08;
/** Quantities and a question make a word problem, unless this much speaks for harder work. */
const surelyComplex = 0.8;

export function complexityOfWording({
  atLeastModerate,
  complex,
}: Pick<WordingJudgement, 'atLeastModerate' | 'complex'>): Complexity {
  if (complex > leastComplex) return 'complex';
  return atLeastModerate < leastModerate && Math.min(atLeastModerate, complex) < mostComplexOfSimple
    ? 'simple'
    : 'moderate';
}

/** 0 on the border between two classes, near 1 far from it; low where the two models contradict each other. */
export function confidenceOfWording(judgement: WordingJudgement): number {
  const fromComplex = logOddsOf(judgement.complex);
  const fromSimple = logOddsOf(judgement.atLeastModerate);
  const said = complexityOfWording(judgement);
  // What is complex must be at least moderate as well; a simple request is far from complex too, by the rule above.
  const distance =
    said === 'complex'
      ? Math.min(fromComplex, Math.max(0, fromSimple))
      : said === 'simple'
        ? Math.abs(fromSimple)
        : Math.min(Math.abs(fromSimple), Math.abs(fromComplex));
  return 1 - Math.exp(-1.2 * Math.abs(distance));
}

/** The three chances in whole percent, together 100: what is complex counts as at least moderate. */
export function percentages({ atLeastModerate, complex }: WordingJudgement): [number, number, number] {
  const high = Math.round(100 * complex);
  const low = 100 - Math.max(high, Math.round(100 * atLeastModerate));
  return [low, 100 - low - high, high];
}

let loaded: TaskModel | undefined;

/** Read once, when the first text is classified. */
function taskModel(): TaskModel {
  loaded ??= taskModelFile.parse(
    JSON.parse(readFileSync(join(packageRoot(), 'config', 'task-model.json'), 'utf8')),
  );
  return loaded;
}

/**
 * Undefined where the wording names nothing that the model could judge ("yes", "the blue one"), and of a word problem
 * that is not surely more than that.
 */
export function judgeWording(text: string, facts: TextFacts, rules: RulesView): WordingJudgement | undefined {
  return judgeReading(taskModel(), readWording(text, facts, rules));
}

/** As `judgeWording`, by another model: `scripts/learning/fit-task-model.ts` checks those it fits. */
export function judgeReading(model: TaskModel, wording: Wording): WordingJudgement | undefined {
  if (!wording.tells) return undefined;
  const judged = judgeWith(model, wording);
  return wording.isWordProblem && judged.complex < surelyComplex ? undefined : judged;
}

/** What speaks for a class: a concept, a count or a word, with what it adds to each of the two log-odds. */
type Evidence = [name: string, moderate: number, complex: number];

const mostEvidence = 4;

export function judgeWith(model: TaskModel, { features, letters }: Wording): WordingJudgement {
  let [moderate, complex] = model.intercept;
  const spoke: Evidence[] = [];
  for (const [name, value] of features) {
    const weight = model.features[name];
    if (weight === undefined) continue;
    moderate += value * weight[0];
    complex += value * weight[1];
    spoke.push([name, value * weight[0], value * weight[1]]);
  }
  for (const reading of readings) {
    const [toModerate, toComplex] = weighLetters(model.letters[reading], letters[reading]);
    moderate += toModerate;
    complex += toComplex;
  }
  const isComplex = complex > 0;
  const isSimple = moderate < 0;
  const speaksFor = (one: Evidence): number => (isComplex ? one[2] : isSimple ? -one[1] : one[1]);
  spoke.push(...loudestWords(model.letters.instruction, letters.instruction, isComplex, isSimple));
  return {
    atLeastModerate: sigmoid(moderate),
    complex: sigmoid(complex),
    evidence: spoke
      .filter((one) => speaksFor(one) > 0)
      .sort((one, other) => speaksFor(other) - speaksFor(one))
      .slice(0, mostEvidence)
      .map(([name]) => name)
      .join(', '),
  };
}

function weighLetters({ weights, scale }: LetterWeights, { places, values }: LetterRuns): [number, number] {
  let moderate = 0;
  let complex = 0;
  for (let at = 0; at < places.length; at += 1) {
    const place = places[at] as number;
    const value = values[at] as number;
    moderate += value * (weights[place] as number);
    complex += value * (weights[letterPlaces + place] as number);
  }
  return [moderate * scale[0], complex * scale[1]];
}

/** The words whose letters speak most for what is said. A run that occurs in several words is shared out among them. */
function loudestWords(
  { weights, scale }: LetterWeights,
  { places, values, counts, occurrences, occurredIn, words, wordAt }: LetterRuns,
  isComplex: boolean,
  isSimple: boolean,
): Evidence[] {
  const from = isComplex ? letterPlaces : 0;
  const sums = new Float32Array(words);
  for (let at = 0; at < occurrences.length; at += 1) {
    const run = occurrences[at] as number;
    const share = (values[run] as number) / (counts[run] as number);
    const word = occurredIn[at] as number;
    sums[word] = (sums[word] as number) + share * (weights[from + (places[run] as number)] as number);
  }
  const unit = (isComplex ? scale[1] : scale[0]) * (isSimple && !isComplex ? -1 : 1);
  return [...sums.keys()]
    .sort((one, other) => unit * ((sums[other] as number) - (sums[one] as number)))
    .slice(0, mostEvidence)
    .map((word) => {
      const spoke = Math.abs(unit) * (sums[word] as number);
      return [`"${wordAt(word)}"`, isComplex ? 0 : spoke, isComplex ? spoke : 0];
    });
}

export function logOddsOf(chance: number): number {
  return Math.log(chance / (1 - chance));
}

function sigmoid(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}
