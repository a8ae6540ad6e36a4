import type { ModelSpec } from '../../config/config.ts';
import { loadConfig } from '../../config/load.ts';
import { apiKey } from '../../config/secrets.ts';
import { createEmbed } from '../../router/providers/embed.ts';

export interface EmbeddingModel {
  name: string;
  /** One vector a text, in their order. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<number[][]>;
}

/**
 * The configured embedding model: the first of `kind: embedding` in any tier that runs on the user's own
 * hardware. Memories are never sent to a paid API. Undefined where none is configured.
 */
export function embeddingModel(env: NodeJS.ProcessEnv): EmbeddingModel | undefined {
  const { config } = loadConfig({ env, cwd: process.cwd() });
  const model = Object.values(config.tiers)
    .flat()
    .find((candidate: ModelSpec) => candidate.kind === 'embedding' && candidate.selfHosted);
  if (model === undefined) return undefined;
  const embed = createEmbed({ apiKey: (spec) => apiKey(spec, env) });
  return {
    name: model.name,
    embed: async (texts, signal) => (await embed(model, texts, signal)).vectors,
  };
}
