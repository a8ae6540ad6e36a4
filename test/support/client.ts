import { addClient, type ClientScope, newToken, tokenHash } from '../../memory/clients.ts';
import { openStore, type Store } from '../../memory/database.ts';
import type { Identity } from '../../memory/types/entries.ts';
import type { Privacy } from '../../router/types.ts';

/** Changes the memory's file as another process would, while a daemon runs on it. */
export function changeMemory(path: string, change: (store: Store) => void): void {
  const store = openStore(path, { mode: 'write', busyTimeoutMs: 5000 });
  try {
    store.transaction(() => change(store));
  } finally {
    store.close();
  }
}

/** Makes a client as `swarmd clients add` does; returns its token. */
export function makeClient(
  memoryPath: string,
  name: string,
  given: { scopes?: readonly ClientScope[]; privacy?: Privacy } & Omit<Identity, 'client'> = {},
): string {
  const token = newToken();
  const { scopes = ['read', 'submit'], privacy = 'any', ...its } = given;
  const identity = { client: name, ...its };
  changeMemory(memoryPath, (store) =>
    addClient(store, { identity, tokenHash: tokenHash(token), scopes, privacy, at: Date.now() }),
  );
  return token;
}
