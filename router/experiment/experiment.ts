/**
 * An experiment routes a share of the requests by other settings, and says which.
 *
 *   rollout  a tier goes first for a growing share; comes back by itself when its answers are worse
 *   ab       two sets of settings side by side
 *   shadow   other settings are tried after the real answer was given; nobody gets what they bring
 *
 * Who falls to which arm is a pure function of the record: the hash of the experiment's name and the root
 * action's id, against the share that was in force when the root was accepted. So retries and children stay
 * where their tree began, and no random number is drawn.
 */
import { createHash } from 'node:crypto';
import type { ArmSettings } from '../../config/arm-settings.ts';
import type { NanoUsd } from '../../config/money.ts';

export const experimentKinds = ['rollout', 'ab', 'shadow'] as const;
export type ExperimentKind = (typeof experimentKinds)[number];

/** `returned`: ended by itself because its answers were worse; `stopped`: by a person. */
export type ExperimentState = 'running' | 'returned' | 'stopped';

export interface ExperimentArm {
  name: string;
  settings: ArmSettings;
}

export interface ExperimentStep {
  /** 0..1 of the requests that fall to the tried arm. */
  share: number;
  /** When it came into force; null: not yet. */
  since: number | null;
}

export interface Experiment {
  name: string;
  kind: ExperimentKind;
  state: ExperimentState;
  /** The arm to compare with first; of a shadow it is what really happened. The tried one last. */
  baseline: ExperimentArm;
  tried: ExperimentArm;
  /** In their order; only a rollout has more than one. */
  steps: readonly ExperimentStep[];
  /** Judged answers of the tried arm before a rollout goes on to its next step. */
  minimumAnswers: number;
  /** So much lower may the tried arm's quality be, 0..1. */
  tolerance: number;
  /** Of a shadow: what its calls may cost, all together. */
  budget: NanoUsd;
  spent: NanoUsd;
  reserved: NanoUsd;
  startedAt: number;
  endedAt: number | null;
  /** Why it ended, or went to its step. */
  reason: string | null;
}

/** 0..1, the same for the same names for ever. */
export function placeOf(experiment: string, rootId: string): number {
  const hash = createHash('sha256').update(`${experiment}\0${rootId}`).digest();
  return hash.readUIntBE(0, 6) / 2 ** 48;
}

/** The share in force at a time; undefined before the experiment began. */
export function shareAt(experiment: Experiment, at: number): number | undefined {
  return experiment.steps.findLast((step) => step.since !== null && step.since <= at)?.share;
}

/** The step in force now, counted from 0. */
export function currentStep(experiment: Experiment): number {
  return experiment.steps.findLastIndex((step) => step.since !== null);
}

/**
 * The arm of a tree whose root was accepted at `acceptedAt`; undefined where it takes no part. Of a shadow only
 * the tried arm counts: the others simply happen.
 */
export function armOf(experiment: Experiment, rootId: string, acceptedAt: number): ExperimentArm | undefined {
  if (experiment.state !== 'running') return undefined;
  const share = shareAt(experiment, acceptedAt);
  if (share === undefined) return undefined;
  return placeOf(experiment.name, rootId) < share ? experiment.tried : experiment.baseline;
}
