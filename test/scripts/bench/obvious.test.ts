import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { agreement, byLength, score } from '../../../scripts/bench/obvious-prompts/score.ts';
import { readSuite } from '../../../scripts/bench/obvious-prompts/suite.ts';

const root = join(import.meta.dirname, '../../..');
const folder = join(root, 'scripts/bench/obvious-prompts');

function copyOfSuite(): string {
  const copy = mkdtempSync(join(tmpdir(), 'obvious-'));
  cpSync(folder, copy, { recursive: true });
  return copy;
}

test('the suite has at least 300 different prompts, about a third of each class, many languages and lengths, in both parts', () => {
  const { items } = readSuite(folder);
  assert.ok(items.length >= 300);
  const heldOut = items.filter((item) => item.heldOut);
  assert.ok(heldOut.length >= 0.28 * items.length, String(heldOut.length));
  for (const part of [heldOut, items.filter((item) => !item.heldOut)]) {
    for (const label of ['simple', 'moderate', 'complex'])
      assert.ok(part.filter((item) => item.labelA === label).length > part.length / 4, label);
    assert.ok(part.filter((item) => item.lang !== 'en').length >= 0.15 * part.length);
    assert.ok(new Set(part.map((item) => item.lang)).size >= 8);
  }
  // Length must not give the class away: long simple prompts and short complex ones occur.
  assert.ok(heldOut.filter((item) => item.labelA === 'simple' && item.prompt.length > 400).length >= 8);
  assert.ok(heldOut.filter((item) => item.labelA === 'complex' && item.prompt.length < 350).length >= 8);
});

test('a suite whose held-out prompts changed after they were committed is refused', () => {
  const changes: ((lines: readonly string[]) => string[])[] = [
    ([, ...others]) => others,
    ([first = '', ...others]) => [first.replace('"prompt": "', '"prompt": "Please: '), ...others],
    (lines) => [...lines, JSON.stringify({ id: 'ho-999', lang: 'en', prompt: 'one more' })],
  ];
  for (const change of changes) {
    const copy = copyOfSuite();
    try {
      const path = join(copy, 'prompts-held-out-3.jsonl');
      const lines = readFileSync(path, 'utf8').trim().split('\n');
      writeFileSync(path, change(lines).join('\n'));
      assert.throws(() => readSuite(copy), /held-out prompts hash to/);
    } finally {
      rmSync(copy, { recursive: true });
    }
  }
});

test('a held-out prompt that also occurs in the tuning part is refused', () => {
  const copy = copyOfSuite();
  try {
    const [heldOut = ''] = readFileSync(join(copy, 'prompts-held-out-3.jsonl'), 'utf8').split('\n');
    const path = join(copy, 'prompts.jsonl');
    const [first = '', ...others] = readFileSync(path, 'utf8').split('\n');
    const leaked = { ...JSON.parse(first), prompt: JSON.parse(heldOut).prompt };
    writeFileSync(path, [JSON.stringify(leaked), ...others].join('\n'));
    assert.throws(() => readSuite(copy), /a prompt occurs twice/);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test('with two label files of a part its truth exists only where they agree, with one it is the first label', () => {
  const copy = copyOfSuite();
  try {
    rmSync(join(copy, 'labels-b.jsonl'), { force: true });
    const [first = '', ...others] = readFileSync(join(copy, 'labels-a-held-out-3.jsonl'), 'utf8').split('\n');
    const line = JSON.parse(first);
    line.label = line.label === 'simple' ? 'moderate' : 'simple';
    writeFileSync(join(copy, 'labels-b-held-out-3.jsonl'), [JSON.stringify(line), ...others].join('\n'));
    const suite = readSuite(copy);
    assert.deepEqual(suite.labelledTwice, { tuning: false, heldOut: true });
    assert.deepEqual(
      suite.items.filter((item) => item.truth === undefined).map((item) => item.id),
      [line.id],
    );
    for (const item of suite.items.filter((one) => !one.heldOut)) assert.equal(item.truth, item.labelA);
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

function bench(...options: string[]): string {
  return execFileSync(process.execPath, [join(root, 'scripts/bench/obvious.ts'), ...options], {
    encoding: 'utf8',
  });
}

test('without --reveal the bench shows no held-out id, prompt or language, and the misses are all of the tuning part', () => {
  const heldOut = readSuite(folder).items.filter((item) => item.heldOut);
  const json = bench('--json', '--misses');
  const report = JSON.parse(json);
  assert.equal(report.misses.length, report.tuning.classifier.items - report.tuning.classifier.right);
  assert.equal(report.heldOut.prompts, heldOut.length);
  assert.equal(report.heldOutMisses, undefined);
  assert.deepEqual(Object.keys(report.heldOut.languages), ['en', 'other']);
  for (const out of [json, bench('--misses')])
    for (const { id, prompt } of heldOut) {
      // Not the assertion on the text itself: its message would print the prompt.
      assert.equal(out.includes(id), false, 'a held-out id is in the output');
      assert.equal(out.includes(prompt.slice(0, 30)), false, 'a held-out prompt is in the output');
    }
});

test('with --reveal the bench lists exactly what was wrong in the held-out part', () => {
  const report = JSON.parse(bench('--json', '--reveal'));
  const { items, right } = report.heldOut.classifier;
  // Not assert.equal on the lists: a failure would print held-out prompts.
  assert.equal(report.heldOutMisses.length, items - right);
  const heldOut = new Set(readSuite(folder).items.flatMap((item) => (item.heldOut ? [item.id] : [])));
  assert.ok(report.heldOutMisses.every((miss: { id: string }) => heldOut.has(miss.id)));
});
