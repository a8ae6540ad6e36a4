import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { calibrate } from '../../../router/learning/calibrate.ts';
import { readLearned, rollBackLearned, writeLearned } from '../../../router/learning/model-file.ts';
import { tempDir } from '../../support/temp.ts';

const child = fileURLToPath(new URL('killed-child.ts', import.meta.url));

/** What each source teaches is different. */
function learn(path: string, source: string): void {
  const labels = Array.from({ length: 80 }, (_, i) => ({
    type: source,
    checks: [],
    critique: i / 80,
    good: i >= 20 === (i % 7 !== 0),
  }));
  writeLearned(path, {
    provenance: { learnedAt: '2026-11-21T00:00:00.000Z', source, sha256: source, lines: 3, swarmd: '0' },
    model: { prompt: undefined, answer: undefined },
    calibrations: calibrate(labels),
  });
}

/** `a` was learned, then `b`; now something is killed at each of its steps in turn. */
function killedAtEachStep(t: TestContext, what: 'learn' | 'rollback', check: (path: string) => void): number {
  for (let step = 1; ; step++) {
    const path = join(tempDir(t), 'learned.json');
    learn(path, 'a');
    learn(path, 'b');
    const { signal, status, stderr } = spawnSync(process.execPath, [child, what, path, String(step)], {
      encoding: 'utf8',
    });
    if (signal === null) {
      assert.equal(status, 0, stderr);
      return step - 1;
    }
    assert.equal(signal, 'SIGKILL');
    check(path);
    assert.deepEqual(
      readdirSync(join(path, '..')).filter((name) => /new|aside/.test(name)),
      [],
      `step ${step}: nothing is left lying about`,
    );
  }
}

const sourceOf = (path: string) => readLearned(path)?.provenance.source;

test('killed at any step of learning, what was known or what was learned is there, and the next learn works', (t) => {
  const steps = killedAtEachStep(t, 'learn', (path) => {
    const now = sourceOf(path);
    assert.ok(now === 'b' || now === 'c', now);
    learn(path, 'd');
    assert.equal(sourceOf(path), 'd');
    assert.equal(rollBackLearned(path)?.provenance.source, now, 'back to what was there');
  });
  assert.ok(steps >= 5, `${steps} steps`);
});

test('killed at any step of a rollback, one of the two is there, and the next rollback leads to the other', (t) => {
  const steps = killedAtEachStep(t, 'rollback', (path) => {
    const now = sourceOf(path);
    assert.ok(now === 'a' || now === 'b', now);
    assert.equal(rollBackLearned(path)?.provenance.source, now === 'a' ? 'b' : 'a');
    assert.equal(rollBackLearned(path)?.provenance.source, now);
  });
  assert.ok(steps >= 5, `${steps} steps`);
});

test('what a rollback of an older version left when it was killed is put back', (t) => {
  const path = join(tempDir(t), 'learned.json');
  learn(path, 'a');
  learn(path, 'b');
  renameSync(path, `${path}.aside`);
  writeFileSync(`${path}.new`, '{"format":');
  assert.equal(rollBackLearned(path)?.provenance.source, 'a');
  assert.equal(rollBackLearned(path)?.provenance.source, 'b', 'which stood aside and was nearly lost');
});
