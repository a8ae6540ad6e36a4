import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { agreement, byLength, score } from '../../../scripts/bench/obvious-prompts/score.ts';
import { isHeldOut, readSuite } from '../../../scripts/bench/obvious-prompts/suite.ts';

const root = join(import.meta.dirname, '../../..');
const folder = join(root, 'scripts/bench/obvious-prompts');

function copyOfSuite(): string {
  const copy = mkdtempSync(join(tmpdir(), 'obvious-'));
  cpSync(folder, copy, { recursive: true });
  return copy;
}

test('the suite has at least 300 different prompts, about a third of each class, 15 % not English, a third held out', () => {
  const { items } = readSuite(folder);
  assert.ok(items.length >= 300);
  assert.equal(new Set(items.map((item) => item.prompt)).size, items.length);
  for (const label of ['simple', 'moderate', 'complex'])
    assert.ok(items.filter((item) => item.labelA === label).length > items.length / 4, label);
  assert.ok(items.filter((item) => item.lang !== 'en').length >= 0.15 * items.length);
  const heldOut = items.filter((item) => item.heldOut).length / items.length;
  assert.ok(heldOut > 0.28 && heldOut < 0.39, String(heldOut));
});

test('a suite whose held-out ids changed after the split is refused', () => {
  const copy = copyOfSuite();
  try {
    const lines = readFileSync(join(copy, 'prompts.jsonl'), 'utf8').split('\n');
    const kept = lines.filter((line) => line === '' || !isHeldOut(JSON.parse(line).id));
    assert.ok(kept.length < lines.length);
    writeFileSync(join(copy, 'prompts.jsonl'), kept.join('\n'));
    assert.throws(() => readSuite(copy), /held-out ids hash to/);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test('with two label files the truth exists only where they agree', () => {
  const copy = copyOfSuite();
  try {
    const [first = '', ...others] = readFileSync(join(copy, 'labels-a.jsonl'), 'utf8').split('\n');
    const line = JSON.parse(first);
    line.label = line.label === 'simple' ? 'moderate' : 'simple';
    writeFileSync(join(copy, 'labels-b.jsonl'), [JSON.stringify(line), ...others].join('\n'));
    const suite = readSuite(copy);
    assert.equal(suite.labelledTwice, true);
    assert.deepEqual(
      suite.items.filter((item) => item.truth === undefined).map((item) => item.id),
      [line.id],
    );
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test("over-routing, under-routing and complex-to-simple are counted apart, and Cohen's kappa is the textbook's", () => {
  const result = score([
    { lang: 'en', truth: 'simple', said: 'simple' },
    { lang: 'en', truth: 'simple', said: 'complex' },
    { lang: 'de', truth: 'complex', said: 'simple' },
    { lang: 'de', truth: 'complex', said: 'moderate' },
  ]);
  assert.deepEqual(
    [result.accuracy, result.overRouted, result.underRouted, result.complexToSimple],
    [0.25, 0.25, 0.5, 1],
  );
  // 20 and 15 agreed of 50; margins 25/25 and 30/20: observed 0.7, by chance 0.5, kappa 0.4.
  const pairs = [
    ...Array.from({ length: 20 }, () => ['simple', 'simple'] as const),
    ...Array.from({ length: 5 }, () => ['simple', 'complex'] as const),
    ...Array.from({ length: 10 }, () => ['complex', 'simple'] as const),
    ...Array.from({ length: 15 }, () => ['complex', 'complex'] as const),
  ];
  assert.ok(Math.abs(agreement(pairs).kappa - 0.4) < 1e-12);
  const length = byLength([1, 2, 3, 4, 5, 6]);
  assert.deepEqual([1, 2, 3, 4, 5, 6].map(length), [
    'simple',
    'simple',
    'moderate',
    'moderate',
    'complex',
    'complex',
  ]);
});

test('the misses that the bench lists are all of the tuning part', () => {
  const out = execFileSync(process.execPath, [join(root, 'scripts/bench/obvious.ts'), '--json', '--misses'], {
    encoding: 'utf8',
  });
  const report = JSON.parse(out);
  assert.ok(Array.isArray(report.misses));
  assert.deepEqual(
    report.misses.filter((miss: { id: string }) => isHeldOut(miss.id)),
    [],
  );
  assert.equal(report.misses.length, report.tuning.classifier.items - report.tuning.classifier.right);
  for (const { id } of readSuite(folder).items.filter((item) => item.heldOut))
    assert.ok(!out.includes(id), `${id} is held out but named in the output`);
});
