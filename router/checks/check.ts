import type { Config } from '../../config/config.ts';
import type { CheckGroup, CheckResult } from '../types/assessment.ts';
import type { Generation } from '../types/call.ts';
import type { Request } from '../types.ts';
import type { ParsedAnswer } from './json.ts';

/** What every check looks at. A check never changes it and never calls a model. */
export interface CheckInput {
  request: Request;
  generation: Generation;
  /** The answer's own text: reasoning taken out, trimmed. */
  text: string;
  /** The JSON of the answer where a schema was asked for. */
  parsed: ParsedAnswer | undefined;
  settings: Config['qualityChecks'];
}

/** Says what it saw, or undefined where it does not apply to this task and answer. */
export type Check = (input: CheckInput) => CheckResult | undefined;

/** A check that applied and found nothing wrong. */
export function passed(name: string, group: CheckGroup, evidence = 'nothing found'): CheckResult {
  return { name, group, score: 1, hard: false, evidence };
}

/** Something is wrong, but it does not end the ladder. */
export function doubtful(name: string, group: CheckGroup, score: number, evidence: string): CheckResult {
  return { name, group, score, hard: false, evidence: oneLine(evidence) };
}

/** Something is wrong that no other merit makes good: the ladder ends, quality stays below the threshold. */
export function failed(name: string, group: CheckGroup, score: number, evidence: string): CheckResult {
  return { name, group, score, hard: true, evidence: oneLine(evidence) };
}

const longestEvidence = 160;

/** One line of at most 160 characters, control characters removed: evidence is shown in terminals and tables. */
export function oneLine(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length <= longestEvidence ? line : `${line.slice(0, longestEvidence - 1)}…`;
}
