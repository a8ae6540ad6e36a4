import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../router/learning/evaluate.ts';
import { fitGrove, predictGrove } from '../../../router/learning/grove.ts';

const options = { trees: 3, leastRows: 1, triedShare: 1, mostTopics: 0, linesPerTopic: 50 };

test('leaves grow with the lines, so that what is kept stays bounded', () => {
  const random = seededRandom(1);
  const examples = Array.from({ length: 6000 }, (_, i) => ({ signals: { x: i }, task: '' }));
  const targets = examples.map(() => ({ weakFails: random(), strongRight: undefined }));
  const { forest } = fitGrove(examples, targets, options);
  const leaves = forest.features.filter((feature) => feature < 0).length;
  assert.ok(leaves > 300 && leaves <= 3 * 2000, `${leaves} leaves in three trees`);
  assert.equal(forest.outputs, 1, 'nobody recorded the stronger model');
});

test('topics of the task are seen beside the signals', () => {
  const examples = Array.from({ length: 200 }, (_, i) => ({
    signals: { x: 1 },
    task: i % 2 === 0 ? `force and mass of body ${i}` : `contract law in court ${i}`,
  }));
  const targets = examples.map((_, i) => ({ weakFails: i % 2, strongRight: i % 4 === 0 ? undefined : 1 }));
  const grove = fitGrove(examples, targets, { ...options, trees: 20, leastRows: 5, mostTopics: 3 });
  const fails = (task: string) => predictGrove(grove, { signals: { x: 1 }, task }).weakFails;
  const [law, physics] = [fails('contract law in court'), fails('force and mass of body')];
  assert.ok(law > 0.8 && physics < 0.2, JSON.stringify([law, physics]));
  assert.equal(predictGrove(grove, { signals: { x: 1 }, task: 'x' }).strongRight, 1);
});
