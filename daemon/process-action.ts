/**
 * The story of one action:
 *
 *   job -> loadAction -> Action -> work (classify, plan, attempt, assess, decide: router/route.ts) -> Step -> recordStep
 *
 * A job is only the knock on the door. What is due is read from the record, what came of it is written there,
 * and every write shows the fence of this claim: a worker that lost its job can change nothing.
 */
import type { Job } from 'bullmq';
import { crashPoint } from '../config/crash-points.ts';
import type { ActionRecord } from '../memory/types/actions.ts';
import type { Deps } from './deps.ts';
import { loadAction } from './load-action.ts';
import type { JobData, JobProcessor, JobResult } from './queue/backend.ts';
import { bringBack, recordStep } from './record-step.ts';
import { requestFor } from './request-for.ts';
import type { Step } from './step.ts';
import { tellStarted } from './tell.ts';
import { workOnObjective } from './work-on-objective.ts';

/** An action whose holder died this often takes its worker down with it: it is failed, not tried again. */
const maxCrashes = 5;

export function createProcessor(deps: Deps): JobProcessor {
  return async (job, token, signal) => {
    const loaded = await loadAction(job, deps);
    if (loaded.kind !== 'claimed') return bringBack(loaded);

    const { action } = loaded;
    const stopped = deps.inFlight.start(action.id, job.id ?? action.id);
    crashPoint('claimed');
    tellStarted(deps, action);
    try {
      const step = await work(action, anyOf(stopped, signal), deps);
      return await recordStep({ job, token, action, step, stopped }, deps);
    } finally {
      deps.inFlight.end(action.id);
    }
  };
}

async function work(action: ActionRecord, signal: AbortSignal, deps: Deps): Promise<Step> {
  if (action.crashes > maxCrashes) return crashedTooOften(action);
  try {
    if (action.type === 'agent') return await workOnObjective(action, signal, deps);
    const outcome = await deps.router.route(requestFor(action, deps), signal);
    return { kind: 'outcome', outcome };
  } catch (error) {
    // A surprise is ours to log and the action's to survive: it is tried again like any failure that may pass.
    deps.logger.error({ actionId: action.id, err: error }, 'working on the action threw');
    return {
      kind: 'failed',
      error: { code: 'INTERNAL', message: (error as Error).message, retryable: true },
    };
  }
}

function crashedTooOften(action: ActionRecord): Step {
  return {
    kind: 'failed',
    error: {
      code: 'INTERNAL',
      message: `the worker died ${action.crashes} times while working on this action; it is not tried again`,
      retryable: false,
    },
  };
}

function anyOf(stopped: AbortSignal, signal: AbortSignal | undefined): AbortSignal {
  return signal === undefined ? stopped : AbortSignal.any([stopped, signal]);
}

export type ActionJob = Job<JobData, JobResult, string>;
