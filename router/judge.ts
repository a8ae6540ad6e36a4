/**
 * Audits: after an answer was given, a stronger model says whether it was good. Its word becomes a label and
 * changes nothing about the answer. The judge sees what a critic sees, in the same frame (critique.ts), so that
 * nothing in the answer can steer it; and it is chosen under the same constraints as any candidate: privacy first.
 */
import { type ModelSpec, tierNames } from '../config/config.ts';
import { createCallModel } from './attempt.ts';
import { classify } from './classify.ts';
import { critiqueAnswer } from './critique.ts';
import type { RouterParts } from './parts.ts';
import { hardConstraints } from './plan/constraints.ts';
import { planContext } from './plan-context.ts';
import { allModels, configured } from './policies/candidates.ts';
import type { Critique } from './types/assessment.ts';
import type { Request } from './types.ts';

export interface Judge {
  /** Asks one judge; `answeredBy` is the model that gave the answer, and never judges itself. */
  judge(
    input: { request: Request; answer: string; answeredBy: string },
    signal: AbortSignal,
  ): Promise<{ ok: true; judgement: Critique } | { ok: false; reason: string; later: boolean }>;
}

export function createJudge(parts: RouterParts): Judge {
  return {
    async judge({ request, answer, answeredBy }, signal) {
      const learned = parts.learned?.()?.score;
      const classification = classify(request, learned === undefined ? {} : { learned });
      const constraints = hardConstraints(request, classification, planContext(request, parts));
      const objections: string[] = [];
      const model = judgesFor(answeredBy, parts).find((one) => {
        const reason = constraints.objection(one)?.reason ?? notLoaded(one, parts);
        if (reason !== undefined) objections.push(`${one.name}: ${reason}`);
        return reason === undefined;
      });
      if (model === undefined)
        return { ok: false, reason: objections.join('; ') || 'no other model may judge', later: false };
      let missedSlot = false;
      const call = createCallModel({
        request,
        classification,
        parts,
        signal,
        deadlineAt: () => request.deadlineAt,
        slotWaitMs: () => request.deadlineAt - parts.clock.now(),
        spend: () => {},
      });
      const outcome = await critiqueAnswer({
        request,
        answer,
        critic: { model, reason: 'audit' },
        role: 'judge',
        call: async (input) => {
          const attempt = await call(input);
          missedSlot = attempt.kind === 'failed' && attempt.error.class === 'no_slot';
          return attempt;
        },
      });
      if (outcome.ok) return { ok: true, judgement: outcome.critique };
      return { ok: false, reason: outcome.reason, later: missedSlot };
    },
  };
}

/** Nothing is loaded for an audit: a sample is a sample, and another answer will be judged when it is there. */
function notLoaded(model: ModelSpec, { slots }: RouterParts): string | undefined {
  if (!model.selfHosted || slots.resident(model.host).includes(model.name)) return undefined;
  return `it is not loaded on ${model.host}`;
}

/**
 * Who may judge, the first choice first: the configured model, or the models of the configured tier; else paid ones
 * where audits have a budget, then the other models of the answer's own tier or a higher one.
 */
function judgesFor(answeredBy: string, parts: RouterParts): ModelSpec[] {
  const config = parts.config();
  const { model: wanted, dailyBudget } = config.qualityChecks.audit;
  const answerer = configured(config, answeredBy);
  const able = allModels(config).filter(
    (one) =>
      one.kind !== 'embedding' &&
      one.kind !== 'base' &&
      one.name !== answeredBy &&
      one.modelId !== answerer?.modelId &&
      (one.selfHosted || dailyBudget > 0),
  );
  if (wanted !== undefined) return able.filter((one) => one.name === wanted || one.tier === wanted);
  const rank = (one: ModelSpec): number => tierNames.indexOf(one.tier);
  const least = answerer === undefined ? 0 : rank(answerer);
  return able
    .filter((one) => rank(one) >= least)
    .toSorted((a, b) => Number(a.selfHosted) - Number(b.selfHosted) || rank(b) - rank(a));
}
