/**
 * How well a score ranks prompts by their need of the strong model: APGR and CPT as RouteLLM defines them (Ong
 * et al. 2024, arXiv 2406.18665). Prompts are sorted by score, the top share goes to the strong model, the rest
 * to the weak one; PGR = (accuracy − weak) / (strong − weak); APGR is its mean over all shares. A score without
 * information gives 0.5 in expectation, a perfect one more than 1.
 */

/** One recorded prompt: did each model's answer pass, and the score of the router under test. */
export interface ScoredOutcome {
  weakCorrect: boolean;
  strongCorrect: boolean;
  /** Higher: more in need of the strong model. */
  score: number;
}

/**
 * Gain of sending the top k to the strong model, for k = 0 … n, in answers won. Prompts with equal scores share
 * their gain evenly, which is what sending a random part of them would give on average.
 */
function gains(outcomes: readonly ScoredOutcome[]): number[] {
  const sorted = [...outcomes].sort((one, other) => other.score - one.score);
  const cumulative = [0];
  let total = 0;
  let at = 0;
  while (at < sorted.length) {
    const score = sorted[at]?.score;
    let end = at;
    let gain = 0;
    for (; end < sorted.length; end += 1) {
      const outcome = sorted[end];
      if (outcome === undefined || outcome.score !== score) break;
      gain += Number(outcome.strongCorrect) - Number(outcome.weakCorrect);
    }
    const each = gain / (end - at);
    for (; at < end; at += 1) {
      total += each;
      cumulative.push(total);
    }
  }
  return cumulative;
}

/** APGR; NaN where the strong model is no better than the weak one. */
export function apgr(outcomes: readonly ScoredOutcome[]): number {
  const cumulative = gains(outcomes);
  const all = cumulative.at(-1) ?? 0;
  if (all <= 0) return Number.NaN;
  // Trapezoids over the shares 0 … 1: the mean of the curve.
  let area = 0;
  for (let at = 1; at < cumulative.length; at += 1) {
    area += ((cumulative[at] ?? 0) + (cumulative[at - 1] ?? 0)) / 2;
  }
  return area / (cumulative.length - 1) / all;
}

/** CPT(x): the smallest share of strong calls that reaches PGR x, 0..1. */
export function cpt(outcomes: readonly ScoredOutcome[], share: number): number {
  const cumulative = gains(outcomes);
  const wanted = (cumulative.at(-1) ?? 0) * share;
  const at = cumulative.findIndex((gain) => gain >= wanted - 1e-9);
  return at < 0 ? 1 : at / (cumulative.length - 1);
}

export interface Interval {
  value: number;
  low: number;
  high: number;
}

/**
 * A figure with its 95 % interval by the percentile bootstrap (Efron 1979) over prompts.
 * `random` gives numbers in [0, 1); the same sequence gives the same interval.
 */
export function bootstrap(
  outcomes: readonly ScoredOutcome[],
  figure: (sample: readonly ScoredOutcome[]) => number,
  options: { resamples: number; random: () => number },
): Interval {
  const figures: number[] = [];
  for (let round = 0; round < options.resamples; round += 1) {
    const sample: ScoredOutcome[] = [];
    while (sample.length < outcomes.length) {
      const drawn = outcomes[Math.floor(options.random() * outcomes.length)];
      if (drawn !== undefined) sample.push(drawn);
    }
    const value = figure(sample);
    if (Number.isFinite(value)) figures.push(value);
  }
  figures.sort((one, other) => one - other);
  const at = (share: number): number =>
    figures[Math.min(figures.length - 1, Math.floor(share * figures.length))] ?? Number.NaN;
  return { value: figure(outcomes), low: at(0.025), high: at(0.975) };
}
