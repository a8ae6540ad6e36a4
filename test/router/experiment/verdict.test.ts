import assert from 'node:assert/strict';
import { test } from 'node:test';
import { armOf, type Experiment, placeOf } from '../../../router/experiment/experiment.ts';
import { judgeRollout, type Tally } from '../../../router/experiment/verdict.ts';

const rollout: Experiment = {
  name: 'local_quality',
  kind: 'rollout',
  state: 'running',
  baseline: { name: 'baseline', settings: {} },
  tried: { name: 'rollout', settings: { first_tier: 'local_quality' } },
  steps: [
    { share: 0.1, since: 1_000 },
    { share: 0.5, since: null },
  ],
  minimumAnswers: 50,
  tolerance: 0.05,
  budget: 0,
  spent: 0,
  reserved: 0,
  startedAt: 1_000,
  endedAt: null,
  reason: null,
};
const of = (good: number, count: number): Tally => ({ good, count });
const arms = (
  tried: Tally,
  baseline: Tally,
  { sinceStep = tried.count, labels = [of(0, 0), of(0, 0)] as const } = {},
) => ({
  tried: { answers: tried, labels: labels[0], hardFailures: 0 },
  baseline: { answers: baseline, labels: labels[1], hardFailures: 0 },
  sinceStep,
});

test('it goes on with enough answers that are not below, and waits with too few in either arm', () => {
  assert.deepEqual(judgeRollout(rollout, arms(of(47, 50), of(95, 100))), {
    kind: 'advance',
    toStep: 1,
    reason:
      "answers accepted: 94.0 % (83.8 to 97.9) of 50, not below the baseline's 95.0 % (88.8 to 97.8) of 100",
  });
  assert.deepEqual(judgeRollout(rollout, arms(of(49, 49), of(95, 100))), {
    kind: 'wait',
    reason: '49 of 50 judged answers',
  });
  assert.deepEqual(judgeRollout(rollout, arms(of(50, 50), of(19, 19))), {
    kind: 'wait',
    reason: 'the baseline has 19 of 20 judged answers',
  });
  assert.equal(judgeRollout(rollout, arms(of(90, 100), of(95, 100), { sinceStep: 3 })).kind, 'wait');
});

test('it comes back only when the intervals are apart by more than the tolerance', () => {
  assert.equal(judgeRollout(rollout, arms(of(5, 20), of(95, 100))).kind, 'return');
  assert.equal(judgeRollout(rollout, arms(of(4, 19), of(95, 100))).kind, 'wait', 'too few to say');
  // Above 94.9 %, below 91.1 %: apart, but within five points.
  assert.equal(judgeRollout(rollout, arms(of(440, 500), of(485, 500))).kind, 'advance');
  assert.equal(judgeRollout({ ...rollout, tolerance: 0 }, arms(of(440, 500), of(485, 500))).kind, 'return');
});

test('labels bring it back though the gate accepts, where both arms have enough of them', () => {
  const accepted = [of(98, 100), of(98, 100)] as const;
  const labelled = (tried: Tally, baseline: Tally) =>
    judgeRollout(rollout, arms(...accepted, { labels: [tried, baseline] }));
  const verdict = labelled(of(8, 20), of(20, 20));
  assert.equal(verdict.kind, 'return');
  assert.match(verdict.reason, /^answers labelled good: 40\.0 %/);
  assert.equal(labelled(of(8, 20), of(19, 19)).kind, 'advance', 'the baseline has too few labels');
});

test('at the last step it is still watched', () => {
  const last = { ...rollout, steps: rollout.steps.map((step, at) => ({ ...step, since: at + 1 })) };
  assert.equal(judgeRollout(last, arms(of(98, 100), of(98, 100))).kind, 'wait');
  assert.equal(judgeRollout(last, arms(of(50, 100), of(98, 100))).kind, 'return');
});

test('the arm is the same for ever, follows the share, and grows without moving anybody out of it', () => {
  const ids = Array.from({ length: 5_000 }, (_, at) => `root-${at}`);
  const share = ids.filter((id) => placeOf('local_quality', id) < 0.1).length / ids.length;
  assert.ok(Math.abs(share - 0.1) < 0.015, `${share}`);
  const both = ids.filter((id) => placeOf('local_quality', id) < 0.1 && placeOf('other', id) < 0.1).length;
  assert.ok(both < 100, 'other experiments draw other actions');

  const grown = {
    ...rollout,
    steps: [rollout.steps[0], { share: 0.5, since: 2_000 }] as Experiment['steps'],
  };
  for (const id of ids.slice(0, 500)) {
    const before = armOf(rollout, id, 1_500)?.name;
    assert.equal(armOf(grown, id, 1_500)?.name, before, 'accepted before the step: where it was');
    if (before === 'rollout') assert.equal(armOf(grown, id, 2_500)?.name, 'rollout');
  }
  assert.equal(armOf(rollout, 'root-1', 500), undefined, 'accepted before it began');
  assert.equal(armOf({ ...rollout, state: 'returned' }, 'root-1', 1_500), undefined);
});
