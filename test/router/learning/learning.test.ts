import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { crossValidate } from '../../../router/learning/cross-validate.ts';
import { derivationOf } from '../../../router/learning/derivation.ts';
import {
  bootstrapApgr,
  evaluateRanking,
  oracleNeeds,
  seededRandom,
} from '../../../router/learning/evaluate.ts';
import { hashText } from '../../../router/learning/hashing.ts';
import { fitLogistic, predictLogistic } from '../../../router/learning/logistic.ts';
import { readLearned, rollBackLearned, writeLearned } from '../../../router/learning/model-file.ts';
import { prequentialNeeds } from '../../../router/learning/prequential.ts';
import { type RecordedLine, readRecorded, readScoreLines } from '../../../router/learning/recorded.ts';
import { fitPrior, fitRouterModel, predictNeed } from '../../../router/learning/router-model.ts';

/** Made-up outcomes: the weak model fails on what speaks of proofs, the strong one never. */
function madeUp(count: number, seed: number, signal = 0.9): RecordedLine[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const hard = random() < 0.4;
    const flipped = random() > signal;
    const correct = hard === flipped;
    const prompt = hard
      ? `Prove the lemma number ${i} about compact operators`
      : `Name the capital of country ${i}`;
    return {
      id: String(i),
      prompt,
      group: undefined,
      type: undefined,
      weak: { correct, response: undefined, critique: undefined },
      strong: { correct: true, response: undefined, critique: undefined },
    };
  });
}

test('logistic regression finds the weights that made the data, and the penalty holds them down', () => {
  const random = seededRandom(5);
  const rows = Array.from({ length: 4000 }, () => ({
    indices: Int32Array.from([0, 1]),
    values: Float64Array.from([random() * 4 - 2, random() * 4 - 2]),
  }));
  const targets = rows.map(({ values }) => {
    const z = 1.5 * (values[0] ?? 0) - 0.7 * (values[1] ?? 0) + 0.3;
    return random() < 1 / (1 + Math.exp(-z)) ? 1 : 0;
  });
  const free = fitLogistic(rows, targets, { features: 2, penalty: () => 0.01 });
  assert.ok(Math.abs((free.weights[0] ?? 0) - 1.5) < 0.15, String(free.weights));
  assert.ok(Math.abs((free.weights[1] ?? 0) + 0.7) < 0.15, String(free.weights));
  assert.ok(Math.abs(free.intercept - 0.3) < 0.15);
  const held = fitLogistic(rows, targets, { features: 2, penalty: () => 1e6 });
  assert.ok(Math.abs(held.weights[0] ?? 1) < 0.01);
  const share = targets.reduce<number>((sum, y) => sum + y, 0) / targets.length;
  assert.ok(
    Math.abs(
      predictLogistic(held, rows[0] ?? { indices: new Int32Array(), values: new Float64Array() }) - share,
    ) < 0.02,
  );
});

test('APGR is one half for chance, a constant and any order of ties, and the oracle is never beaten', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.double({ noNaN: true })), {
        minLength: 2,
        maxLength: 60,
      }),
      (rows) => {
        const records = rows.map(([weakCorrect, strongCorrect]) => ({ weakCorrect, strongCorrect }));
        const gap = oracleNeeds(records).reduce((sum, gain) => sum + gain, 0);
        const constant = evaluateRanking(
          rows.map(() => 0.5),
          records,
        );
        assert.equal(constant === undefined, gap === 0);
        if (constant === undefined || gap < 0) return;
        assert.ok(Math.abs(constant.apgr - 0.5) < 1e-9);
        const some = evaluateRanking(
          rows.map(([, , need]) => need),
          records,
        );
        const oracle = evaluateRanking(oracleNeeds(records), records);
        assert.ok((some?.apgr ?? 0) <= (oracle?.apgr ?? 0) + 1e-9);
        assert.ok(Math.abs((some?.curve.at(-1) ?? 0) - 1) < 1e-9);
      },
    ),
  );
});

test('APGR and CPT of a small case, worked by hand', () => {
  // Gap 2 of 4. Best first: the gains come at once, so PGR is 0, .5, 1, 1, 1.
  const records = [
    { weakCorrect: false, strongCorrect: true },
    { weakCorrect: false, strongCorrect: true },
    { weakCorrect: true, strongCorrect: true },
    { weakCorrect: false, strongCorrect: false },
  ];
  const result = evaluateRanking([0.9, 0.8, 0.2, 0.1], records);
  assert.deepEqual([result?.apgr, result?.cpt50, result?.cpt80], [0.7, 0.25, 0.5]);
  const [low, high] = bootstrapApgr([0.9, 0.8, 0.2, 0.1], records, 1, 200);
  assert.ok(low <= 0.7 && high >= 0.7);
});

test('what is learned from outcomes ranks new prompts, the same way every time', () => {
  const model = fitRouterModel(madeUp(300, 1));
  const fresh = madeUp(200, 2);
  const needs = fresh.map((line) => predictNeed(model, line.prompt, undefined)?.escalate ?? 0);
  const records = fresh.map((line) => ({ weakCorrect: line.weak.correct, strongCorrect: true }));
  assert.ok((evaluateRanking(needs, records)?.apgr ?? 0) > 0.7);
  const again = fitRouterModel(madeUp(300, 1));
  assert.deepEqual(
    needs,
    fresh.map((line) => predictNeed(again, line.prompt, undefined)?.escalate),
  );
  assert.ok(needs.every((need) => need >= 0 && need <= 1));
});

test('nothing is fitted on fewer lines than stated', () => {
  const model = fitRouterModel(madeUp(99, 1));
  assert.equal(model.prompt, undefined);
  assert.equal(predictNeed(model, 'x', undefined), undefined);
});

test('a planted leak shows as a score that chance cannot give; labels without signal score as chance does', () => {
  const random = seededRandom(9);
  const blind = madeUp(400, 3).map((line) => ({
    ...line,
    weak: { ...line.weak, correct: random() < 0.6 },
  }));
  const honest = crossValidate(blind, undefined)[0];
  assert.ok(honest !== undefined && honest.low < 0.5 && honest.high > 0.5, JSON.stringify(honest));
  // The same prompts, each line there twice: were the copies spread over the folds, the label could be looked up.
  const unique = blind.map((line, i) => ({ ...line, prompt: `${line.prompt} token${i}x` }));
  const doubled = crossValidate([...unique, ...unique], undefined)[0];
  assert.ok(
    doubled !== undefined && doubled.low < 0.5,
    `copies must share a fold: ${JSON.stringify(doubled)}`,
  );
  const leaking = blind.map((line) => ({
    ...line,
    prompt: `${line.prompt} ${line.weak.correct ? 'leakyes' : 'leakno'}`,
  }));
  const caught = crossValidate(leaking, undefined)[0];
  assert.ok(caught !== undefined && caught.low > 0.75, JSON.stringify(caught));
});

test('prequential: a line is predicted before it is learned from', () => {
  const lines = madeUp(400, 4);
  const needs = prequentialNeeds(
    lines,
    (line, model) => predictNeed(model, line.prompt, undefined)?.escalate,
  );
  assert.ok(needs.slice(0, 100).every((need) => need === 0.5));
  const changed = lines.map((line, i) =>
    i >= 300 ? { ...line, weak: { ...line.weak, correct: !line.weak.correct } } : line,
  );
  const others = prequentialNeeds(
    changed,
    (line, model) => predictNeed(model, line.prompt, undefined)?.escalate,
  );
  assert.deepEqual(needs.slice(0, 301), others.slice(0, 301));
});

test("a derivation's numbers are balanced: what is given is used, what is worked out is used or the answer", () => {
  const task = 'Dylan bought 38 sausages and 6 more pens than sausages. How many things did he buy in all?';
  const right = derivationOf(task, 'He bought 38 + 6 = 44 pens.\nSo 38 + 44 = 82 things.\n#### 82');
  assert.deepEqual(
    [right.unusedGiven, right.dangling, right.falseEquations, right.final, right.marked],
    [0, 0, 0, 82, true],
  );
  const wrong = derivationOf(task, 'He bought 38 + 5 = 44 pens.\nAnd 2 * 9 = 18.\n#### 44');
  assert.ok(
    wrong.falseEquations === 1 && wrong.unusedGiven === 1 && wrong.dangling === 1 && wrong.ungrounded > 0,
    JSON.stringify(wrong),
  );
  assert.equal(derivationOf(task, 'He bought 38 + 6 = <<38+').cut, true);
  assert.equal(derivationOf('Hi', 'Hello').equations.length, 0);
});

test('the model file round-trips, keeps the previous one, rolls back and back again, and refuses what it cannot read', () => {
  const folder = mkdtempSync(join(tmpdir(), 'swarmd-learn-'));
  try {
    const path = join(folder, 'learned.json');
    const provenance = {
      learnedAt: '2026-11-21T00:00:00.000Z',
      source: 'a.jsonl',
      sha256: 'x',
      lines: 300,
      swarmd: '0',
    };
    assert.equal(readLearned(path), undefined);
    assert.throws(() => rollBackLearned(path), /nothing was learned here/);
    const first = fitRouterModel(madeUp(300, 1), fitPrior(madeUp(200, 7)));
    writeLearned(path, { provenance, model: first, calibrations: [] });
    const restored = readLearned(path);
    for (const { prompt } of madeUp(20, 8)) {
      const [a, b] = [first, restored?.model ?? first].map(
        (model) => predictNeed(model, prompt, undefined)?.escalate ?? 0,
      );
      assert.ok(Math.abs((a ?? 0) - (b ?? 1)) < 1e-3);
    }
    assert.equal(rollBackLearned(path), undefined, 'before the first was what ships');
    assert.equal(readLearned(path), undefined);
    assert.equal(rollBackLearned(path)?.provenance.source, 'a.jsonl', 'the first was set aside, not lost');
    const second = fitRouterModel(madeUp(300, 2));
    // Once more the same: what is different stays the one to go back to.
    for (const learnedAt of ['2026-11-22T00:00:00.000Z', '2026-11-23T00:00:00.000Z'])
      writeLearned(path, {
        provenance: { ...provenance, learnedAt, source: 'b.jsonl' },
        model: second,
        calibrations: [],
      });
    assert.equal(rollBackLearned(path)?.provenance.source, 'a.jsonl');
    assert.equal(readLearned(path)?.provenance.source, 'a.jsonl');
    assert.equal(rollBackLearned(path)?.provenance.learnedAt, '2026-11-23T00:00:00.000Z');
    assert.ok(!/lemma|country/.test(readFileSync(path, 'utf8')), 'no prompt is in the file');
    writeFileSync(path, '{"format":"swarmd-learned","version":99}');
    assert.throws(() => readLearned(path), /cannot be read/);
    writeFileSync(path, '{"format":"swarmd-learned","version":2}');
    assert.throws(() => readLearned(path), /swarmd-learned 2 where swarmd-learned 3 is read/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a bad line is refused with its place, empty ones are skipped', () => {
  assert.equal(readScoreLines('\n{"id":1,"prompt":"x"}\n\n', 'f')[0]?.id, '1');
  for (const [text, place] of [
    ['{"id":"a"}', /f:1.prompt: missing/],
    ['{"id":"a","prompt":3}', /f:1.prompt: not a string/],
    ['nope', /f:1: not JSON/],
    ['[]', /f:1: not an object/],
  ] as const)
    assert.throws(() => readScoreLines(text, 'f'), place);
  assert.throws(() => readRecorded('{"id":"a","prompt":"x"}', 'f'), /f:1.weak: missing/);
  assert.throws(() => readRecorded('{"id":"a","prompt":"x","weak":{"correct":1}}', 'f'), /f:1.weak.correct/);
});

test('hashing is the same on every machine', () => {
  const { indices } = hashText('Hello, hello world 42');
  assert.deepEqual(
    [...indices].sort((a, b) => a - b),
    [...hashText('hello  HELLO world 17').indices].sort((a, b) => a - b),
  );
  assert.equal(indices.length, 6);
});
