/**
 * The labels that routing itself gives: a hard failure of a check is a bad answer, and an answer that was
 * escalated is compared with the one of the higher tier that was accepted instead, where the two can be compared.
 */
import { tierNames } from '../config/config.ts';
import type { Journey, Judged } from './journey.ts';
import { compareAnswers } from './learning/agreement.ts';
import type { Assessment } from './types/assessment.ts';

/** Of the hard failures on the strong models' answers in the recorded sets 0.41 % were false (docs/quality.md). */
const checkConfidence = 0.99;

/** Called once for every judged answer, after the ledger has its judgement. */
export function labelAnswers(
  journey: Journey,
  judged: Judged,
  assessment: Assessment,
  accepted: boolean,
): void {
  const { labels, clock } = journey.parts;
  if (labels === undefined) return;
  const at = clock.now();
  const hard = assessment.checks.find((check) => check.hard);
  if (hard !== undefined) {
    labels.add({
      callId: judged.callId,
      label: 'bad',
      source: 'check',
      confidence: checkConfidence,
      note: hard.name,
      at,
    });
  }
  if (!accepted) {
    if (hard === undefined) journey.rejected.push(judged);
    return;
  }
  for (const before of journey.rejected) {
    if (!isHigher(judged, before)) continue;
    const found = compareAnswers(journey.request, before.answer, judged.answer);
    if (found === undefined) continue;
    labels.add({
      callId: before.callId,
      label: found.agrees ? 'good' : 'bad',
      source: 'escalation',
      confidence: found.confidence,
      note: `${found.agrees ? 'agrees' : 'differs'} with ${judged.candidate.model.name}`,
      at,
    });
  }
}

function isHigher(one: Judged, other: Judged): boolean {
  return tierNames.indexOf(one.candidate.model.tier) > tierNames.indexOf(other.candidate.model.tier);
}
