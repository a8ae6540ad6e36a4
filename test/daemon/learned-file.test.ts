import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import pino from 'pino';
import { learnedFile } from '../../daemon/learned-file.ts';
import { classify } from '../../router/classify.ts';
import { rollBackLearned, writeLearned } from '../../router/learning/model-file.ts';
import { fitRouterModel } from '../../router/learning/router-model.ts';
import { request } from '../router/quality-fixtures.ts';

const lines = Array.from({ length: 200 }, (_, i) => {
  const hard = i % 2 === 0;
  return {
    id: String(i),
    prompt: hard ? `Prove the lemma ${i} about compact operators` : `Name the capital of country ${i}`,
    group: undefined,
    type: undefined,
    weak: { correct: !hard, response: undefined, critique: undefined },
    strong: undefined,
  };
});

test('what was learned steers classification from the next look on, and a broken file is left out', () => {
  const folder = mkdtempSync(join(tmpdir(), 'swarmd-learned-'));
  try {
    const path = join(folder, 'learned.json');
    let now = 0;
    const clock = { now: () => now, sleep: async () => {} };
    const warnings: unknown[] = [];
    const logger = pino({ level: 'warn' }, { write: (line: string) => void warnings.push(line) });
    const learned = learnedFile(path, clock, logger, () => 0.05);
    const look = () => {
      now += 10_000;
      return learned();
    };
    assert.equal(look(), undefined);

    const provenance = {
      learnedAt: '2026-11-21T00:00:00Z',
      source: 'a',
      sha256: '',
      lines: 200,
      swarmd: '0',
    };
    writeLearned(path, { provenance, model: fitRouterModel(lines), calibrations: [] });
    const score = look()?.score;
    assert.ok(score !== undefined);
    const judge = (text: string, actionId: string) =>
      classify(request(text, { origin: { actionId } }), { learned: score });
    const ids = Array.from({ length: 200 }, (_, i) => `action-${i}`);
    const hard = ids.map((id) => judge('Prove the lemma 12 about compact operators', id));
    const easy = judge('Name the capital of country 13', 'action-1');
    const byLearning = hard.filter((one) => one.signals.some((signal) => signal.name === 'learned'));
    assert.ok(
      byLearning.length > 180 && byLearning.length < 200,
      `${byLearning.length}: one in twenty explores`,
    );
    assert.ok(byLearning.every((one) => one.score > 0.5 && one.score > easy.score));
    const foreign = judge('Wie wird das Wetter morgen in Ulm an der Donau', 'action-1');
    assert.ok(!foreign.signals.some((signal) => signal.name === 'learned'), 'nothing like it was seen');

    writeFileSync(path, 'not json');
    assert.equal(look(), undefined);
    assert.equal(look(), undefined);
    assert.equal(warnings.length, 1);

    writeLearned(path, { provenance, model: fitRouterModel(lines), calibrations: [] });
    writeLearned(path, { provenance, model: fitRouterModel(lines.slice(0, -20)), calibrations: [] });
    assert.notEqual(rollBackLearned(path), undefined, 'to what was learned last, not to the broken file');
    assert.notEqual(look(), undefined);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
