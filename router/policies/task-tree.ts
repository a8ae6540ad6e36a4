/** The decision tree of policy `task-matrix`: first by the tokens of context, then by the score. */
import type { Config, ModelSpec, TaskMatrixSettings } from '../../config/config.ts';
import type { Candidate, Classification, PlanContext } from '../types.ts';
import { byTier, configured } from './candidates.ts';

/** Scores at which the next model of the ladder begins; from the last on, the cloud comes first. */
export const scoreBounds = [0.3, 0.4, 0.6, 0.7, 0.8] as const;

/**
 * Tokens of context. Up to the first the whole ladder; up to the second not its smallest model; up to the third
 * only the strongest local ones; up to the fourth the cloud first and local after it; above it the cloud alone.
 */
export const contextBounds = [8_192, 32_768, 65_536, 131_072] as const;

/** 16-bit cache of a grouped-query model of 8 to 30 billion parameters: 96 to 164 KB a token. */
const usualCacheBytesPerToken = 131_072;

/** What row or tree say, before cache, residence and money are looked at. */
export interface MatrixChoice {
  local: readonly Candidate[];
  cloud: readonly Candidate[];
  cloudFirst: boolean;
  why: string;
}

export function treeChoice(
  classification: Classification,
  context: PlanContext,
  settings: TaskMatrixSettings,
): MatrixChoice {
  const { config } = context;
  const tokens = classification.inputTokens;
  const [small, medium, large, largest] = contextBounds;
  const ladder = settings.ladder.flatMap((name) => configured(config, name) ?? []);
  const step = stepOf(classification.score, ladder.length);
  const score = `score ${classification.score.toFixed(2)}`;
  const cloud = (reason: string): Candidate[] =>
    ordered(byTier(config, ['api_fallback'], reason), settings, classification.score);
  const from = (at: number, reason: string): Candidate[] =>
    ladder.slice(Math.max(0, Math.min(at, ladder.length - 1))).map((model, offset) => ({
      model,
      reason: offset === 0 ? reason : `stronger local model, after ${reason}`,
    }));

  if (tokens > largest) {
    const why = `${tokens} tokens of context, above 131,072`;
    return { local: [], cloud: cloud(why), cloudFirst: true, why };
  }
  if (tokens > large) {
    const why = `${tokens} tokens of context, above 65,536`;
    return {
      local: from(ladder.length - 2, 'the cloud did not answer'),
      cloud: cloud(why),
      cloudFirst: true,
      why,
    };
  }
  if (classification.score >= scoreBounds[4]) {
    const why = `${score}, from 0.8 on`;
    return {
      local: from(ladder.length - 1, 'the cloud did not answer'),
      cloud: cloud(why),
      cloudFirst: true,
      why,
    };
  }
  const fallback = cloud('local models did not answer');
  if (tokens > medium) {
    const why = `${tokens} tokens of context, above 32,768`;
    return { local: from(Math.max(step, ladder.length - 2), why), cloud: fallback, cloudFirst: false, why };
  }
  if (tokens > small) {
    const why = `${tokens} tokens of context, above 8,192; ${score}`;
    return { local: from(Math.max(step, 1), why), cloud: fallback, cloudFirst: false, why };
  }
  return { local: from(step, score), cloud: fallback, cloudFirst: false, why: score };
}

/** The ladder's step for a score; a ladder with fewer models than bands is climbed in proportion. */
function stepOf(score: number, steps: number): number {
  const band = scoreBounds.filter((bound) => score >= bound).length;
  return steps >= scoreBounds.length ? band : Math.floor((band * steps) / scoreBounds.length);
}

/** The strongest cloud model first where the work or its context is hard, last where a small one may do. */
function ordered(cloud: readonly Candidate[], settings: TaskMatrixSettings, score: number): Candidate[] {
  const strongest = cloud.filter((candidate) => candidate.model.name === settings.emergency);
  const rest = cloud.filter((candidate) => !strongest.includes(candidate));
  return score >= scoreBounds[2] ? [...strongest, ...rest] : [...rest, ...strongest];
}

/** Why the cache of this context does not fit half of the model's host, or undefined where it does or nobody knows. */
export function cacheObjection(
  model: ModelSpec,
  classification: Classification,
  config: Pick<Config, 'hosts'>,
): string | undefined {
  const vramGb = config.hosts[model.host]?.vramGb;
  if (vramGb === undefined) return undefined;
  const tokens = classification.inputTokens + classification.expectedOutputTokens;
  const needed = (tokens * (model.cacheBytesPerToken ?? usualCacheBytesPerToken)) / 1e9;
  return needed > vramGb / 2
    ? `a context of ${tokens} tokens takes ${needed.toFixed(1)} GB of cache, more than half of ${vramGb} GB`
    : undefined;
}
