import type { PersonalDataFinding } from '../types.ts';

/** A finding before it is told which text it was in. */
export type Found = Omit<PersonalDataFinding, 'source'>;

/** One is enough for a decision; a few more help `explain`. */
export const findingsPerKind = 5;
