import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  attemptCalibrations,
  calibrate,
  chanceOf,
  expectedCalibrationError,
  flawless,
  type LabelledAnswer,
  learnedQuality,
  thresholdFor,
  upperBound,
} from '../../../router/learning/calibrate.ts';
import { calibrationError } from '../../../router/learning/calibration-error.ts';
import { discrimination } from '../../../router/learning/discrimination.ts';
import { seededRandom } from '../../../router/learning/evaluate.ts';
import { candidate, request } from '../quality-fixtures.ts';

/** Answers whose coherence tells something of their quality, with a critic of the given kind. */
function labelled(
  count: number,
  seed: number,
  critic: (good: boolean, random: () => number) => number | undefined,
): LabelledAnswer[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const good = random() < 0.7;
    const score = good === random() < 0.8 ? 1 : 0.3;
    return {
      type: 'summarize',
      checks: [{ name: 'grounding', group: 'coherence', score, hard: false, evidence: '' }],
      critique: critic(good, random),
      good,
    };
  });
}

function accepted(labels: readonly LabelledAnswer[], of: readonly LabelledAnswer[]): boolean[] {
  const learned = learnedQuality(calibrate(labels), undefined);
  return of.map((label) => {
    const critique =
      label.critique === undefined
        ? undefined
        : { score: label.critique, issues: [], model: 'm', callId: 'c', cost: 0 };
    const chance = learned.probability({
      request: request('x', { type: 'summarize' }),
      candidate: candidate('m'),
      text: '',
      checks: label.checks,
      critique,
    });
    return (chance ?? 0) >= 0.7;
  });
}

test('with a critic that always says yes, 500 answers are accepted exactly as without any', () => {
  const without = labelled(500, 1, () => undefined);
  const alwaysYes = without.map((label) => ({ ...label, critique: 1 }));
  const expected = accepted(without, without);
  assert.deepEqual(accepted(alwaysYes, alwaysYes), expected);
  assert.ok(expected.some(Boolean) && !expected.every(Boolean));
  assert.equal(learnedQuality(calibrate(alwaysYes), undefined).critiqueHelps('summarize'), false);
});

test('a critic that knows something is kept, one that guesses is dropped', () => {
  const knowing = labelled(500, 2, (good, random) => (good === random() < 0.85 ? 0.9 : 0.2));
  const guessing = labelled(500, 3, (_, random) => random());
  assert.equal(learnedQuality(calibrate(knowing), undefined).critiqueHelps('summarize'), true);
  assert.equal(learnedQuality(calibrate(guessing), undefined).critiqueHelps('summarize'), false);
  assert.equal(learnedQuality([], undefined).critiqueHelps('summarize'), true);
});

test('chances are calibrated on labels that were not fitted, and nothing is said on too few', () => {
  const [calibration] = calibrate(
    labelled(1000, 4, (good, random) => (good === random() < 0.85 ? 0.9 : 0.2)),
  );
  assert.ok(
    calibration !== undefined && calibration.calibrationError < 0.06,
    String(calibration?.calibrationError),
  );
  assert.deepEqual(calibrate(labelled(59, 5, () => 0.5)), []);
  assert.deepEqual(calibrate(labelled(200, 6, () => 0.5).map((label) => ({ ...label, good: true }))), []);
  assert.ok(expectedCalibrationError([{ chance: 0.9, good: false }]) > 0.89);
});

test('a threshold keeps its stated rate of wrong acceptances on fresh answers, in at least 90 of 100 tries', () => {
  const rate = 0.1;
  let kept = 0;
  let tries = 0;
  for (let seed = 0; seed < 100; seed++) {
    const critic = (good: boolean, random: () => number) => (good === random() < 0.9 ? 0.9 : 0.2);
    const [calibration] = calibrate(labelled(400, 100 + seed, critic));
    const choice = thresholdFor(calibration?.judged ?? [], rate);
    if (calibration === undefined || choice === undefined) continue;
    tries++;
    const learned = learnedQuality([calibration], undefined);
    const fresh = labelled(2000, 1000 + seed, critic);
    const taken = fresh.filter((label) => {
      const critique = { score: label.critique ?? 0, issues: [], model: 'm', callId: 'c', cost: 0 };
      const common = { request: request('x', { type: 'summarize' }), candidate: candidate('m'), text: '' };
      return (learned.probability({ ...common, checks: label.checks, critique }) ?? 0) >= choice.threshold;
    });
    if (taken.filter((label) => !label.good).length <= rate * taken.length) kept++;
  }
  assert.ok(tries >= 50, `${tries}`);
  assert.ok(kept >= 0.9 * tries, `${kept} of ${tries}`);
});

test('the upper bound of a share is that of Clopper and Pearson', () => {
  // 0 of 59: 1 - 0.05^(1/59) = 0.0495; 5 of 100: 0.1023 (tables).
  assert.ok(Math.abs(upperBound(0, 59) - 0.0495) < 1e-3);
  assert.ok(Math.abs(upperBound(5, 100) - 0.1023) < 1e-3);
  assert.equal(upperBound(3, 3), 1);
});

test('labels that say nothing of the answers teach no gate, whatever their calibration error', () => {
  let kept = 0;
  for (let seed = 0; seed < 40; seed++) {
    const random = seededRandom(500 + seed);
    const guessed = labelled(90, 300 + seed, () => undefined).map((label) => ({
      ...label,
      good: random() < 0.7,
    }));
    const [attempt] = attemptCalibrations(guessed);
    assert.ok(attempt !== undefined && attempt.calibration.calibrationError < 0.2);
    kept += calibrate(guessed).length;
  }
  // A one-sided 2.5 % would be one of forty.
  assert.ok(kept <= 3, `${kept} of 40 kept`);
  const [known] = attemptCalibrations(labelled(300, 8, () => undefined));
  assert.ok(known?.proven && known.discrimination.auc > 0.7, String(known?.discrimination.auc));
});

test('discrimination is the area under the ROC curve, ties counting half', () => {
  const judged = (rows: [number, boolean][]) =>
    discrimination(rows.map(([chance, good]) => ({ chance, good })));
  // Of the four pairs three in the right order and one tied.
  const rows: [number, boolean][] = [
    [0.9, true],
    [0.5, true],
    [0.5, false],
    [0.1, false],
  ];
  assert.equal(judged(rows).auc, 3.5 / 4);
  assert.equal(judged(rows.map(([, good]) => [0.7, good])).auc, 0.5);
  const constant = judged(Array.from({ length: 100 }, (_, i): [number, boolean] => [0.7, i % 3 > 0]));
  assert.deepEqual([constant.low, constant.high], [0.5, 0.5]);
  const many = judged(Array.from({ length: 400 }, (_, i): [number, boolean] => [i / 400, i % 4 > 0]));
  assert.ok(many.low < 0.5 && many.high > 0.5 && many.high - many.low < 0.15);
});

test('an answer that nobody criticised is judged as one with the usual critique, whoever gave it', () => {
  const critic = (good: boolean, random: () => number) =>
    random() < 0.3 ? undefined : good === random() < 0.9 ? 0.9 : 0.2;
  const labels = labelled(500, 9, critic).map((label) => ({
    ...label,
    // The worse ones went without a critique: that alone must not tell.
    good: label.critique === undefined ? label.good && label.checks[0]?.score === 1 : label.good,
  }));
  const [calibration] = calibrate(labels);
  assert.ok(calibration?.readsCritique);
  const flawlessAlone = flawless(calibration, false);
  assert.ok(flawlessAlone > chanceOf(calibration, { checks: [], critique: 0.2 }));
  assert.ok(flawlessAlone < flawless(calibration, true));
});

test('the interval of a calibration error holds its estimate, and reaches down to 0 where chance alone explains it', () => {
  const random = seededRandom(3);
  const drawn = (count: number, toMuch: number) =>
    calibrationError(
      Array.from({ length: count }, () => {
        const chance = 0.5 + 0.45 * random();
        return { chance, good: random() < chance - toMuch };
      }),
    );
  for (const count of [60, 160, 500]) {
    const right = drawn(count, 0);
    assert.ok((right.error ?? 0) > 0 && (right.high ?? 0) >= (right.error ?? 1), JSON.stringify(right));
    assert.equal(right.low, 0);
  }
  const wrong = drawn(500, 0.2);
  assert.ok(
    (wrong.low ?? 0) > 0.1 && (wrong.low ?? 1) < 0.2 && (wrong.high ?? 0) > 0.2,
    JSON.stringify(wrong),
  );
});
