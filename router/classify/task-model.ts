/**
 * The chance that a request is simple, moderate or complex, from how it is worded: two logistic models (at least
 * moderate; complex) over the features of wording.ts. Their weights are in config/task-model.json, fitted by
 * scripts/learning/fit-task-model.ts on prompts of our own.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Complexity } from '../../config/config.ts';
import { packageRoot } from '../../config/paths.ts';
import type { TextFacts } from './read-text.ts';
import { type RulesView, readWording, type Wording } from './wording.ts';

/** What a feature adds to the log-odds of "at least moderate" and of "complex". */
const weights = z.tuple([z.number(), z.number()]);

export const taskModelFile = z.strictObject({
  format: z.literal('swarmd-task-model'),
  /** Raised whenever features change their meaning. */
  version: z.literal(1),
  provenance: z.strictObject({
    learnedAt: z.string(),
    source: z.string(),
    sha256: z.string(),
    prompts: z.number(),
  }),
  intercept: weights,
  features: z.record(z.string(), weights),
  stems: z.record(z.string(), weights),
});
export type TaskModel = z.infer<typeof taskModelFile>;

/** What each stem counts, where a feature that is there counts 1: one word says less than one concept. */
export const stemValue = 0.5;

export interface WordingJudgement {
  /** The chances of being at least moderate, and of being complex. */
  atLeastModerate: number;
  complex: number;
  /** What spoke most for it, for `explain`. */
  evidence: string;
}

/**
 * A complex request that is called simple costs most, so a request is simple only where it is also surely not
 * complex.
 */
const leastComplex = 0.42;
const leastModerate = 0.5;
const mostComplexOfSimple = 0.05;

export function complexityOfWording(judgement: WordingJudgement): Complexity {
  if (judgement.complex > leastComplex) return 'complex';
  return judgement.atLeastModerate < leastModerate && judgement.complex < mostComplexOfSimple
    ? 'simple'
    : 'moderate';
}

/** 0 on the border between two classes, near 1 far from it. */
export function confidenceOfWording(judgement: WordingJudgement): number {
  const { atLeastModerate, complex } = judgement;
  const fromComplex = Math.abs(logOddsOf(complex));
  const fromSimple = Math.abs(logOddsOf(atLeastModerate));
  const said = complexityOfWording(judgement);
  const distance =
    said === 'complex' ? fromComplex : said === 'simple' ? fromSimple : Math.min(fromComplex, fromSimple);
  return 1 - Math.exp(-1.2 * distance);
}

let loaded: TaskModel | undefined;

/** Read once, when the first text is classified. */
function taskModel(): TaskModel {
  loaded ??= taskModelFile.parse(
    JSON.parse(readFileSync(join(packageRoot(), 'config', 'task-model.json'), 'utf8')),
  );
  return loaded;
}

/** Undefined where the wording names nothing that the model could judge ("yes", "the blue one"). */
export function judgeWording(facts: TextFacts, rules: RulesView): WordingJudgement | undefined {
  const wording = readWording(facts, rules);
  if (!wording.tells) return undefined;
  return judgeWith(taskModel(), wording);
}

export function judgeWith(model: TaskModel, { features, stems }: Wording): WordingJudgement {
  let [moderate, complex] = model.intercept;
  const spoke: Array<[name: string, moderate: number, complex: number]> = [];
  const add = (name: string, value: number, weight: readonly [number, number] | undefined): void => {
    if (weight === undefined) return;
    moderate += value * weight[0];
    complex += value * weight[1];
    spoke.push([name, value * weight[0], value * weight[1]]);
  };
  for (const [name, value] of features) add(name, value, model.features[name]);
  for (const stem of new Set(stems)) add(`"${stem}…"`, stemValue, model.stems[stem]);
  const isComplex = complex > 0;
  const isSimple = moderate < 0;
  const speaksFor = (one: (typeof spoke)[number]): number =>
    isComplex ? one[2] : isSimple ? -one[1] : one[1];
  spoke.sort((one, other) => speaksFor(other) - speaksFor(one));
  return {
    atLeastModerate: sigmoid(moderate),
    complex: sigmoid(complex),
    evidence: spoke
      .slice(0, 4)
      .filter((one) => speaksFor(one) > 0)
      .map(([name]) => name)
      .join(', '),
  };
}

export function logOddsOf(chance: number): number {
  return Math.log(chance / (1 - chance));
}

function sigmoid(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}
