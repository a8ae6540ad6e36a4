import { statSync } from 'node:fs';
import { type Learned, learnedFrom } from '../router/learning/learned.ts';
import { readLearned } from '../router/learning/model-file.ts';
import type { Clock } from '../router/types/outside.ts';
import type { Logger } from './logger.ts';

const lookEveryMs = 5000;

/**
 * What was learned, read again when the file changes: `swarmd learn` and `--rollback` take effect on a running
 * daemon within seconds. A file that cannot be read is said once and left out.
 */
export function learnedFile(
  path: string,
  clock: Clock,
  logger: Logger,
  explorationShare: () => number,
): () => Learned | undefined {
  let known: Learned | undefined;
  let stamp = 'never looked';
  let lookAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock.now();
    if (now < lookAt) return known;
    lookAt = now + lookEveryMs;
    const stat = statSync(path, { throwIfNoEntry: false });
    const current = stat === undefined ? 'absent' : `${stat.mtimeMs} ${stat.ino} ${stat.size}`;
    if (current === stamp) return known;
    stamp = current;
    try {
      const file = readLearned(path);
      known = file === undefined ? undefined : learnedFrom(file, explorationShare);
      if (file !== undefined)
        logger.info({ source: file.provenance.source, lines: file.provenance.lines }, 'learned');
    } catch (error) {
      known = undefined;
      logger.warn({ err: error }, 'what was learned is left out');
    }
    return known;
  };
}
