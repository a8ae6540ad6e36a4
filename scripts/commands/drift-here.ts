import type { Store } from '../../memory/database.ts';
import { driftLines } from '../../router/learning/drift.ts';
import { readLearned } from '../../router/learning/model-file.ts';
import { learnedPath } from './learned-file.ts';
import type { CommonOptions } from './settings.ts';

/** What a daemon would say of drift, from the files; nothing where what was learned cannot be read. */
export async function driftHere(store: Store, options: CommonOptions): Promise<string[]> {
  const { drift } = await import('../../memory/report/quality.ts');
  try {
    return driftLines(drift(store, readLearned(learnedPath(options)), Date.now()));
  } catch {
    // `swarmd report` and the daemon's log say why; a status must be shown all the same.
    return [];
  }
}
