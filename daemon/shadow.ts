import { withArmSettings } from '../config/arm-settings.ts';
import type { ActionRecord } from '../memory/types/actions.ts';
import { armOf, type Experiment } from '../router/experiment/experiment.ts';
import type { Router } from '../router/route.ts';
import type { Request } from '../router/types.ts';
import type { AfterResult, AfterTask } from './after-outcome.ts';
import { buildRequest } from './build-request.ts';
import type { Deps } from './deps.ts';
import { clientPrivacy } from './privacy.ts';
import { acceptedAt, asksForModel } from './request-for.ts';

/** Of the lowest urgency: 1 high … 10 low. */
const lowestPriority = 10;
/** What one shadow may take, in milliseconds. */
const withinMs = 110_000;

/**
 * The shadow of an action that has ended: the same request once more, by the shadow's settings, with its calls in
 * the ledger under the role `shadow`. Undefined where no shadow runs or this action is none of its share: it
 * failed, came from the cache, asks for a model by itself, or is an agent's, whose parts are shadowed one by one.
 */
export function shadowOf(
  action: ActionRecord,
  deps: Pick<Deps, 'config' | 'agents' | 'memory' | 'clock'>,
  router: Router,
): AfterTask | undefined {
  const shadow = deps.memory.experiments.running().find((one) => one.kind === 'shadow');
  if (shadow === undefined || action.status !== 'completed' || action.cached) return undefined;
  if (action.type === 'agent' || asksForModel(action)) return undefined;
  const arm = armOf(shadow, action.rootId, acceptedAt(action, deps.memory));
  if (arm === undefined || arm !== shadow.tried) return undefined;
  return {
    what: 'shadow',
    actionId: action.id,
    async run(signal): Promise<AfterResult> {
      if (deps.memory.experiments.get(shadow.name)?.state !== 'running')
        return { kind: 'left', reason: 'the shadow has ended' };
      const outcome = await router.route(shadowRequest(action, shadow, deps), signal);
      switch (outcome.kind) {
        case 'answered':
          return { kind: 'done' };
        case 'waiting':
          return { kind: 'later', reason: `no quiet moment on ${outcome.host}` };
        case 'failed':
          return { kind: 'left', reason: outcome.error.message };
      }
    },
  };
}

/** The action's request as the shadow makes it: never from the cache, at nobody's expense but the shadow's. */
function shadowRequest(
  action: ActionRecord,
  shadow: Experiment,
  deps: Pick<Deps, 'config' | 'agents' | 'memory' | 'clock'>,
): Request {
  const { settings, name } = shadow.tried;
  const { budget: _theActions, ...request } = buildRequest(action, {
    config: withArmSettings(deps.config(), settings),
    agents: deps.agents,
    now: deps.clock.now(),
    clientPrivacy: clientPrivacy(action.client, deps.config(), deps.memory.clients),
  });
  return {
    ...request,
    origin: afterOrigin(action, { experiment: shadow.name, arm: name }),
    settings,
    cacheable: false,
    priority: lowestPriority,
    deadlineAt: deps.clock.now() + withinMs,
  };
}

/** Without client and agent: what they may spend is not spent on this, and clients see nothing of it. */
export function afterOrigin(
  action: Pick<ActionRecord, 'id' | 'rootId'>,
  experiment: { experiment: string; arm: string } | Record<string, never> = {},
): Request['origin'] {
  return { actionId: action.id, rootId: action.rootId, ...experiment };
}
