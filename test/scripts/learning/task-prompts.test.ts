import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { complexities } from '../../../config/config.ts';
import { packageRoot } from '../../../config/paths.ts';
import { taskModelFile } from '../../../router/classify/task-model.ts';
import { readSuite } from '../../../scripts/bench/obvious-prompts/suite.ts';
import { corpusHash, readBatches, readTuningPart } from '../../../scripts/learning/task-prompts.ts';

const batches = readBatches();
const { prompts } = batches;
const tuning = readTuningPart();

test('the corpus has all classes and many languages, and no placeholder is left', () => {
  for (const label of complexities) assert.ok(prompts.filter((one) => one.label === label).length > 500);
  assert.ok(new Set(prompts.map((one) => one.lang)).size >= 15);
  for (const { prompt } of prompts)
    assert.doesNotMatch(prompt, /\{(?:log|csv|prose|code|config|mail|diff)\}/);
});

test('no prompt of the suite is in the corpus', () => {
  const own = new Set(prompts.map((one) => one.prompt.trim().toLowerCase()));
  const suite = readSuite(join(packageRoot(), 'scripts/bench/obvious-prompts'));
  const shared = suite.items.filter((item) => own.has(item.prompt.trim().toLowerCase()));
  // Only how many: a held-out prompt is not shown, by a failing test either.
  assert.equal(shared.filter((item) => item.heldOut).length, 0);
  assert.deepEqual(
    shared.filter((item) => !item.heldOut).map((item) => item.id),
    [],
  );
});

test('of the suite only the tuning part is learned from', () => {
  const suite = readSuite(join(packageRoot(), 'scripts/bench/obvious-prompts'));
  const heldOut = new Set(suite.items.filter((item) => item.heldOut).map((item) => item.prompt));
  assert.equal(tuning.prompts.filter((one) => heldOut.has(one.prompt)).length, 0);
});

test('the model that ships was fitted on this corpus', () => {
  const file = readFileSync(join(packageRoot(), 'config', 'task-model.json'), 'utf8');
  const model = taskModelFile.parse(JSON.parse(file));
  assert.equal(model.provenance.sha256, corpusHash(batches, tuning));
  assert.equal(model.provenance.prompts, prompts.length + tuning.prompts.length);
});
