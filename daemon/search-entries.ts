import type { Config, ModelSpec } from '../config/config.ts';
import type { Identity, SearchResult } from '../memory/types/entries.ts';
import type { Memory } from '../memory/types/memory.ts';
import { type EmbedTexts, embeddingModel } from '../router/embed-call.ts';

/** How long a search waits for the vector of what is asked, place and loading included, in milliseconds. */
const withinMs = 2_000;

export interface FoundEntries {
  results: SearchResult[];
  /** Why words alone were searched; undefined: by meaning too. */
  wordsOnly: string | undefined;
}

/** The search that `mem-db semantic` makes, for those who ask the daemon. */
export type SearchEntries = (asked: {
  text: string;
  limit: number;
  identity: Identity | undefined;
  signal: AbortSignal;
}) => Promise<FoundEntries>;

/**
 * Words, and vectors where the memory has them and the local model they are of answers in time. The question is
 * sent to hardware of the user's own only; its embedding is a call in the ledger, of the client that asks.
 */
export function createSearchEntries(given: {
  config: () => Config;
  memory: Pick<Memory, 'entries'>;
  embedTexts: EmbedTexts;
  /** True when the model could answer without another one having to leave its host. */
  hasRoomFor: (model: ModelSpec) => boolean;
}): SearchEntries {
  const { config, memory, embedTexts, hasRoomFor } = given;

  async function vectorOf(
    text: string,
    identity: Identity | undefined,
    signal: AbortSignal,
  ): Promise<number[] | string> {
    const embedded = memory.entries.embeddedBy();
    if (embedded === undefined) return 'no entry has a vector';
    const model = embeddingModel(config());
    if (model === undefined) return 'no embedding model is configured';
    if (model.name !== embedded)
      return `the entries were embedded by ${embedded}, configured is ${model.name}`;
    if (!hasRoomFor(model)) return `loading ${model.name} would push another model out of ${model.host}`;
    const attempt = await embedTexts({
      model,
      texts: [text],
      origin: { actionId: 'search', ...(identity === undefined ? {} : { client: identity.client }) },
      type: 'embedding',
      priority: 5,
      waitMs: withinMs,
      withinMs,
      signal,
    });
    return attempt.kind === 'embedded' ? (attempt.vectors[0] ?? []) : attempt.error.message;
  }

  return async ({ text, limit, identity, signal }) => {
    const vector = await vectorOf(text, identity, signal);
    const results = await memory.entries.search(text, {
      limit,
      ...(identity === undefined ? {} : { identity }),
      ...(typeof vector === 'string' ? {} : { vector }),
    });
    return { results, wordsOnly: typeof vector === 'string' ? vector : undefined };
  };
}
