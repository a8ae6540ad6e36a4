import type { Complexity, TierName } from '../../config/config.ts';
import type { DriftRow } from '../../router/learning/drift.ts';
import type { LearnedFile } from '../../router/learning/model-file.ts';
import type { CheckResult } from '../../router/types/assessment.ts';
import type { AnswerLabel, LabelSource } from '../../router/types/outside.ts';

/** What is known of the truth of answers, and what was learned from it. */

/** A new label; the features of the answer are taken from its row in the ledger. */
export type NewLabel = AnswerLabel;

/** What is known of one answer's truth, by one source, with what the gate saw. No text of prompt or answer. */
export interface LabelRecord extends Omit<NewLabel, 'note'> {
  actionId: string;
  type: string;
  complexity: Complexity;
  tier: TierName;
  model: string;
  quality: number | null;
  accepted: boolean | null;
  checks: readonly CheckResult[] | null;
  /** The critique's score; null where nobody was asked. */
  critique: number | null;
  note: string | null;
}

export interface LabelFilter {
  /** Given at or after this, and before `until`. */
  since?: number;
  until?: number;
  type?: string;
  source?: LabelSource;
  actionId?: string;
  /** `answer`: one label an answer, the surest of several; `label` (default): each of them. */
  each?: 'label' | 'answer';
  limit?: number;
}

export interface LabelTally {
  source: LabelSource;
  label: NewLabel['label'];
  count: number;
}

export interface Labels {
  /** Adds a label, or replaces the one this source gave this answer before. False: the ledger has no such answer. */
  add(label: NewLabel): Promise<boolean>;
  /** Oldest first. */
  list(filter?: LabelFilter): LabelRecord[];
  tally(since: number, until: number): LabelTally[];
}

/** What the ledger says of what was learned. */
export interface Learning {
  /** Have answers changed since the gate was calibrated? */
  drift(learned: LearnedFile, now: number): DriftRow[];
}
