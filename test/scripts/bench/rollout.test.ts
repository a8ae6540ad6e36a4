import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../../config/paths.ts';

function bench(...args: string[]) {
  return spawnSync(process.execPath, [join(packageRoot(), 'scripts/bench/rollout.ts'), ...args], {
    encoding: 'utf8',
  });
}

test('the rollout bench says how it is used, and refuses what is no number of rollouts', () => {
  const help = bench('--help');
  assert.equal(help.status, 0, help.stderr);
  assert.match(help.stdout, /^node scripts\/bench\/rollout\.ts \[ROLLOUTS\]/);
  assert.doesNotMatch(help.stdout, /BASELINE/);
  for (const nonsense of [['many'], ['-5'], ['0'], ['1.5'], ['2', '3'], ['--fast'], ['']]) {
    const refused = bench(...nonsense);
    assert.equal(refused.status, 64, nonsense.join(' '));
    assert.match(refused.stderr, /is no number of rollouts\nnode scripts/);
    assert.equal(refused.stdout, '');
  }
});

test('with a few rollouts the bench prints a share for every pair', () => {
  const { status, stdout } = bench('2');
  assert.equal(status, 0);
  assert.doesNotMatch(stdout, /NaN/);
  assert.match(stdout, /^BASELINE +TRIED +RETURNED +AFTER\n0\.95 +0\.95 +\d/);
});
