/**
 * The router: one request in, one accepted answer (or an honest failure) out.
 *
 *   Request -> classify -> planRoute -> for each candidate: attempt -> assess -> decide -> Outcome
 */
import { crashPoint } from '../config/crash-points.ts';
import { answerFromCache, keepAnswer, shareFlight } from './answer-cache.ts';
import { assess } from './assess.ts';
import { createCallModel } from './attempt.ts';
import { classify } from './classify.ts';
import { withCountedTokens } from './counted-tokens.ts';
import { decide } from './decide.ts';
import {
  answerCall,
  callContext,
  type Journey,
  noteFailure,
  noteJudgement,
  startJourney,
} from './journey.ts';
import { withNearestExample } from './nearest-examples.ts';
import { answered, exhausted, nothingToTry, stopped, waitingForSlot } from './outcome.ts';
import { partsFor, type RouterParts } from './parts.ts';
import { planRoute } from './plan.ts';
import { planContext } from './plan-context.ts';
import type { Candidate, Outcome, Request } from './types.ts';

export interface Router {
  /** Never throws for anything a model, a budget or a deadline does: those are outcomes. */
  route(request: Request, signal: AbortSignal): Promise<Outcome>;
}

export function createRouter(parts: RouterParts): Router {
  const flights = new Map<string, Promise<Outcome>>();
  return {
    route: (request, signal) => {
      const own = partsFor(request, parts);
      return shareFlight(flights, request, own, signal, () => routeAlone(request, own, signal));
    },
  };
}

async function routeAlone(request: Request, parts: RouterParts, signal: AbortSignal): Promise<Outcome> {
  const learned = parts.learned?.()?.score;
  const judged = classify(request, learned === undefined ? {} : { learned });
  const counted = await withCountedTokens(request, judged, parts);
  const classification = await withNearestExample(request, counted, parts, signal);
  const plan = planRoute(request, classification, planContext(request, parts));
  parts.onEvent?.({
    kind: 'classified',
    request,
    complexity: classification.complexity,
    reason: plan.reason,
  });
  crashPoint('classified');

  const cached = await answerFromCache(request, parts, classification, plan);
  if (cached !== undefined) return cached;
  if (plan.candidates.length === 0) return nothingToTry(request, classification, plan, parts.clock.now());

  const outcome = await tryCandidates(startJourney(request, parts, signal, classification, plan));
  keepAnswer(request, parts, outcome);
  return outcome;
}

async function tryCandidates(journey: Journey): Promise<Outcome> {
  const { request, parts, plan, signal } = journey;
  let rest: readonly Candidate[] = plan.candidates;
  for (;;) {
    const [candidate, ...others] = rest;
    if (candidate === undefined) return exhausted(journey, undefined);
    rest = others;
    const candidatesLeft = others.length;
    const config = parts.config();
    const call = createCallModel(callContext(journey, candidatesLeft + 1));

    const attempt = await call(answerCall(journey, candidate));
    if (attempt.kind === 'failed') {
      if (attempt.error.class === 'no_slot' && !journey.asked) return waitingForSlot(journey, candidate);
      noteFailure(journey, attempt, candidatesLeft);
      if (signal.aborted || attempt.error.class === 'cancelled')
        return stopped(journey, attempt.error.message);
      const now = parts.clock.now();
      const { escalations: escalationsMade } = journey;
      const decision = decide({
        attempt,
        assessment: undefined,
        candidatesLeft,
        escalationsMade,
        config,
        request,
        now,
      });
      if (decision.kind === 'give_up') return exhausted(journey, undefined);
      continue;
    }

    const resident = (host: string) => parts.slots.resident(host);
    const { generation } = attempt;
    const assessment = await assess({
      request,
      generation,
      candidate,
      config,
      critics: plan.candidates,
      call,
      resident,
      upperBound: planContext(request, parts).upperBound,
      learned: parts.learned?.()?.quality,
    });
    crashPoint('assessed');
    // A lesser model helps against an outage, not against an answer that is not good enough.
    rest = others.filter((other) => other.onlyAfterErrors !== true);
    const decision = decide({
      attempt,
      assessment,
      candidatesLeft: rest.length,
      escalationsMade: journey.escalations,
      config,
      request,
      now: parts.clock.now(),
    });
    const judged = noteJudgement(journey, attempt, assessment, decision);
    if (decision.kind === 'accept') return answered(journey, judged);
    if (decision.kind === 'give_up') return exhausted(journey, decision.reason);
  }
}
