import { type Config, type ModelSpec, tierNames } from '../config/config.ts';
import { apiKey } from '../config/secrets.ts';
import type { Memory } from '../memory/types.ts';
import { createEmbed } from '../router/providers/embed.ts';
import type { Logger } from './logger.ts';

/**
 * Gives new entries their vectors, and all of them new ones when the embedding model was changed. Only a model
 * on the user's own hardware is asked: memories are never sent to an API. Returns the task to run now and then;
 * without an embedding model it does nothing, and search is by words only.
 */
export function createEntryEmbedder(given: {
  config: () => Config;
  env: NodeJS.ProcessEnv;
  memory: Memory;
  logger: Logger;
  signal: AbortSignal;
}): () => Promise<void> {
  const { config, env, memory, logger, signal } = given;
  const embed = createEmbed({ apiKey: (model) => apiKey(model, env) });
  let busy = false;
  return async () => {
    const model = embeddingModel(config());
    if (model === undefined || busy || memory.entries.embeddings(model.name).missing === 0) return;
    busy = true;
    try {
      const embedded = await memory.entries.embedMissing({
        model: model.name,
        embed: async (texts) => (await embed(model, texts, signal)).vectors,
        signal,
        progress: (done, missing) => logger.debug({ model: model.name, done, missing }, 'embedding entries'),
      });
      logger.info({ model: model.name, embedded }, 'entries embedded');
    } finally {
      busy = false;
    }
  };
}

function embeddingModel(config: Config): ModelSpec | undefined {
  return tierNames
    .flatMap((tier) => config.tiers[tier])
    .find((model) => model.kind === 'embedding' && model.selfHosted);
}
