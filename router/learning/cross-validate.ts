import { bootstrapApgr, evaluateRanking, seededRandom } from './evaluate.ts';
import { promptKey } from './leaks.ts';
import type { RecordedLine } from './recorded.ts';
import { fitRouterModel, predictNeed, type RouterModel } from './router-model.ts';

export interface Measured {
  /** `prompts only` or `with answers`. */
  name: string;
  /** The stronger model's outcomes are not recorded: it is taken to be right, so that the need is that the weak one is wrong. */
  strongAssumed: boolean;
  apgr: number;
  /** Bootstrap interval, 95 %. */
  low: number;
  high: number;
}

/** Told after each fold, of which one takes seconds. */
export type FoldsDone = (done: number, of: number) => void;

const folds = 5;
const seed = 20261121;

/**
 * APGR of what would be learned from these lines, on lines it was not fitted on: five folds, drawn by a fixed
 * seed. Lines with the same prompt, but for case, spacing and punctuation, share
 * a fold, so that a repeated prompt cannot give its own answer away.
 * Nothing is returned for a part that cannot be fitted, or where no stronger model is recorded and `strongAssumed`
 * does not put one that is always right in its place.
 */
export function crossValidate(
  lines: readonly RecordedLine[],
  prior: RouterModel | undefined,
  strongAssumed = false,
  onFold: FoldsDone = () => {},
): Measured[] {
  const judged = strongAssumed ? lines : lines.filter((line) => line.strong !== undefined);
  const answered = judged.filter((line) => line.weak.response !== undefined);
  const withoutAnswers = judged.map((line) => ({ ...line, weak: { ...line.weak, response: undefined } }));
  const of = answered.length === 0 ? folds : 2 * folds;
  return [
    measure(
      'prompts only',
      withoutAnswers,
      prior,
      (line, model) => predictNeed(model, line.prompt, undefined)?.escalate,
      (done) => onFold(done, of),
    ),
    measure(
      'with answers',
      answered,
      prior,
      (line, model) =>
        model.answer === undefined
          ? undefined
          : predictNeed(model, line.prompt, line.weak.response)?.escalate,
      (done) => onFold(folds + done, of),
    ),
  ].filter((row) => row !== undefined);
}

function measure(
  name: string,
  lines: readonly RecordedLine[],
  prior: RouterModel | undefined,
  need: (line: RecordedLine, model: RouterModel) => number | undefined,
  onFold: FoldsDone,
): Measured | undefined {
  if (lines.length === 0) return undefined;
  const needs = outOfFold(lines, prior, need, onFold);
  if (needs === undefined) return undefined;
  const records = lines.map((line) => ({
    weakCorrect: line.weak.correct,
    strongCorrect: line.strong?.correct ?? true,
  }));
  const evaluation = evaluateRanking(needs, records);
  if (evaluation === undefined) return undefined;
  const [low, high] = bootstrapApgr(needs, records, seed, 300);
  const strongAssumed = lines.some((line) => line.strong === undefined);
  return { name, strongAssumed, apgr: evaluation.apgr, low, high };
}

/** For each line the need predicted by a model that has not seen it; undefined where a fold is too small to fit. */
export function outOfFold(
  lines: readonly RecordedLine[],
  prior: RouterModel | undefined,
  need: (line: RecordedLine, model: RouterModel) => number | undefined,
  onFold: FoldsDone = () => {},
): number[] | undefined {
  const foldOf = foldsByPrompt(lines);
  const needs: number[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const model = fitRouterModel(
      lines.filter((line) => foldOf.get(line.prompt) !== fold),
      prior,
    );
    for (const [i, line] of lines.entries()) {
      if (foldOf.get(line.prompt) !== fold) continue;
      const value = need(line, model);
      if (value === undefined) return undefined;
      needs[i] = value;
    }
    onFold(fold + 1, folds);
  }
  return needs;
}

function foldsByPrompt(lines: readonly RecordedLine[]): Map<string, number> {
  const random = seededRandom(seed);
  const foldOf = new Map<string, number>();
  const foldOfKey = new Map<string, number>();
  for (const line of lines) {
    const key = promptKey(line.prompt);
    const fold = foldOfKey.get(key) ?? Math.floor(random() * folds);
    foldOfKey.set(key, fold);
    foldOf.set(line.prompt, fold);
  }
  return foldOf;
}
