import type { LearnedQuality } from '../assess.ts';
import type { LearnedScore } from '../classify.ts';
import { learnedQuality } from './calibrate.ts';
import { explores } from './explore.ts';
import { hashText } from './hashing.ts';
import type { LearnedFile } from './model-file.ts';
import { type Part, partFor } from './part.ts';
import { promptSignals } from './prompt-signals.ts';
import { predictNeed, type RouterModel } from './router-model.ts';

/** What this installation has learned, as classification and gate use it. */
export interface Learned {
  score: LearnedScore;
  quality: LearnedQuality;
  /** What it was made from. */
  file: LearnedFile;
}

/** `explorationShare`: of the prompts so many are left to the rules, so that what was learned is tried against them. */
export function learnedFrom(file: LearnedFile, explorationShare: () => number): Learned {
  return {
    score: learnedScore(file.model, explorationShare),
    quality: learnedQuality(file.calibrations, file.provenance.learnedAt),
    file,
  };
}

/** A prompt of which less than this share was seen while learning is left to the rules. */
const leastFamiliar = 0.6;

/**
 * The learned chance that a local answer falls short as the complexity's score: below 0.3 the smallest model will
 * do, from 0.6 on the way through it would mostly be in vain. Only for prompts like those that were learned from.
 */
function learnedScore(model: RouterModel, explorationShare: () => number): LearnedScore {
  return {
    predict(request) {
      if (model.prompt === undefined || explores(request.origin.actionId, explorationShare(), 'classify'))
        return undefined;
      const prompt = partFor(model.prompt, promptSignals(request.userText));
      const familiar = familiarity(prompt, request.userText);
      if (familiar < leastFamiliar) return undefined;
      const need = predictNeed(model, request.userText, undefined);
      if (need === undefined) return undefined;
      return {
        score: need.weakFails,
        confidence: Math.min(0.9, 0.5 + prompt.lines / 4000) * familiar,
        evidence: `learned from ${prompt.lines} outcomes: a local answer falls short in ${Math.round(100 * need.weakFails)} of 100`,
      };
    },
  };
}

/** The share of the prompt's words and pairs that occurred while learning: the others never moved from zero. */
function familiarity({ head }: Part, text: string): number {
  const { indices, values } = hashText(text);
  let known = 0;
  let all = 0;
  for (const [k, place] of indices.entries()) {
    const size = (values[k] as number) ** 2;
    all += size;
    if (head.readsText && head.weak.weights[head.names.length + place] !== 0) known += size;
  }
  return all === 0 ? 0 : known / all;
}
