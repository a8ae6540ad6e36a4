/**
 * How well a predicted need of the stronger model ranks prompts, as RouteLLM measures it (arXiv 2406.18665):
 * the share with the greatest need goes to the strong model, the rest to the weak one. PGR is the part of the
 * gap between the two models' accuracies that is recovered; APGR its mean over all shares from 0 to 1, CPT(x)
 * the smallest share that reaches PGR x. Ties are shared evenly, so that a constant score gets what chance does.
 */

export interface Recorded {
  weakCorrect: boolean;
  strongCorrect: boolean;
}

export interface Evaluation {
  apgr: number;
  cpt50: number;
  cpt80: number;
  weakAccuracy: number;
  strongAccuracy: number;
  /** PGR after each number of prompts sent to the strong model, 0 to all of them. */
  curve: Float64Array;
}

/** Undefined where the two models are equally good: there is no gap to recover. */
export function evaluateRanking(
  needs: ArrayLike<number>,
  records: readonly Recorded[],
): Evaluation | undefined {
  const count = records.length;
  const gains = Float64Array.from(records, (r) => Number(r.strongCorrect) - Number(r.weakCorrect));
  const gap = gains.reduce((sum, gain) => sum + gain, 0);
  if (count === 0 || gap === 0) return undefined;
  const order = Int32Array.from({ length: count }, (_, i) => i);
  order.sort((a, b) => (needs[b] as number) - (needs[a] as number) || a - b);
  const curve = new Float64Array(count + 1);
  for (let from = 0; from < count; ) {
    let to = from;
    let tied = 0;
    const need = needs[order[from] as number];
    while (to < count && needs[order[to] as number] === need) tied += gains[order[to++] as number] as number;
    for (let k = from; k < to; k++) curve[k + 1] = (curve[k] as number) + tied / (to - from) / gap;
    from = to;
  }
  const reach = (x: number) => curve.findIndex((value) => value >= x - 1e-12) / count;
  const weak = records.filter((record) => record.weakCorrect).length;
  return {
    apgr: curve.reduce((sum, value) => sum + value, 0) / (count + 1),
    cpt50: reach(0.5),
    cpt80: reach(0.8),
    weakAccuracy: weak / count,
    strongAccuracy: (weak + gap) / count,
    curve,
  };
}

/** The need a perfect router would predict: it knows both outcomes. */
export function oracleNeeds(records: readonly Recorded[]): number[] {
  return records.map((record) => Number(record.strongCorrect) - Number(record.weakCorrect));
}

/** The 2.5 and 97.5 percentiles of the APGR over resamples of the prompts (Efron's percentile bootstrap). */
export function bootstrapApgr(
  needs: ArrayLike<number>,
  records: readonly Recorded[],
  seed: number,
  rounds = 500,
): [number, number] {
  const random = seededRandom(seed);
  const count = records.length;
  const values: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const picks = Array.from({ length: count }, () => Math.floor(random() * count));
    const result = evaluateRanking(
      picks.map((i) => needs[i] as number),
      picks.map((i) => records[i] as Recorded),
    );
    if (result !== undefined) values.push(result.apgr);
  }
  values.sort((a, b) => a - b);
  const at = (share: number) =>
    values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? Number.NaN;
  return [at(0.025), at(0.975)];
}

/** Mulberry32: 32 bits of state, the same numbers on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
