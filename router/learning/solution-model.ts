/**
 * What the words of a task with numbers say about its calculation: which part each number plays, and how many
 * operations it takes. One logistic model for each role and one for the number of operations, over hashed features
 * of the words. Their weights are in config/solution-model.json, fitted by scripts/learning/fit-solution-model.ts on
 * the solved problems of GSM8K's training set (Cobbe et al. 2021, arXiv 2110.14168), which shares no task with its
 * test set.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageRoot } from '../../config/paths.ts';
import type { StatedEquation } from '../checks/equations.ts';
import { type LogisticModel, predictLogistic } from './logistic.ts';
import { type NumberRole, numberRoles, operationsIn, rolesPlayed } from './number-roles.ts';
import { numberFeatures, problemFeatures, problemPlaces, readProblem } from './word-problem.ts';

/** A logistic model's weights, one byte for each place in steps of `scale`. */
const packedWeights = z.strictObject({
  intercept: z.number(),
  scale: z.number(),
  weights: z.string(),
});

const solutionModelFile = z.strictObject({
  format: z.literal('swarmd-solution-model'),
  /** Raised whenever features change their meaning. */
  version: z.literal(1),
  provenance: z.strictObject({
    learnedAt: z.string(),
    source: z.string(),
    sha256: z.string(),
    problems: z.number(),
  }),
  roles: z.record(z.enum(numberRoles), packedWeights),
  operations: packedWeights,
});
export type SolutionModelFile = z.output<typeof solutionModelFile>;

export interface SolutionModel {
  roles: Readonly<Record<NumberRole, LogisticModel>>;
  /** Of the share of the logarithm of `mostOperations`. */
  operations: LogisticModel;
}

/** The number of operations is predicted as a share of this many, on a scale of logarithms. */
const mostOperations = 20;

/** The target of `SolutionModel.operations`, 0..1. */
export function shareOfOperations(operations: number): number {
  return Math.min(1, Math.log(Math.max(1, operations)) / Math.log(mostOperations));
}

export function packSolutionModel(
  model: SolutionModel,
  provenance: SolutionModelFile['provenance'],
): SolutionModelFile {
  return {
    format: 'swarmd-solution-model',
    version: 1,
    provenance,
    roles: eachRole((role) => packWeights(model.roles[role])),
    operations: packWeights(model.operations),
  };
}

/** Throws a ZodError where the file is of another version, and an Error where weights are missing. */
export function unpackSolutionModel(file: unknown): SolutionModel {
  const { roles, operations } = solutionModelFile.parse(file);
  return { roles: eachRole((role) => unpackWeights(roles[role])), operations: unpackWeights(operations) };
}

function packWeights({ weights, intercept }: LogisticModel): z.output<typeof packedWeights> {
  const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-9);
  const bytes = Int8Array.from(weights, (weight) => Math.round((127 * weight) / largest));
  return { intercept, scale: largest / 127, weights: Buffer.from(bytes).toString('base64') };
}

function unpackWeights({ intercept, scale, weights }: z.output<typeof packedWeights>): LogisticModel {
  const bytes = Int8Array.from(Buffer.from(weights, 'base64'));
  if (bytes.length !== problemPlaces)
    throw new Error(`${bytes.length} bytes of weights, ${problemPlaces} are right`);
  return { weights: Float64Array.from(bytes, (step) => step * scale), intercept };
}

export function eachRole<T>(make: (role: NumberRole) => T): Record<NumberRole, T> {
  return {
    unused: make('unused'),
    added: make('added'),
    'subtracted from': make('subtracted from'),
    subtracted: make('subtracted'),
    multiplied: make('multiplied'),
    divided: make('divided'),
    'divided by': make('divided by'),
  };
}

let loaded: SolutionModel | undefined;

/** Read once, when the first answer is looked at. */
export function shippedSolutionModel(): SolutionModel {
  loaded ??= unpackSolutionModel(
    JSON.parse(readFileSync(join(packageRoot(), 'config', 'solution-model.json'), 'utf8')),
  );
  return loaded;
}

/** How far a calculation is from what the words of its task let expect. */
export interface Unexpected {
  /**
   * Of the given numbers that the calculation leaves out, the one that should least be: the logarithm of how much
   * likelier its likeliest part is than none. 0 where nothing is left out that is needed.
   */
  leftOut: number;
  /** |log(operations / operations expected)|. */
  operations: number;
}

/**
 * Compares a calculation, as stated in an answer, with what the task's words let expect. The parts that numbers do
 * play are not compared: how unlikely the least likely one is added nothing (docs/quality.md, section 3).
 */
export function unexpectedIn(
  task: string,
  equations: readonly StatedEquation[],
  model: SolutionModel,
): Unexpected {
  const problem = readProblem(task);
  let leftOut = 0;
  for (const [i, played] of rolesPlayed(problem.numbers, equations).entries()) {
    if (played.size > 0) continue;
    const features = numberFeatures(problem, i);
    const chances = eachRole((role) => Math.max(1e-9, predictLogistic(model.roles[role], features)));
    leftOut = Math.max(leftOut, Math.log(Math.max(...Object.values(chances)) / chances.unused));
  }
  const expected = predictLogistic(model.operations, problemFeatures(problem)) * Math.log(mostOperations);
  const operations = Math.log(Math.max(1, operationsIn(equations)));
  return { leftOut, operations: Math.abs(operations - expected) };
}
