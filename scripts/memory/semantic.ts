import { readFileSync } from 'node:fs';
import { exitCodes, SwarmdError } from '../../config/errors.ts';
import type { Store } from '../../memory/database.ts';
import { listLine } from '../../memory/entry-lines.ts';
import { toJson } from '../../memory/entry-rows.ts';
import { meanRecall, readQuestions } from '../../memory/recall.ts';
import { searchEntries } from '../../memory/search.ts';
import type { SearchResult } from '../../memory/types/entries.ts';
import { embeddingState, entriesToEmbed, storeEmbeddings } from '../../memory/vectors.ts';
import { embeddingModel } from './embedding-model.ts';
import { wholeNumber } from './numbers.ts';
import { openForReading, openForWriting } from './open.ts';
import { type CommandContext, takeOptions } from './options.ts';
import { printErr, printJson, printOut, printSafe } from './output.ts';
import { createQuestionVector, type QuestionVector } from './question-vector.ts';
import { hintUnspaced } from './unspaced.ts';

const batchSize = 64;

/** Gives every entry a vector of the configured model; entries that have one are left alone. */
export const embed = {
  async run(context: CommandContext): Promise<number> {
    const { values } = takeOptions(context.words, { values: ['limit'], atMost: 0 });
    const model = embeddingModel(process.env, context.path);
    if (model === undefined) {
      throw new SwarmdError('MODEL_UNAVAILABLE', 'no embedding model is configured', {
        where: 'tiers',
        allowed: 'a model of kind embedding on your own hardware in a tier, such as qwen3-embedding',
      });
    }
    let left = values.has('limit')
      ? wholeNumber(values.get('limit') ?? '', '--limit')
      : Number.MAX_SAFE_INTEGER;
    const store = openForWriting(context.path);
    try {
      const { missing } = embeddingState(store, model.name);
      const wanted = Math.min(missing, left);
      let done = 0;
      let before = Number.MAX_SAFE_INTEGER;
      while (left > 0) {
        const entries = entriesToEmbed(store, model.name, Math.min(batchSize, left), { before });
        if (entries.length === 0) break;
        const vectors = await model.embed(
          'entries',
          entries.map((entry) => entry.text),
          AbortSignal.timeout(300_000),
        );
        const input = {
          model: model.name,
          vectors: entries.flatMap((entry, index) => {
            const vector = vectors[index];
            return vector === undefined ? [] : [{ id: entry.id, vector }];
          }),
        };
        done += store.transaction(() => storeEmbeddings(store, input));
        left -= entries.length;
        before = entries.at(-1)?.id ?? before;
        printErr(`mem-db: ${done} of ${wanted} entries embedded by ${model.name}`);
      }
      if (context.json) printJson({ model: model.name, embedded: done, missing: missing - done });
      else printSafe(`${done} entries embedded by ${model.name}, ${missing - done} to go`);
      return exitCodes.ok;
    } finally {
      store.close();
    }
  },
};

/** `semantic "how do we log in?" [--limit N]`, or `semantic --eval FILE`. */
export async function run(context: CommandContext): Promise<number> {
  const { values, flags, rest } = takeOptions(context.words, {
    values: ['limit', 'eval'],
    flags: ['text-only'],
  });
  const limit = wholeNumber(values.get('limit') ?? '10', '--limit');
  const store = openForReading(context.path);
  try {
    const vectorOf = flags.has('text-only')
      ? undefined
      : createQuestionVector(store, () => embeddingModel(process.env, context.path));
    const file = values.get('eval');
    if (file !== undefined) return await evaluate(store, file, limit, vectorOf, context);
    const text = rest.join(' ');
    if (text.trim() === '') {
      throw new SwarmdError('USAGE', 'what is asked for?', {
        where: 'text',
        allowed: 'mem-db semantic "how do we log in?"',
      });
    }
    hintUnspaced(text);
    const vector = await vectorOf?.(text);
    for (const result of searchEntries(store, { text, vector, limit, now: context.now }))
      show(result, context);
    return exitCodes.ok;
  } finally {
    store.close();
  }
}

function show(result: SearchResult, context: CommandContext): void {
  const { entry, score, wordRank, vectorRank } = result;
  if (context.json)
    printJson({ ...toJson(entry), score, word_rank: wordRank ?? null, vector_rank: vectorRank ?? null });
  else printSafe(listLine(entry, context.now));
}

/** Recall of the user's own questions: lines of `{"question": "…", "ids": [1, 2]}` or `{"question", "text"}`. */
async function evaluate(
  store: Store,
  file: string,
  limit: number,
  vectorOf: QuestionVector | undefined,
  context: CommandContext,
): Promise<number> {
  const found: boolean[] = [];
  for (const { question, matches } of readQuestions(readFileSync(file, 'utf8'), file)) {
    const vector = await vectorOf?.(question);
    const results = searchEntries(store, { text: question, vector, limit, now: context.now });
    found.push(results.some((result) => matches(result.entry)));
  }
  const { recall, low, high } = meanRecall(found);
  if (context.json) printJson({ questions: found.length, limit, recall, low, high });
  else {
    printOut(
      `recall@${limit} ${recall.toFixed(3)} (95 % interval ${low.toFixed(3)} to ${high.toFixed(3)}) over ${found.length} questions`,
    );
  }
  return exitCodes.ok;
}
