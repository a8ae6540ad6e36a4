import { classify } from '../classify.ts';
import { checksOf, offlineRequest } from './offline-checks.ts';
import type { ScoreLine } from './recorded.ts';
import { predictNeed, type RouterModel } from './router-model.ts';

/** What `swarmd score` writes for a line. */
export interface Scored {
  id: string;
  complexity: string;
  /** 0 trivial … 1 hardest, by the rules of classification. */
  score: number;
  confidence: number;
  /** The chance that the given response is good enough; only with a response. */
  quality?: number;
  /**
   * 0..1, the need of the stronger model: the mean of the chance that the local answer falls short and the
   * chance that the stronger one would not. One half: it makes no difference on average.
   */
  escalate: number;
}

/**
 * Scores one line. Deterministic: equal lines and equal models give equal scores. A chance that an answer is
 * good is only stated by a model that was fitted on this installation's own outcomes; else `quality` is what
 * the worst of the checks says.
 */
export function scoreLine(line: ScoreLine, model: RouterModel, ownModel: boolean): Scored {
  const request = offlineRequest(line.prompt, line.type ?? 'prompt', line.source);
  const classification = classify(request);
  const need = predictNeed(model, line.prompt, line.response);
  const qualityOf = (prompt: string, response: string) =>
    ownModel && model.answer !== undefined && need !== undefined
      ? 1 - need.weakFails
      : checksOf(prompt, response).reduce((low, check) => Math.min(low, check.score), 1);
  return {
    id: line.id,
    complexity: classification.complexity,
    score: round(classification.score),
    confidence: round(classification.confidence),
    ...(line.response === undefined ? {} : { quality: round(qualityOf(line.prompt, line.response)) }),
    // Without any model the length of the prompt is the best that is known; it beats keyword rules (docs/quality.md).
    escalate: round(need?.escalate ?? 1 - 1 / (1 + line.prompt.length / 500)),
  };
}

/** Six decimals: fine enough that ties stay rare, short enough to read. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
