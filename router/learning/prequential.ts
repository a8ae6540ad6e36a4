import type { RecordedLine } from './recorded.ts';
import { fitRouterModel, leastLines, type RouterModel } from './router-model.ts';

/** The model is fitted anew whenever the number of lines seen has grown by this factor. */
const growth = 1.5;

/**
 * Test-then-train (Dawid's prequential principle): each line is predicted by a model that has learned only from
 * the lines before it, in the file's order. Until there are enough, every line gets the same need, which ranks
 * as chance does. `onFit` is told, before each fit, from how many lines; a fit may take seconds.
 */
export function prequentialNeeds(
  lines: readonly RecordedLine[],
  need: (line: RecordedLine, model: RouterModel) => number | undefined,
  onFit: (seen: number) => void = () => {},
): number[] {
  let model: RouterModel | undefined;
  let next = leastLines;
  return lines.map((line, seen) => {
    if (seen >= next) {
      onFit(seen);
      model = fitRouterModel(lines.slice(0, seen));
      next = Math.ceil(seen * growth);
    }
    return (model === undefined ? undefined : need(line, model)) ?? 0.5;
  });
}
