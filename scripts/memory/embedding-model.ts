/**
 * The embedding model as `mem-db` calls it: in a process of its own, with or without a daemon. Its calls are
 * rows of the ledger like the daemon's. What is different: they take no slot (the places of a host are counted
 * by the daemon, in its memory, so that a call from here comes on top of them), and no breaker is asked or told.
 */
import { existsSync } from 'node:fs';
import { ulid } from 'ulid';
import type { Config } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import { loadConfig } from '../../config/load.ts';
import { apiKey } from '../../config/secrets.ts';
import { beginCall, finishCall } from '../../memory/ledger.ts';
import { identifyProcess } from '../../memory/process-identity.ts';
import {
  createEmbedTexts,
  type EmbedParts,
  type EmbedTexts,
  embeddingModel as modelOf,
} from '../../router/embed-call.ts';
import { createEmbedWhole } from '../../router/embed-whole.ts';
import { createEmbed } from '../../router/providers/embed.ts';
import { openForWriting, using } from './open.ts';
import { printErr } from './output.ts';

export interface EmbeddingModel {
  name: string;
  /** One vector a text, in their order; none for a text the model refuses. `purpose` stands in the ledger. Throws MODEL_UNAVAILABLE. */
  embed(
    purpose: 'entries' | 'search',
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<(number[] | undefined)[]>;
}

/**
 * The configured embedding model: the first of `kind: embedding` in any tier that runs on the user's own
 * hardware. Memories are never sent to a paid API. Undefined where none is configured. `path`: the memory file
 * that keeps the ledger; where there is none, none is made for it.
 */
export function embeddingModel(env: NodeJS.ProcessEnv, path: string): EmbeddingModel | undefined {
  const { config } = loadConfig({ env, cwd: process.cwd() });
  const model = modelOf(config);
  if (model === undefined) return undefined;
  const embedWhole = createEmbedWhole(processEmbedTexts(config, env, path));
  return {
    name: model.name,
    embed: async (purpose, texts, signal) => {
      const attempt = await embedWhole({
        model,
        texts,
        origin: { actionId: purpose },
        type: 'embedding',
        priority: 5,
        waitMs: 0,
        signal,
      });
      if (attempt.kind === 'embedded') return attempt.vectors;
      throw new SwarmdError('MODEL_UNAVAILABLE', attempt.error.message, { where: model.name });
    },
  };
}

/** Embedding calls of a process without a daemon; also those of `swarmd explain --dry-run --embed`. */
export function processEmbedTexts(config: Config, env: NodeJS.ProcessEnv, path: string): EmbedTexts {
  return createEmbedTexts({
    ledger: ledgerIn(path, config),
    slots: noSlots,
    breakers: noBreakers,
    clock: { now: Date.now, sleep: () => Promise.resolve() },
    newId: () => ulid(),
    send: createEmbed({ apiKey: (spec) => apiKey(spec, env) }),
  });
}

const noSlots: EmbedParts['slots'] = {
  acquire: async () => ({ release() {}, loadMs: undefined, contextTokens: undefined }),
};

const noBreakers: EmbedParts['breakers'] = {
  state: () => ({ state: 'closed' }),
  succeeded() {},
  failed() {},
  probe() {},
};

/** The ledger of the memory file. A file that cannot be written keeps nobody from searching: it is said instead. */
function ledgerIn(path: string, config: Config): EmbedParts['ledger'] {
  let recorded = true;
  const write = (work: (store: ReturnType<typeof openForWriting>) => void): void => {
    if (!recorded || !existsSync(path)) return;
    try {
      using(openForWriting(path), (store) => store.transaction(() => work(store), 'full'));
    } catch (error) {
      recorded = false;
      const reason = error instanceof Error ? error.message : String(error);
      printErr(`mem-db: the embedding call is not in the ledger: ${reason}`);
    }
  };
  return {
    begin: async (start) => {
      write((store) => beginCall(store, { start, limits: config.costControl, holder: identifyProcess() }));
      return { ok: true };
    },
    finish: async (end) => write((store) => finishCall(store, end)),
  };
}
