import { thresholdFor } from '../../router/learning/calibrate.ts';
import { outOfFold } from '../../router/learning/cross-validate.ts';
import { seededRandom } from '../../router/learning/evaluate.ts';
import type { RecordedLine } from '../../router/learning/recorded.ts';
import { fitRouterModel, predictNeed } from '../../router/learning/router-model.ts';

const draws = 12;

/**
 * The gate on recorded answers: a threshold chosen on one half for a stated rate of wrong acceptances, kept or
 * broken on the other half.
 */
export function printGate(lines: readonly RecordedLine[]): void {
  const wrongAtAll = lines.filter((line) => !line.weak.correct).length / lines.length;
  console.log(`\ngate: ${percent(wrongAtAll)} of the weak answers are wrong; halves drawn ${draws} times`);
  for (const rate of [0.2, 0.25, 0.3]) {
    let found = 0;
    let kept = 0;
    let accepted = 0;
    let wrong = 0;
    for (let seed = 1; seed <= draws; seed++) {
      const random = seededRandom(seed);
      const side = lines.map(() => random() < 0.5);
      const train = lines.filter((_, i) => side[i] === true);
      const test = lines.filter((_, i) => side[i] === false);
      const choice = thresholdOf(train, rate);
      if (choice === undefined) continue;
      const model = fitRouterModel(train);
      const taken = test.filter(
        (line) => 1 - (predictNeed(model, line.prompt, line.weak.response)?.weakFails ?? 1) >= choice,
      );
      const bad = taken.filter((line) => !line.weak.correct).length;
      found++;
      accepted += taken.length / test.length;
      wrong += bad / Math.max(1, taken.length);
      if (bad <= rate * taken.length) kept++;
    }
    console.log(
      `  at most ${percent(rate)} wrong: a threshold in ${found} of ${draws}, kept in ${kept}; accepts ${percent(accepted / found)}, of these wrong ${percent(wrong / found)}`,
    );
  }
}

function thresholdOf(lines: readonly RecordedLine[], rate: number): number | undefined {
  const fails = outOfFold(
    lines,
    undefined,
    (line, model) => predictNeed(model, line.prompt, line.weak.response)?.weakFails,
  );
  const judged = lines
    .map((line, i) => ({ chance: 1 - (fails?.[i] ?? 1), good: line.weak.correct }))
    .sort((a, b) => b.chance - a.chance);
  return thresholdFor(judged, rate)?.threshold;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
