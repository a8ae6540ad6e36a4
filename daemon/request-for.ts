import { withArmSettings } from '../config/arm-settings.ts';
import type { Experiment, ExperimentArm } from '../router/experiment/experiment.ts';
import { armOf } from '../router/experiment/experiment.ts';
import type { Request } from '../router/types.ts';
import type { StoredInput } from './action-input.ts';
import { type AskingAction, buildRequest } from './build-request.ts';
import type { Deps } from './deps.ts';
import { clientPrivacy } from './privacy.ts';

/** Who asks, since when: what an arm is chosen by. */
type WorkAction = AskingAction & { createdAt: number };

/** The one request a plain action is, with the settings of the arm it falls to where an experiment runs. */
export function requestFor(
  action: WorkAction,
  deps: Pick<Deps, 'config' | 'agents' | 'memory' | 'clock'>,
): Request {
  const found = liveArm(action, deps);
  const common = {
    agents: deps.agents,
    now: deps.clock.now(),
    clientPrivacy: clientPrivacy(action.client, deps.config(), deps.memory.clients),
  };
  if (found === undefined) return buildRequest(action, { ...common, config: deps.config() });
  const { experiment, arm } = found;
  const request = buildRequest(action, { ...common, config: withArmSettings(deps.config(), arm.settings) });
  return {
    ...request,
    origin: { ...request.origin, experiment: experiment.name, arm: arm.name },
    settings: arm.settings,
  };
}

/**
 * The arm of the rollout or A/B test that runs; undefined where none does or the action takes no part: one that
 * asks for a tier or a model by itself is routed as it asks.
 */
function liveArm(
  action: WorkAction,
  { memory }: Pick<Deps, 'memory'>,
): { experiment: Experiment; arm: ExperimentArm } | undefined {
  const experiment = memory.experiments.running().find((one) => one.kind !== 'shadow');
  if (experiment === undefined || asksForModel(action)) return undefined;
  const arm = armOf(experiment, action.rootId, acceptedAt(action, memory));
  return arm === undefined ? undefined : { experiment, arm };
}

/** True where the action names its tier or model: settings that choose another would change nothing. */
export function asksForModel(action: Pick<AskingAction, 'input'>): boolean {
  const { tier, model } = action.input as StoredInput;
  return tier !== undefined || model !== undefined;
}

/** When the action's tree was accepted: all of it stays in the arm in which it began. */
export function acceptedAt(action: WorkAction, memory: Deps['memory']): number {
  if (action.rootId === action.id) return action.createdAt;
  return memory.actions.get(action.rootId)?.createdAt ?? action.createdAt;
}
