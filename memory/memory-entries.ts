import { SwarmdError } from '../config/errors.ts';
import { ask } from './ask.ts';
import { conflictsWith, directives } from './curate.ts';
import type { Store } from './database.ts';
import { getEntry } from './entries.ts';
import { newerEntries } from './entry-query.ts';
import { parseQuery } from './grammar.ts';
import { maySee, visibleTo } from './identity.ts';
import { searchEntries } from './search.ts';
import type { Searcher } from './searcher.ts';
import { todoContext } from './todo.ts';
import type { Entries } from './types/entries.ts';
import { embeddedBy, embeddingState, entriesToEmbed } from './vectors.ts';
import type { Writer } from './writer.ts';

/** Rows that a read on the event loop may compare one by one. */
const maxScan = 5_000;
const embedBatch = 64;

/** The entries as the daemon and its agents use them. */
export function entriesOf(store: Store, writer: Writer, searcher: Searcher, now: () => number): Entries {
  return {
    write: (entry, identity) => writer.run('writeEntry', { entry, now: now(), identity }),
    query: (terms, at, identity) => {
      const query = parseQuery(terms, at);
      const number = query.count ? 'count' : query.by === undefined ? undefined : 'by';
      if (number !== undefined) {
        throw new SwarmdError('USAGE', `${number} asks for numbers, and entries are listed here`, {
          where: number,
          allowed: 'mem-db query or the MCP tool memory_query for numbers',
        });
      }
      const answer = ask(store, query, { maxScan, now: at, identity });
      return answer.kind === 'entries' ? answer.entries : [];
    },
    get: (id, identity) => {
      const entry = getEntry(store, id);
      return entry !== undefined && maySee(identity, entry) ? entry : undefined;
    },
    search: async (text, { limit, identity, vector }) => {
      const request = { text, limit, identity, vector, now: now() };
      // Words take a few milliseconds; vectors ten times that, which the event loop does not have.
      return vector === undefined ? searchEntries(store, request) : await searcher.search(request);
    },
    newer: (after, terms, identity) =>
      newerEntries(store, parseQuery(terms, now()), after, visibleTo(identity)),
    directives: (identity, limit) => directives(store, identity, limit),
    conflicts: (entry, identity) => conflictsWith(store, entry, identity),
    supersede: async (id, by, identity) => {
      const replacement = typeof by === 'number' ? { byId: by } : { by };
      return (await writer.run('supersedeEntry', { id, ...replacement, now: now(), identity })).replacement;
    },
    confirm: (id, by) => writer.run('confirmEntry', { id, by, now: now() }),
    claimTodo: (claim) => writer.run('claimTodo', { ...claim, now: now() }),
    closeTodo: (close) => writer.run('closeTodo', { ...close, text: close.text, now: now() }),
    todoContext: (id, identity) => todoContext(store, id, identity),
    embeddedBy: () => embeddedBy(store),
    embeddings: (model, after) => embeddingState(store, model, after),
    embedMissing: async ({ model, after = 0, batchSize = embedBatch, embed, signal, progress }) => {
      let { embedded, missing } = embeddingState(store, model, after);
      let done = 0;
      let before = Number.MAX_SAFE_INTEGER;
      while (signal?.aborted !== true) {
        const entries = entriesToEmbed(store, model, batchSize, { after, before });
        if (entries.length === 0) break;
        const vectors = await embed(entries.map((entry) => entry.text));
        if (vectors === undefined) break;
        const stored = await writer.run('storeEmbeddings', {
          model,
          vectors: entries.flatMap(({ id }, index) => {
            const vector = vectors[index];
            return vector === undefined ? [] : [{ id, vector }];
          }),
        });
        before = entries.at(-1)?.id ?? before;
        done += stored;
        embedded += stored;
        missing -= stored;
        progress?.(embedded, missing);
      }
      return done;
    },
  };
}
