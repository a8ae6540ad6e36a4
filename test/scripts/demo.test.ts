import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../config/paths.ts';
import { tempDir } from '../support/temp.ts';

test('the demo shows every promise on simulated models, ends well and leaves nothing behind', async (t) => {
  const folder = tempDir(t);
  const home = join(folder, 'home');
  const temporary = join(folder, 'tmp');
  mkdirSync(home);
  mkdirSync(temporary);
  // Its own process group: whatever it started and left running would still be in it.
  const child = spawn(
    process.execPath,
    [join(packageRoot(), 'scripts', 'swarmd.ts'), 'demo', '--speed', '0.02'],
    { cwd: home, env: { PATH: process.env.PATH, HOME: home, TMPDIR: temporary }, detached: true },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(status, 0, `${stderr}\n${stdout}`);
  assert.throws(() => process.kill(-(child.pid ?? 0), 0), { code: 'ESRCH' }, 'no process is left');
  assert.deepEqual(readdirSync(home), [], 'nothing is written to the home directory');
  assert.deepEqual(readdirSync(temporary), [], 'its data directory is gone');

  assert.match(stdout, /SIMULATED/);
  const row = (label: string) => new RegExp(`^ *([\\d.]+)  ${label} .*$`, 'm').exec(stdout)?.[0] ?? '';
  const why = (label: string) => new RegExp(`^ *[\\d.]+  ${label} .*\\n(.*)$`, 'm').exec(stdout)?.[1] ?? '';
  for (const label of [
    'sentiment',
    'JSON by schema',
    'summary',
    'proof',
    'sub-agents',
    'worker',
    'the same again',
  ])
    assert.match(row(label), /(LOCAL_FAST|LOCAL_QUALITY|API_FALLBACK) /, label);
  for (const tier of ['LOCAL_FAST', 'LOCAL_QUALITY', 'API_FALLBACK']) assert.ok(stdout.includes(tier));
  assert.match(row('private data'), / LOCAL_/);
  assert.match(why('private data'), /left out: privacy/);
  assert.match(stdout, / escalated +from /);
  assert.match(stdout, /then .* rejected: /);
  assert.match(why('the same again'), /from the cache/);
  assert.match(stdout, /parked +waits for \d+ sub-agents/);
  assert.match(stdout, /spent \$\d.*, against \$\d.* for the same tokens on claude-sonnet-5-5: \d+ % less/);
  assert.match(stdout, /\([\d,]+ tokens in × \$2 \+ [\d,]+ tokens out × \$10\) \/ 1,000,000 = \$/);
  assert.match(stdout, /^\[A\]\[llm_cost\] Tier: \w+, Cost: \$/m);
  assert.match(stdout, /^\[N\]\[llm_summary\] Today: \d+ calls, \$/m);
});

test('with --json the demo is one document, with every action, its cost and the comparison', async (t) => {
  const folder = tempDir(t);
  const child = spawn(
    process.execPath,
    [join(packageRoot(), 'scripts', 'swarmd.ts'), 'demo', '--speed', '0.02', '--json'],
    { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder } },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const status = await new Promise((resolve) => child.on('close', resolve));
  assert.equal(status, 0, stderr);
  assert.equal(stderr, '');
  assert.equal(stdout.trimEnd().split('\n').length, 1);
  const demo = JSON.parse(stdout) as {
    simulated: boolean;
    failed: number;
    actions: { label: string; status: string; tier: string; cost_usd: number }[];
    baseline: { usd: number; spent_usd: number } | null;
    budget: { spent_usd: number };
  };
  assert.equal(demo.simulated, true);
  assert.equal(demo.failed, 0);
  assert.ok(demo.actions.length > 20);
  assert.ok(demo.actions.every((action) => action.status === 'completed' && action.tier !== null));
  const sum = demo.actions.reduce((total, action) => total + action.cost_usd, 0);
  assert.ok(Math.abs(sum - demo.budget.spent_usd) < 1e-6, `${sum} of ${demo.budget.spent_usd}`);
  assert.ok(demo.baseline !== null && demo.baseline.usd > demo.baseline.spent_usd);
});
