import {
  type ChildResult,
  nextStep,
  type Objective,
  type Subtask,
  soloRequest,
  subtasksOf,
} from '../agents/objective.ts';
import type { ActionRecord, NewAction } from '../memory/types/actions.ts';
import type { Outcome, RouteTrail } from '../router/types.ts';
import type { StoredInput } from './action-input.ts';
import type { Deps } from './deps.ts';
import { requestFor } from './request-for.ts';
import type { Step } from './step.ts';

/**
 * One visit to an action of type `agent`: plans and spawns, waits, or puts the results together. What is due is
 * read from the record every time, so a visit that died is simply made again; children carry idempotency keys.
 */
export async function workOnObjective(action: ActionRecord, signal: AbortSignal, deps: Deps): Promise<Step> {
  const objective = objectiveOf(action, deps);
  const step = nextStep(objective, childResults(action, deps));
  switch (step.kind) {
    case 'wait':
      return { kind: 'children', spawned: [] };
    case 'fail':
      return {
        kind: 'failed',
        error: { code: 'ALL_CANDIDATES_FAILED', message: step.message, retryable: false },
      };
    case 'summarise': {
      const outcome = await deps.router.route(step.request, signal);
      return { kind: 'outcome', outcome: withPlanning(markMissing(outcome, step.failed), action) };
    }
    case 'plan': {
      const plan = await deps.router.route(step.request, signal);
      if (plan.kind !== 'answered') return { kind: 'outcome', outcome: plan };
      if (plan.answer.json === undefined) return { kind: 'outcome', outcome: noPlan(plan) };
      const children = subtasksOf(plan.answer.json).map((subtask, place) =>
        childAction({ ...action, privacy: objective.frame.privacy }, subtask, place, deps),
      );
      const spawned = await deps.memory.actions.spawn(
        action.id,
        action.fence,
        children,
        deps.config().agents,
      );
      if (spawned.ok) return { kind: 'children', spawned: spawned.children, trail: plan.trail };
      const { limit, allowed, would } = spawned.refusal;
      const alone = await deps.router.route(soloRequest(objective), signal);
      return {
        kind: 'outcome',
        outcome: mark(
          alone,
          `done without sub-agents: the limit of ${allowed} ${limit} would be exceeded (${would})`,
        ),
      };
    }
  }
}

function objectiveOf(action: ActionRecord, deps: Deps): Objective {
  const config = deps.config();
  const input = action.input as StoredInput;
  return {
    text: input.objective ?? input.prompt ?? '',
    frame: requestFor(action, deps),
    agents: deps.agents,
    maxChildren: config.agents.maxChildren,
  };
}

function childResults(action: ActionRecord, deps: Deps): ChildResult[] {
  return deps.memory.actions.children(action.id).map((child) => ({
    title: child.title,
    status: child.status,
    answer: child.status === 'completed' ? (deps.memory.actions.get(child.id)?.answer ?? null) : null,
    error: child.error?.message ?? null,
  }));
}

/** A child inherits privacy, priority, deadline, client and tags, never more; its budget is carved by `spawn`. */
function childAction(parent: ActionRecord, subtask: Subtask, place: number, deps: Deps): NewAction {
  const { tier, model, quality_threshold, must_pass } = parent.input as StoredInput;
  const limits = { tier, model, quality_threshold, must_pass };
  return {
    id: deps.newId(),
    type: 'prompt',
    input: {
      ...Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)),
      prompt: subtask.prompt,
    },
    client: parent.client,
    agent: 'worker',
    parentId: parent.id,
    idempotencyKey: `${parent.id}/child/${place}`,
    queueJob: undefined,
    privacy: parent.privacy,
    priority: parent.priority,
    attempts: parent.attempts,
    budget: undefined,
    deadlineAt: parent.deadlineAt ?? undefined,
    runAt: undefined,
    tags: parent.tags,
    createdAt: deps.clock.now(),
  };
}

/** The outcome with the steps of the visit that planned before its own. */
function withPlanning(outcome: Outcome, action: ActionRecord): Outcome {
  const planning = (action.state?.steps ?? []) as RouteTrail['steps'];
  return { ...outcome, trail: { ...outcome.trail, steps: [...planning, ...outcome.trail.steps] } };
}

function markMissing(outcome: Outcome, failed: number): Outcome {
  return failed === 0 ? outcome : mark(outcome, `${failed} of the subtasks failed`);
}

function mark(outcome: Outcome, note: string): Outcome {
  if (outcome.kind !== 'answered') return outcome;
  return { ...outcome, degraded: outcome.degraded === undefined ? note : `${outcome.degraded}; ${note}` };
}

/** The best plan that could be had is none: said as what it is, with the attempts shown. */
function noPlan(outcome: { cost: number; degraded: string | undefined; trail: RouteTrail }): Outcome {
  return {
    kind: 'failed',
    error: {
      code: 'QUALITY_TOO_LOW',
      message: `no model returned a usable plan: ${outcome.degraded ?? 'no subtasks'}`,
      retryable: true,
    },
    cost: outcome.cost,
    trail: outcome.trail,
  };
}
