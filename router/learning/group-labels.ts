import type { Target } from './head.ts';
import type { RecordedLine } from './recorded.ts';

/** How far a label is trusted against the mean of its group (domain, type): labels are noisy, groups are not. */
const ownShare = 0.6;
const groupPrior = 10;

export function targetOf(line: RecordedLine): Target {
  return {
    weakFails: line.weak.correct ? 0 : 1,
    strongRight: line.strong === undefined ? undefined : Number(line.strong.correct),
  };
}

/** Each label drawn towards the mean of its group, where lines name groups. */
export function drawnToGroup(lines: readonly RecordedLine[]): Target[] {
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
