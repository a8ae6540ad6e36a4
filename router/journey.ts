import type { ModelSpec } from '../config/config.ts';
import type { NanoUsd } from '../config/money.ts';
import { parseAnswer } from './assess.ts';
import { labelAnswers } from './label-answers.ts';
import type { RouterParts } from './parts.ts';
import { answerRoom, mostInputTokens } from './plan/constraints.ts';
import type { CallContext } from './prepare-call.ts';
import type { Assessment, Attempt, Decision } from './types/assessment.ts';
import type { CallModel } from './types/call.ts';
import type { Answer, Candidate, Classification, Request, RoutePlan, RouteStep } from './types.ts';

type Answered = Extract<Attempt, { kind: 'answered' }>;
type Failed = Extract<Attempt, { kind: 'failed' }>;

/** What is known while a plan's candidates are tried in turn. */
export interface Journey {
  request: Request;
  parts: RouterParts;
  signal: AbortSignal;
  classification: Classification;
  plan: RoutePlan;
  steps: RouteStep[];
  failures: Failed[];
  /** Everything spent so far: rejected answers, critiques and failed calls included. */
  cost: NanoUsd;
  /** True once a model was asked: from then on waiting for a slot is better than asking again later. */
  asked: boolean;
  escalations: number;
  /** The best answer so far that did not pass. */
  best: Judged | undefined;
  /** Answers that did not pass and had no hard failure: compared with the one that is accepted after them. */
  rejected: Judged[];
}

/** An answer with its assessment, as the journey remembers it. */
export interface Judged {
  candidate: Candidate;
  callId: string;
  answer: Answer;
  quality: number;
  /** What it had to reach. */
  threshold: number;
  reason: string;
}

export function startJourney(
  request: Request,
  parts: RouterParts,
  signal: AbortSignal,
  classification: Classification,
  plan: RoutePlan,
): Journey {
  return {
    request,
    parts,
    signal,
    classification,
    plan,
    steps: [],
    failures: [],
    cost: 0,
    asked: false,
    escalations: 0,
    best: undefined,
    rejected: [],
  };
}

/** The call that asks a candidate for the answer. */
export function answerCall(journey: Journey, candidate: Candidate): Parameters<CallModel>[0] {
  const { request, best } = journey;
  return {
    candidate,
    role: 'answer',
    messages: request.messages,
    ...(request.tools === undefined ? {} : { tools: request.tools }),
    ...(request.schema === undefined ? {} : { schema: request.schema }),
    maxTokens: request.maxTokens ?? roomFor(candidate.model, journey),
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(best === undefined ? {} : { escalatedFrom: best.callId }),
  };
}

/** As long an answer as the model gives, or as its window leaves room for beside this prompt. */
function roomFor(model: ModelSpec, { request, classification }: Journey): number {
  const left = model.contextWindow - mostInputTokens(model, classification);
  return Math.min(model.maxTokens, Math.max(left, answerRoom(model, request, classification)));
}

/**
 * The deadline is split over the candidates left, so that a slow one cannot starve the next; the last one may
 * use all of it. A first call waits for a slot as long as the configuration says, since the action can be put
 * back for nothing; once a model was asked, the next call waits as long as its share allows.
 */
export function callContext(journey: Journey, candidatesLeft: number): CallContext {
  const { request, parts } = journey;
  const startedAt = parts.clock.now();
  const share = (request.deadlineAt - startedAt) / candidatesLeft;
  return {
    request,
    classification: journey.classification,
    parts,
    signal: journey.signal,
    deadlineAt: () => startedAt + share,
    slotWaitMs: () => (journey.asked ? share : parts.config().queue.slotWaitMs),
    spend: (cost) => {
      journey.asked = true;
      journey.cost += cost;
    },
  };
}

/** A candidate failed: the trail and whoever watches learn of it. */
export function noteFailure(journey: Journey, attempt: Failed, candidatesLeft: number): void {
  const { model } = attempt.candidate;
  journey.failures.push(attempt);
  journey.steps.push({
    tier: model.tier,
    model: model.name,
    callId: attempt.callId,
    quality: undefined,
    cost: attempt.cost,
    latencyMs: undefined,
    result: `error: ${attempt.error.message}`,
    ...(attempt.error.class === 'budget' ? { refusedByBudget: true as const } : {}),
  });
  if (candidatesLeft === 0) return;
  journey.parts.onEvent?.({
    kind: 'fell_back',
    request: journey.request,
    from: model.name,
    reason: attempt.error.message,
  });
}

/** An answer was judged: the ledger, the trail and whoever watches learn of it; the best one is remembered. */
export function noteJudgement(
  journey: Journey,
  attempt: Answered,
  assessment: Assessment,
  decision: Decision,
): Judged {
  const { request, parts } = journey;
  const { candidate, callId, generation } = attempt;
  const { quality, reason, checks } = assessment;
  const accepted = decision.kind === 'accept';
  parts.ledger.judge({
    callId,
    quality,
    accepted,
    checks,
    ...(assessment.critique === undefined ? {} : { critique: assessment.critique.score }),
    reason,
  });
  journey.steps.push({
    tier: candidate.model.tier,
    model: candidate.model.name,
    callId,
    quality,
    cost: attempt.cost + (assessment.critique?.cost ?? 0),
    latencyMs: attempt.latencyMs,
    result: accepted ? 'accepted' : `rejected: ${reason}`,
  });
  const { tier, name: model } = candidate.model;
  parts.onEvent?.({ kind: 'assessed', request, tier, model, quality, accepted, reason });

  const judged: Judged = {
    candidate,
    callId,
    answer: parseAnswer(request, generation),
    quality,
    threshold: assessment.threshold ?? request.qualityThreshold,
    reason,
  };
  labelAnswers(journey, judged, assessment, accepted);
  if (!accepted && (journey.best === undefined || quality > journey.best.quality)) journey.best = judged;
  if (decision.kind === 'escalate') {
    journey.escalations += 1;
    parts.onEvent?.({ kind: 'escalated', request, from: model, reason });
  }
  return judged;
}
