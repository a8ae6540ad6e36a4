import { seededRandom } from './evaluate.ts';

/** How well chances tell good answers from bad ones: the area under the ROC curve, with its 95 % interval. */
export interface Discrimination {
  /** The chance that a good answer is given the higher chance than a bad one; 0.5 is a coin. */
  auc: number;
  low: number;
  high: number;
}

const rounds = 400;

/**
 * The area under the ROC curve (ties count half) and its percentile bootstrap interval over the answers.
 * Deterministic. NaN where all are good or all are bad. Calibration alone is no merit: a constant that is the
 * share of good answers is calibrated, and knows nothing.
 */
export function discrimination(judged: readonly { chance: number; good: boolean }[]): Discrimination {
  const sorted = [...judged].sort((a, b) => a.chance - b.chance);
  const once = new Uint32Array(sorted.length).fill(1);
  const random = seededRandom(1);
  const areas: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const times = new Uint32Array(sorted.length);
    for (let k = 0; k < sorted.length; k++) {
      const drawn = Math.floor(random() * sorted.length);
      times[drawn] = (times[drawn] ?? 0) + 1;
    }
    const area = areaUnder(sorted, times);
    if (Number.isFinite(area)) areas.push(area);
  }
  areas.sort((a, b) => a - b);
  const at = (share: number) => areas[Math.min(areas.length - 1, Math.floor(share * areas.length))];
  return { auc: areaUnder(sorted, once), low: at(0.025) ?? Number.NaN, high: at(0.975) ?? Number.NaN };
}

/** Better than a constant, with 95 % confidence. */
export function tellsApart({ low }: Discrimination): boolean {
  return low > 0.5;
}

/** `sorted` by chance, lowest first, each counted so many `times`. */
function areaUnder(sorted: readonly { chance: number; good: boolean }[], times: Uint32Array): number {
  let good = 0;
  let bad = 0;
  let pairs = 0;
  for (let at = 0; at < sorted.length; ) {
    const { chance } = sorted[at] as { chance: number };
    let goodHere = 0;
    let badHere = 0;
    for (; sorted[at]?.chance === chance; at++) {
      if (sorted[at]?.good) goodHere += times[at] ?? 0;
      else badHere += times[at] ?? 0;
    }
    pairs += goodHere * (bad + badHere / 2);
    good += goodHere;
    bad += badHere;
  }
  return pairs / (good * bad);
}
