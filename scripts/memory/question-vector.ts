import type { Store } from '../../memory/database.ts';
import { embeddedBy } from '../../memory/vectors.ts';
import type { EmbeddingModel } from './embedding-model.ts';
import { printErr } from './output.ts';

/** How a question becomes a vector; undefined, and said so once, where only words can be searched. */
export type QuestionVector = (text: string) => Promise<readonly number[] | undefined>;

const patienceMs = 30_000;

/** For `mem-db semantic` and the MCP server. `model` reads the configuration, when the first vector is asked for. */
export function createQuestionVector(store: Store, model: () => EmbeddingModel | undefined): QuestionVector {
  const said = new Set<string>();
  const wordsOnly = (reason: string): undefined => {
    if (!said.has(reason)) printErr(`mem-db: searching words only: ${reason}`);
    said.add(reason);
  };
  let configured: { model: EmbeddingModel | undefined } | undefined;
  return async (text) => {
    const embedded = embeddedBy(store);
    if (embedded === undefined) return wordsOnly('no entry has a vector (mem-db embed makes them)');
    try {
      configured ??= { model: model() };
      const { model: found } = configured;
      if (found === undefined) return wordsOnly('no embedding model is configured');
      if (found.name !== embedded)
        return wordsOnly(
          `the entries were embedded by ${embedded}, configured is ${found.name} (mem-db embed)`,
        );
      return (await found.embed('search', [text], AbortSignal.timeout(patienceMs)))[0];
    } catch (error) {
      return wordsOnly(error instanceof Error ? error.message : String(error));
    }
  };
}
