import type { Config, ModelSpec } from '../config/config.ts';
import type { Memory } from '../memory/types/memory.ts';
import { type EmbedAttempt, type EmbedTexts, embeddingModel } from '../router/embed-call.ts';
import { createEmbedWhole, type EmbedWhole } from '../router/embed-whole.ts';
import type { Clock } from '../router/types/outside.ts';
import type { Logger } from './logger.ts';

/** Entries asked for together; long ones are several texts, in calls of sixteen. */
const batchSize = 16;
/** After every answer that waits. */
const lowestPriority = 10;
/** How long one batch waits for a place while entries can still wait, in milliseconds. */
const waitMs = 2_000;
/**
 * Entries that got no place for so long stand in line like everybody else until it is their turn, and may push
 * another model out. Milliseconds.
 */
const patienceMs = 300_000;
const inLineMs = 120_000;

/** Up to which entry each has its vector, and of which model: to look at them all takes seconds of a large memory. */
const completeKey = 'entries_embedded';

type Failed = Extract<EmbedAttempt, { kind: 'failed' }>;

/**
 * Gives new entries their vectors, and all of them new ones when the embedding model was changed. Only a model
 * on the user's own hardware is asked: memories are never sent to an API. Answers go first: a batch is small,
 * waits behind them, and makes no other model leave the host before the entries have waited for five minutes.
 * Returns the task to run now and then; without an embedding model it does nothing, and search is by words only.
 */
export function createEntryEmbedder(given: {
  config: () => Config;
  memory: Pick<Memory, 'entries' | 'state'>;
  embedTexts: EmbedTexts;
  /** True when the model could answer without another one having to leave its host. */
  hasRoomFor: (model: ModelSpec) => boolean;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
}): () => Promise<void> {
  const { config, memory, clock, logger, signal } = given;
  const embedWhole = createEmbedWhole(given.embedTexts);
  let busy = false;
  let waitingSince: number | undefined;

  async function embedBatch(model: ModelSpec, texts: readonly string[]): ReturnType<EmbedWhole> {
    waitingSince ??= clock.now();
    const overdue = clock.now() - waitingSince >= patienceMs;
    if (!overdue && !given.hasRoomFor(model)) return noRoom(model);
    const attempt = await embedWhole({
      model,
      texts,
      origin: { actionId: 'entries' },
      type: 'embedding',
      priority: lowestPriority,
      waitMs: overdue ? inLineMs : waitMs,
      signal,
    });
    if (attempt.kind === 'embedded') waitingSince = undefined;
    return attempt;
  }

  return async () => {
    const model = embeddingModel(config());
    if (model === undefined || busy) return;
    const newest = memory.entries.newer(undefined, []).after;
    const after = completeUpTo(memory.state.get(completeKey), model);
    if (after !== undefined && after >= newest) return;
    busy = true;
    let failed: Failed | undefined;
    let refused = 0;
    try {
      const embedded = await memory.entries.embedMissing({
        model: model.name,
        ...(after === undefined ? {} : { after }),
        batchSize,
        embed: async (texts) => {
          const attempt = await embedBatch(model, texts);
          if (attempt.kind === 'failed') {
            failed = attempt;
            return undefined;
          }
          refused += attempt.vectors.filter((vector) => vector === undefined).length;
          return attempt.vectors;
        },
        signal,
        progress: (done, missing) => logger.debug({ model: model.name, done, missing }, 'embedding entries'),
      });
      if (embedded > 0) logger.info({ model: model.name, embedded }, 'entries embedded');
      if (refused > 0)
        logger.warn(
          { model: model.name, refused },
          'entries are found by their words only: the model takes them not',
        );
      if (failed !== undefined) tell(failed, model, logger);
      else if (!signal.aborted) await memory.state.set(completeKey, { model: model.name, id: newest });
    } finally {
      busy = false;
    }
  };
}

function completeUpTo(saved: unknown, model: ModelSpec): number | undefined {
  if (saved === null || typeof saved !== 'object' || !('model' in saved) || !('id' in saved))
    return undefined;
  return saved.model === model.name && typeof saved.id === 'number' ? saved.id : undefined;
}

/** A busy host is no news; a model that cannot is. */
function tell(attempt: Failed, model: ModelSpec, logger: Logger): void {
  if (attempt.error.class === 'cancelled') return;
  const about = { model: model.name, error: attempt.error.message };
  if (attempt.error.class === 'no_slot') logger.debug(about, 'entries wait for the embedding model');
  else logger.warn(about, 'entries could not be embedded');
}

function noRoom(model: ModelSpec): Failed {
  const message = `loading ${model.name} would push another model out of ${model.host}`;
  return { kind: 'failed', error: { class: 'no_slot', message, retryable: true } };
}
