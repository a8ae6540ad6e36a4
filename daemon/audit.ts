import type { ActionRecord } from '../memory/types/actions.ts';
import { placeOf } from '../router/experiment/experiment.ts';
import type { Judge } from '../router/judge.ts';
import type { Critique } from '../router/types/assessment.ts';
import type { AfterResult, AfterTask } from './after-outcome.ts';
import { buildRequest } from './build-request.ts';
import type { Deps } from './deps.ts';
import { clientPrivacy } from './privacy.ts';
import { afterOrigin } from './shadow.ts';

const lowestPriority = 10;
/** What one audit may take, in milliseconds. */
const withinMs = 110_000;
/** Between "serious flaws" (0.4) and "minor flaws" (0.7) of the judge's scale (router/critique.ts). */
const goodFrom = 0.55;
/**
 * How sure a judge's label is: strong judges agree with people on 4 of 5 pairs of answers (Zheng et al. 2023,
 * "Judging LLM-as-a-Judge", arXiv 2306.05685).
 */
const confidence = 0.8;

/**
 * The audit of an action that has ended, when it falls into the sample: an accepted answer of a local model, judged
 * by another one. The sample is a hash of the action's id, so that a repeated event does not judge it twice as often.
 */
export function auditOf(
  action: ActionRecord,
  deps: Pick<Deps, 'config' | 'agents' | 'memory' | 'clock'>,
  judge: Judge,
): AfterTask | undefined {
  const { share } = deps.config().qualityChecks.audit;
  if (share === 0 || placeOf('audit', action.id) >= share) return undefined;
  const { status, degraded, cached, answer, trail, model: answeredBy } = action;
  if (status !== 'completed' || degraded !== null || cached || answer === null || answeredBy === null)
    return undefined;
  if (!isLocal(answeredBy, deps.config())) return undefined;
  const callId = trail?.steps.findLast((step) => step.result === 'accepted')?.callId;
  if (callId === undefined) return undefined;
  return {
    what: 'audit',
    actionId: action.id,
    async run(signal): Promise<AfterResult> {
      const { budget: _theActions, ...request } = buildRequest(action, {
        config: deps.config(),
        agents: deps.agents,
        now: deps.clock.now(),
        clientPrivacy: clientPrivacy(action.client, deps.config(), deps.memory.clients),
      });
      const after = {
        ...request,
        origin: afterOrigin(action),
        priority: lowestPriority,
        deadlineAt: deps.clock.now() + withinMs,
      };
      const judged = await judge.judge({ request: after, answer, answeredBy }, signal);
      if (!judged.ok) return { kind: judged.later ? 'later' : 'left', reason: judged.reason };
      await deps.memory.labels.add(labelOf(callId, judged.judgement, deps.clock.now()));
      return { kind: 'done' };
    },
  };
}

function isLocal(name: string, { tiers }: ReturnType<Deps['config']>): boolean {
  const models = [...tiers.local_fast, ...tiers.local_quality, ...tiers.api_fallback];
  return models.find((model) => model.name === name)?.selfHosted === true;
}

function labelOf(callId: string, judgement: Critique, at: number) {
  const label = judgement.score >= goodFrom ? 'good' : 'bad';
  const [issue] = judgement.issues;
  const note = `${judgement.model} scored it ${judgement.score.toFixed(2)}${issue === undefined ? '' : `: ${issue}`}`;
  return { callId, label, source: 'audit', confidence, at, note } as const;
}
