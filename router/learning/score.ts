import type { Config } from '../../config/config.ts';
import { assess, checksDecide, type LearnedQuality } from '../assess.ts';
import { classify } from '../classify.ts';
import { allModels } from '../policies/candidates.ts';
import type { Assessment } from '../types/assessment.ts';
import type { Request } from '../types.ts';
import { generationOf, offlineRequest } from './offline-checks.ts';
import type { ScoreLine } from './recorded.ts';
import { isLikeLearned, predictNeed, type RouterModel } from './router-model.ts';

/** What `swarmd score` writes for a line. */
export interface Scored {
  id: string;
  complexity: string;
  /** 0 trivial … 1 hardest, by the rules of classification. */
  score: number;
  confidence: number;
  /** The gate's figure for the given response, without what only a daemon runs; only with a response. */
  quality?: number;
  /**
   * 0..1, the need of the stronger model: the mean of the chance that the local answer falls short and the
   * chance that the stronger one would not. One half: it makes no difference on average.
   */
  escalate: number;
}

export interface ScoreContext {
  model: RouterModel;
  /** It was fitted on this installation's own outcomes; only then it says how good an answer is. */
  ownModel: boolean;
  config: Config;
  /** The calibrations in force, as the daemon's gate uses them. */
  learned: LearnedQuality | undefined;
  /** The line as the request that a daemon would make of it: schema, threshold and checks of its type. */
  requestOf: (line: ScoreLine) => Request;
}

/**
 * Scores one line without any call. Deterministic: equal lines and equal models give equal scores. The quality is
 * what the daemon's gate would state without self-critique and commands. A model fitted on recorded answers speaks
 * instead where the type has no calibration, of answers unlike those it was fitted on only to doubt them; a hard
 * failure bounds the quality whoever speaks.
 */
export async function scoreLine(line: ScoreLine, context: ScoreContext): Promise<Scored> {
  const classification = classify(offlineRequest(line.prompt, line.type ?? 'prompt', line.source));
  const need = predictNeed(context.model, line.prompt, line.response);
  // Without any model the length of the prompt is the best that is known; it beats keyword rules (docs/quality.md).
  let escalate = need?.escalate ?? 1 - 1 / (1 + line.prompt.length / 500);
  let quality: number | undefined;
  if (line.response !== undefined) {
    const judged = await judge(context.requestOf(line), line.response, context);
    const failed = judged.checks.some((check) => check.hard);
    const { model, ownModel } = context;
    const calibrated = context.learned?.most(line.type ?? 'prompt', false) !== undefined;
    quality = judged.quality;
    const part = ownModel && !failed && !calibrated ? model.answer : undefined;
    if (part !== undefined && need !== undefined) {
      const chance = 1 - need.weakFails;
      // Of an answer unlike those learned from it may doubt what the checks believe, but not the other way round.
      quality = isLikeLearned(part, line.prompt, line.response) ? chance : Math.min(chance, judged.quality);
    }
    // The local answer is known to fall short.
    if (failed) escalate = Math.max(escalate, (1 - quality + (need?.strongRight ?? 1)) / 2);
  }
  return {
    id: line.id,
    complexity: classification.complexity,
    score: round(classification.score),
    confidence: round(classification.confidence),
    ...(quality === undefined ? {} : { quality: round(quality) }),
    escalate: round(escalate),
  };
}

/** What the daemon would do with these answers and a score does not, each once; empty where it is the same. */
export function notRun(lines: readonly ScoreLine[], context: ScoreContext): string[] {
  const { config, learned } = context;
  const left = new Set<string>();
  for (const line of lines) {
    if (line.response === undefined) continue;
    const request = context.requestOf(line);
    const helps = learned === undefined || learned.critiqueHelps(request.type);
    if (config.routing.enableSelfCritique && helps && !checksDecide(request, generationOf(line.response)))
      left.add('self-critique');
    for (const check of config.actionTypes[request.type]?.checks ?? [])
      if (check.kind === 'command') left.add(`command ${check.program} of type ${request.type}`);
  }
  return [...left];
}

function judge(request: Request, response: string, context: ScoreContext): Promise<Assessment> {
  const config = withoutCalls(context.config, request.type);
  const [model] = allModels(config);
  if (model === undefined) throw new TypeError('a configuration without any model');
  return assess({
    request,
    generation: generationOf(response),
    candidate: { model, reason: 'recorded' },
    config,
    learned: context.learned,
    critics: [],
    call: () => Promise.reject(new TypeError('a score calls no model')),
  });
}

function withoutCalls(config: Config, type: string): Config {
  const spec = config.actionTypes[type];
  return {
    ...config,
    routing: { ...config.routing, enableSelfCritique: false },
    actionTypes:
      spec === undefined
        ? config.actionTypes
        : { [type]: { ...spec, checks: spec.checks.filter((check) => check.kind !== 'command') } },
  };
}

/** Six decimals: fine enough that ties stay rare, short enough to read. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
