/** The thread of `searcher.ts`: one connection that reads. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { openStore } from './database.ts';
import { type SearchRequest, searchEntries } from './search.ts';
import { describeSqliteError } from './sqlite-errors.ts';
import type { SearchResult } from './types/entries.ts';
import { type PackedError, packError } from './wire.ts';

export interface SearchReply {
  id: number;
  results?: SearchResult[];
  error?: PackedError;
}

const port = parentPort as MessagePort;
const { path } = workerData as { path: string };
const store = openStore(path, { mode: 'read', busyTimeoutMs: 5000 });

port.on('message', ({ id, request }: { id: number; request: SearchRequest }) => {
  let reply: SearchReply;
  try {
    reply = { id, results: searchEntries(store, request) };
  } catch (error) {
    reply = { id, error: packError(describeSqliteError(error, path)) };
  }
  port.postMessage(reply);
});
