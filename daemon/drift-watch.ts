import type { Memory } from '../memory/types/memory.ts';
import { type DriftRow, driftLines } from '../router/learning/drift.ts';
import type { Learned } from '../router/learning/learned.ts';
import type { Clock } from '../router/types/outside.ts';
import type { Logger } from './logger.ts';

export interface DriftWatch {
  /** Compares now; a warning is logged for what was not noticed before. */
  look(): void;
  /** What is noticed, a line each, as of at most a minute ago. */
  noticed(): readonly string[];
}

const freshForMs = 60_000;

/** Looks now and again whether the answers have changed since the gate was calibrated. */
export function createDriftWatch(given: {
  learned: () => Learned | undefined;
  memory: Pick<Memory, 'learning'>;
  clock: Clock;
  logger: Logger;
}): DriftWatch {
  const { learned, memory, clock, logger } = given;
  let rows: readonly DriftRow[] = [];
  let told = new Set<string>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let lookedWith: Learned | undefined;

  function look(): void {
    const known = learned();
    lookedAt = clock.now();
    lookedWith = known;
    rows = known === undefined ? [] : memory.learning.drift(known.file, lookedAt);
    const drifting = rows.filter((row) => row.verdict === 'drift');
    const fresh = drifting.filter((row) => !told.has(row.what));
    told = new Set(drifting.map((row) => row.what));
    if (fresh.length === 0) return;
    const about = driftLines(fresh).join('; ');
    logger.warn(
      { alert: 'drift', learned: known?.file.provenance.learnedAt },
      `answers have changed since the gate was calibrated (${about}); see swarmd report, then swarmd learn`,
    );
  }

  return {
    look,
    noticed() {
      if (clock.now() - lookedAt >= freshForMs || learned() !== lookedWith) look();
      return driftLines(rows);
    },
  };
}
