import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openStore, type Store } from '../../memory/database.ts';
import { migrate } from '../../memory/migrations.ts';
import { temporaryDirectory } from './temporary-memory.ts';

/** A migrated file with one connection that writes, closed and gone after the test. */
export function temporaryStore(t: TestContext): Store {
  const store = openStore(join(temporaryDirectory(t), 'memory.db'), { mode: 'write', busyTimeoutMs: 1000 });
  t.after(() => store.close());
  migrate(store);
  return store;
}
