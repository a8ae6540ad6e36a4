import { type Complexity, complexities } from '../../config/config.ts';
import type { CheckResult } from '../types/assessment.ts';
import { type Calibration, chanceOf } from './calibrate.ts';

/** One judged answer of the ledger: what the gate saw and said. */
export interface JudgedAnswer {
  type: string;
  complexity: Complexity;
  /** As the gate stated it then; its meaning changes when a calibration comes into force. */
  quality: number;
  checks: readonly CheckResult[];
  critique: number | undefined;
}

/** The answers of a period, counted. Two periods can be compared where both were counted by the same calibrations. */
export interface AnswerPeriod {
  since: number;
  until: number;
  answers: number;
  /** Of them so many reach `threshold`. */
  passed: number;
  threshold: number;
  complexity: Readonly<Record<Complexity, number>>;
  /** By quality, in ten bins from 0 to 1. */
  quality: readonly number[];
}

/**
 * What an answer's quality is by these calibrations, whenever it was judged: so that answers from before and
 * after a change of the gate can be compared.
 */
export function qualityBy(
  calibrations: ReadonlyMap<string, Calibration>,
  answer: Omit<JudgedAnswer, 'complexity'>,
): number {
  const calibration = calibrations.get(answer.type);
  // A hard failure ends the ladder before anything is calibrated.
  if (calibration === undefined || answer.checks.some((check) => check.hard)) return answer.quality;
  return chanceOf(calibration, answer);
}

export function countPeriod(
  answers: readonly JudgedAnswer[],
  calibrations: readonly Calibration[],
  about: { since: number; until: number; threshold: number },
): AnswerPeriod {
  const byType = new Map(calibrations.map((calibration) => [calibration.type, calibration]));
  const complexity = Object.fromEntries(complexities.map((name) => [name, 0])) as Record<Complexity, number>;
  const quality = Array.from({ length: 10 }, () => 0);
  let passed = 0;
  for (const answer of answers) {
    const value = qualityBy(byType, answer);
    const bin = Math.min(9, Math.max(0, Math.floor(value * 10)));
    quality[bin] = (quality[bin] ?? 0) + 1;
    complexity[answer.complexity] += 1;
    if (value >= about.threshold) passed += 1;
  }
  return { ...about, answers: answers.length, passed, complexity, quality };
}
