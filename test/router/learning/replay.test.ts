import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../router/learning/evaluate.ts';
import { type ReplayAction, type ReplayAnswer, replay } from '../../../router/learning/replay.ts';

const options = { maxEscalations: 2, seed: 1, rounds: 200 };

function answer(model: 'weak' | 'strong', quality: number, fields: Partial<ReplayAnswer> = {}): ReplayAnswer {
  return {
    model,
    tier: model === 'weak' ? 'local_fast' : 'api_fallback',
    quality,
    accepted: false,
    fails: false,
    good: quality,
    cost: model === 'weak' ? 1 : 100,
    inputTokens: 10,
    outputTokens: 5,
    ...fields,
  };
}

function action(answers: readonly ReplayAnswer[], threshold: number): ReplayAction {
  return {
    answers,
    threshold,
    candidates: ['weak', 'strong'],
    kinds: (model) => [model],
    standFor: (one) => one,
  };
}

function poolOf(actions: readonly ReplayAction[]): Map<string, ReplayAnswer[]> {
  return Map.groupBy(
    actions.flatMap((one) => one.answers),
    (one) => one.model,
  );
}

test('actions whose own record has every answer are replayed exactly, with no interval to speak of but the sample', () => {
  const escalated = (threshold: number) =>
    [0.5, 0.55, 0.6, 0.65].map((quality) =>
      action(
        [answer('weak', quality, { good: 1 }), answer('strong', 0.9, { accepted: true, good: 1 })],
        threshold,
      ),
    );
  const lower = replay(escalated(0.58), poolOf(escalated(0.58)), options);
  assert.deepEqual([lower.actions, lower.exact, lower.unknown], [4, 4, 0]);
  assert.equal(lower.actual.cost, 404);
  assert.equal(lower.replayed.cost.value, 204, 'two of four stay with the weak model');
  assert.equal(lower.difference.cost.value, -200);
  assert.equal(lower.replayed.api.value, 0.5);
  assert.equal(lower.replayed.good.value, 1);
  const same = replay(escalated(0.7), poolOf(escalated(0.7)), options);
  assert.deepEqual(
    [same.difference.cost.value, same.difference.cost.low, same.difference.cost.high],
    [0, 0, 0],
  );
});

test('a hard failure is rejected at any threshold, and the best answer is returned where none passes', () => {
  const failing = [action([answer('weak', 0.2, { fails: true }), answer('strong', 0.6, { good: 0.9 })], 0.1)];
  const found = replay(failing, new Map(), options);
  assert.deepEqual(
    [found.replayed.cost.value, found.replayed.api.value, found.replayed.degraded.value],
    [101, 1, 0],
  );
  const all = replay([{ ...failing[0], threshold: 0.95 } as ReplayAction], new Map(), options);
  assert.deepEqual([all.replayed.degraded.value, all.replayed.good.value], [1, 0.9]);
});

test('a model of which no answer is recorded leaves the action out, and that is said', () => {
  const alone = [action([answer('weak', 0.6, { accepted: true })], 0.8)];
  const found = replay(alone, poolOf(alone), options);
  assert.deepEqual([found.actions, found.unknown], [0, 1]);
});

test('a model that was never asked is represented by another of its tier, at its own price, and that is counted', () => {
  const local = [0.5, 0.6, 0.65, 0.5, 0.4].map((quality) =>
    action([answer('weak', quality), answer('strong', 0.9, { accepted: true })], 0.7),
  );
  const other = local.map((one) => ({
    ...one,
    candidates: ['newcomer'],
    kinds: (model: string) => [model, 'strong'],
    standFor: (one: ReplayAnswer, model: string) => ({
      ...one,
      model: model as 'weak',
      cost: one.outputTokens,
    }),
  }));
  const found = replay(other, poolOf(other), options);
  assert.deepEqual([found.actions, found.exact, found.borrowed], [5, 0, 5]);
  assert.equal(found.replayed.cost.value, 25);
  assert.equal(found.replayed.api.value, 1);
});

test('estimates hold the truth: in at least 90 of 100 worlds their interval has what really would have happened', () => {
  const world = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 120 }, () => {
      const good = random() < 0.7;
      const weak = answer('weak', good ? 0.6 + 0.4 * random() : 0.9 * random(), { good: good ? 1 : 0 });
      const right = random() < 0.95;
      const strong = answer('strong', 0.8 + 0.2 * random(), {
        good: right ? 1 : 0,
        cost: 50 + 100 * random(),
      });
      return { weak, strong };
    });
  };
  const then = 0.5;
  const now = 0.8;
  let held = 0;
  for (let seed = 0; seed < 100; seed++) {
    const truth = world(seed);
    const actions = truth.map(({ weak, strong }) =>
      action(
        weak.quality >= then ? [{ ...weak, accepted: true }] : [weak, { ...strong, accepted: true }],
        now,
      ),
    );
    const found = replay(actions, poolOf(actions), { ...options, seed });
    assert.ok(found.exact < found.actions);
    const cost = truth.reduce(
      (sum, { weak, strong }) => sum + 1 + (weak.quality >= now ? 0 : strong.cost),
      0,
    );
    if (found.replayed.cost.low <= cost && cost <= found.replayed.cost.high) held += 1;
  }
  assert.ok(held >= 90, `${held} of 100`);
});

test('the same seed gives the same figures, another one others', () => {
  const actions = Array.from({ length: 40 }, (_, i) =>
    i % 2 === 0
      ? action([answer('weak', 0.75, { accepted: true })], 0.8)
      : action([answer('weak', 0.3), answer('strong', 0.9, { accepted: true, cost: i })], 0.8),
  );
  const once = replay(actions, poolOf(actions), options);
  assert.deepEqual(replay(actions, poolOf(actions), options), once);
  assert.notDeepEqual(replay(actions, poolOf(actions), { ...options, seed: 2 }), once);
});

test('a figure lies within its own interval however rare the event, and how near the stand-ins are is counted', () => {
  const names = (model: string) => [`prompt simple ${model}`, `simple ${model}`, model];
  const passed = Array.from({ length: 20 }, () => ({
    ...action([answer('strong', 0.9, { accepted: true })], 0.7),
    candidates: ['weak'],
    kinds: names,
  }));
  const good = Array.from({ length: 400 }, (_, i) => answer('weak', i === 0 ? 0.1 : 0.9));
  for (const [kind, counted] of [
    ['prompt simple weak', { sameKind: 20, sameComplexity: 0, any: 0 }],
    ['simple weak', { sameKind: 0, sameComplexity: 20, any: 0 }],
    ['weak', { sameKind: 0, sameComplexity: 0, any: 20 }],
  ] as const) {
    // One draw in 400 meets the answer that fails.
    const found = replay(passed, new Map([[kind, good]]), { ...options, rounds: 20 });
    assert.deepEqual(found.representedBy, counted);
    for (const { value, low, high } of Object.values(found.replayed))
      assert.ok(low <= value && value <= high, JSON.stringify([low, value, high]));
  }
});
