/**
 * The router: one request in, one accepted answer (or an honest failure) out.
 *
 *   Request -> classify -> planRoute -> for each candidate: attempt -> assess -> decide -> Outcome
 */
import { crashPoint } from '../config/crash-points.ts';
import { answerFromCache, keepAnswer, shareFlight } from './answer-cache.ts';
import { assess, parseAnswer } from './assess.ts';
import { type CallContext, createCallModel } from './attempt.ts';
import { classify } from './classify.ts';
import { decide } from './decide.ts';
import { answered, type Best, exhausted, nothingToTry, stopped, waitingForSlot } from './outcome.ts';
import type { RouterParts } from './parts.ts';
import { planRoute } from './plan.ts';
import { planContext } from './plan-context.ts';
import type {
  Attempt,
  CallModel,
  Candidate,
  Classification,
  Outcome,
  Request,
  RoutePlan,
  RouteStep,
} from './types.ts';

export interface Router {
  /** Never throws for anything a model, a budget or a deadline does: those are outcomes. */
  route(request: Request, signal: AbortSignal): Promise<Outcome>;
}

export function createRouter(parts: RouterParts): Router {
  const flights = new Map<string, Promise<Outcome>>();
  return {
    route: (request, signal) =>
      shareFlight(flights, request, parts, signal, () => routeAlone(request, parts, signal)),
  };
}

async function routeAlone(request: Request, parts: RouterParts, signal: AbortSignal): Promise<Outcome> {
  const classification = classify(request);
  const plan = planRoute(request, classification, planContext(request, parts));
  parts.onEvent?.({
    kind: 'classified',
    origin: request.origin,
    complexity: classification.complexity,
    reason: plan.reason,
  });

  crashPoint('classified');

  const cached = await answerFromCache(request, parts, classification, plan);
  if (cached !== undefined) return cached;
  if (plan.candidates.length === 0) return nothingToTry(request, classification, plan, parts.clock.now());

  const outcome = await tryCandidates({
    request,
    parts,
    signal,
    classification,
    plan,
    steps: [],
    cost: 0,
    escalations: 0,
    best: undefined,
  });
  keepAnswer(request, parts, outcome);
  return outcome;
}

/** What is known while the candidates are tried in turn. */
export interface Journey {
  request: Request;
  parts: RouterParts;
  signal: AbortSignal;
  classification: Classification;
  plan: RoutePlan;
  steps: RouteStep[];
  cost: number;
  escalations: number;
  /** The best answer so far that did not pass. */
  best: Best | undefined;
}

async function tryCandidates(journey: Journey): Promise<Outcome> {
  const { request, parts, plan } = journey;
  const errors: { candidate: Candidate; attempt: Extract<Attempt, { kind: 'failed' }> }[] = [];

  for (const [place, candidate] of plan.candidates.entries()) {
    const left = plan.candidates.length - place;
    const call = createCallModel(callContext(journey, left));
    const attempt = await callForAnswer(journey, candidate, call);

    if (attempt.kind === 'failed') {
      const { error } = attempt;
      journey.steps.push({
        tier: candidate.model.tier,
        model: candidate.model.name,
        callId: attempt.callId,
        quality: undefined,
        cost: attempt.cost,
        latencyMs: undefined,
        result: `error: ${error.message}`,
      });
      if (error.class === 'cancelled' || journey.signal.aborted) return stopped(journey, error.message);
      if (error.class === 'no_slot' && journey.cost === 0 && journey.best === undefined)
        return waitingForSlot(journey, candidate);
      errors.push({ candidate, attempt });
      if (left > 1)
        parts.onEvent?.({
          kind: 'fell_back',
          origin: request.origin,
          from: candidate.model.name,
          reason: error.message,
        });
      continue;
    }

    const config = parts.config();
    const assessment = await assess({
      request,
      generation: attempt.generation,
      candidate,
      config,
      critics: critics(journey, candidate),
      call,
    });
    crashPoint('assessed');
    const decision = decide({
      attempt,
      assessment,
      candidatesLeft: left - 1,
      escalationsMade: journey.escalations,
      config,
      request,
      now: parts.clock.now(),
    });
    const accepted = decision.kind === 'accept';
    parts.ledger.judge({
      callId: attempt.callId,
      quality: assessment.quality,
      accepted,
      checks: assessment.checks,
      reason: assessment.reason,
    });
    parts.onEvent?.({
      kind: 'assessed',
      origin: request.origin,
      tier: candidate.model.tier,
      model: candidate.model.name,
      quality: assessment.quality,
      accepted,
      reason: assessment.reason,
    });
    journey.steps.push({
      tier: candidate.model.tier,
      model: candidate.model.name,
      callId: attempt.callId,
      quality: assessment.quality,
      cost: attempt.cost + (assessment.critique?.cost ?? 0),
      latencyMs: attempt.latencyMs,
      result: accepted ? 'accepted' : `rejected: ${assessment.reason}`,
    });
    const answer: Best = {
      candidate,
      callId: attempt.callId,
      answer: parseAnswer(request, attempt.generation),
      quality: assessment.quality,
      reason: assessment.reason,
    };
    if (accepted) return answered(journey, answer);
    if (journey.best === undefined || answer.quality > journey.best.quality) journey.best = answer;
    if (decision.kind === 'give_up') return exhausted(journey, errors.map(toNamedError), decision.reason);
    journey.escalations += 1;
    parts.onEvent?.({
      kind: 'escalated',
      origin: request.origin,
      from: candidate.model.name,
      reason: assessment.reason,
    });
  }
  return exhausted(journey, errors.map(toNamedError), undefined);
}

function callForAnswer(journey: Journey, candidate: Candidate, call: CallModel): Promise<Attempt> {
  const { request, best } = journey;
  return call({
    candidate,
    role: 'answer',
    messages: request.messages,
    ...(request.tools === undefined ? {} : { tools: request.tools }),
    ...(request.schema === undefined ? {} : { schema: request.schema }),
    maxTokens: request.maxTokens ?? candidate.model.maxTokens,
    ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
    ...(best === undefined ? {} : { escalatedFrom: best.callId }),
  });
}

/**
 * The deadline is split over the candidates left, so that a slow one cannot starve the next; the last one may
 * use all of it. A first call may wait for a slot as long as the configuration says, since the action can be
 * put back for nothing; once an answer was paid for, the next call waits as long as its share allows.
 */
function callContext(journey: Journey, candidatesLeft: number): CallContext {
  const { request, parts } = journey;
  const startedAt = parts.clock.now();
  const share = (request.deadlineAt - startedAt) / candidatesLeft;
  return {
    request,
    classification: journey.classification,
    parts,
    signal: journey.signal,
    deadlineAt: () => startedAt + share,
    slotWaitMs: () =>
      journey.cost === 0 && journey.best === undefined ? parts.config().queue.slotWaitMs : share,
    spend: (cost) => {
      journey.cost += cost;
    },
  };
}

/** Who may criticise: every model of the plan, the generator's own included; `assess` chooses among them. */
function critics(journey: Journey, generator: Candidate): readonly Candidate[] {
  return journey.plan.candidates.some((candidate) => candidate.model.name === generator.model.name)
    ? journey.plan.candidates
    : [...journey.plan.candidates, generator];
}

function toNamedError({
  candidate,
  attempt,
}: {
  candidate: Candidate;
  attempt: Extract<Attempt, { kind: 'failed' }>;
}) {
  return { tier: candidate.model.tier, model: candidate.model.name, ...attempt.error };
}
