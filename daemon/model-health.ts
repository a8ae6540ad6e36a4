import { type Config, type ModelSpec, tierNames } from '../config/config.ts';
import { apiKey } from '../config/secrets.ts';
import { inspectServer } from '../router/providers/servers.ts';

/** Whether a configured model can be asked now: true, or why not; undefined while nobody knows. */
export type Liveness = true | string | undefined;

export interface ModelHealth {
  of(model: ModelSpec): Liveness;
  /** Asks every self-hosted server what it holds; no prompt is sent, no model loaded. */
  look(config: Config): Promise<void>;
}

/** A server of this machine or house answers in milliseconds; one that does not in this time counts as down. */
const answerWithinMs = 1_500;

export function createModelHealth(env: NodeJS.ProcessEnv): ModelHealth {
  const known = new Map<string, Liveness>();
  return {
    of: (model) => known.get(model.name),
    async look(config) {
      const models = tierNames.flatMap((tier) => config.tiers[tier]);
      const endpoints = new Set(models.filter((model) => model.selfHosted).map((model) => model.endpoint));
      const held = new Map<string, readonly string[] | undefined>();
      await Promise.all(
        [...endpoints].map(async (endpoint) => {
          const server = await inspectServer(endpoint, { timeoutMs: answerWithinMs });
          held.set(
            endpoint,
            server?.models.map((model) => model.modelId),
          );
        }),
      );
      for (const model of models) known.set(model.name, liveness(model, held.get(model.endpoint), env));
    },
  };
}

/** A paid model is not asked: its key is there, and the first call will show. */
function liveness(model: ModelSpec, held: readonly string[] | undefined, env: NodeJS.ProcessEnv): Liveness {
  if (!model.selfHosted)
    return apiKey(model, env) === undefined ? `${model.apiKeyEnv} is not set` : undefined;
  if (held === undefined) return `no model server answers at ${model.endpoint}`;
  if (held.some((id) => sameModel(id, model.modelId))) return true;
  const how = model.provider === 'ollama' ? ` (get it with: ollama pull ${model.modelId})` : '';
  return `${model.endpoint} does not hold it${how}`;
}

/** Ollama lists `llama3:latest` for what users call `llama3`. */
function sameModel(listed: string, wanted: string): boolean {
  return listed === wanted || listed === `${wanted}:latest`;
}
