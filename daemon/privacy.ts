/**
 * Who decides that an action stays on the user's own hardware: the action itself, its type, the agents that work
 * on it, its client, its parent. The strictest wins; nobody lifts what another demands. It is asked at the door,
 * where the answer is kept with the action (and given to its children by the store), and again whenever a request
 * is made of it, so that what was made private since then counts too.
 */
import type { AgentDefinition } from '../agents/definitions.ts';
import { objectiveAgents } from '../agents/objective.ts';
import type { Config } from '../config/config.ts';
import type { Clients } from '../memory/clients.ts';
import type { Privacy } from '../router/types.ts';

export interface PrivacyRules {
  config: Pick<Config, 'actionTypes'>;
  agents: ReadonlyMap<string, Pick<AgentDefinition, 'privacy'>>;
  /** What holds for everything its client hands in; absent: nothing, or the owner asks. */
  clientPrivacy?: Privacy | undefined;
}

/** Why an action is private, in the words of a reason: the first that says so; undefined where nobody does. */
export function privateBecause(
  action: {
    privacy?: Privacy | undefined;
    type: string;
    agent?: string | undefined;
    client?: string | undefined;
  },
  { config, agents, clientPrivacy }: PrivacyRules,
): string | undefined {
  if (config.actionTypes[action.type]?.privacy === 'local') return `type ${action.type} is private`;
  const working = action.type === 'agent' ? objectiveAgents : [action.agent];
  const agent = working.find((name) => name !== undefined && agents.get(name)?.privacy === 'local');
  if (agent !== undefined) return `agent ${agent} is private`;
  if (clientPrivacy === 'local') return `client ${action.client} is private`;
  return action.privacy === 'local' ? 'marked private' : undefined;
}

/** What holds for a client: its token's word or the configuration's, whichever is stricter. */
export function clientPrivacy(
  name: string | undefined,
  config: Pick<Config, 'clients'>,
  clients: Pick<Clients, 'named'>,
): Privacy | undefined {
  if (name === undefined) return undefined;
  return config.clients?.[name]?.privacy ?? clients.named(name)?.privacy;
}
