import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { packageRoot } from '../../config/paths.ts';

const folder = mkdtempSync(join(tmpdir(), 'swarmd-forecast-'));
after(() => rmSync(folder, { recursive: true }));

function forecast(...args: string[]): { status: number | null; out: string; err: string } {
  const run = spawnSync(process.execPath, [join(packageRoot(), 'scripts/swarmd.ts'), 'forecast', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, XDG_CONFIG_HOME: folder, SWARMD_HOME: folder },
  });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

test('swarmd forecast prints the scenarios, bars and what became of each claim', () => {
  const { status, out } = forecast('--model', 'claude-sonnet-5-5');
  assert.equal(status, 0);
  for (const expected of ['87.1 %', '86 %', '74.6 %', '█', 'reproduced', 'arithmetic', 'no data']) {
    assert.ok(out.includes(expected), `${expected} in\n${out}`);
  }
});

test('as JSON it has numbers, and a machine that costs something changes the net savings', () => {
  const args = ['--json', '--model', 'claude-sonnet-5-5', '--scenario', 'heavy'];
  const free = JSON.parse(forecast(...args).out);
  const rented = JSON.parse(forecast(...args, '--gpu-month', '50').out);
  assert.equal(free.scenarios.length, 1);
  assert.equal(free.scenarios[0].savings, rented.scenarios[0].savings);
  assert.ok(rented.scenarios[0].net_savings < free.scenarios[0].net_savings);
  // 442,500 tokens a day for 30 days, a quarter of them out, at $2 and $10 a million.
  assert.equal(free.scenarios[0].api_only_usd, 53.1);
});

test('a traffic histogram decides the token threshold’s claims', () => {
  const file = join(folder, 'traffic.txt');
  writeFileSync(file, '3880 980\n10000 20\n');
  const { claims } = JSON.parse(forecast('--json', '--model', 'claude-sonnet-5-5', '--histogram', file).out);
  const verdicts = claims
    .filter((claim: { source: string }) => claim.source === 'ADR-006')
    .map((claim: { verdict: string }) => claim.verdict);
  assert.deepEqual(verdicts, ['reproduced', 'wrong', 'reproduced']);
});

test('what is wrong is named: scenario, share, histogram line', () => {
  assert.match(forecast('--scenario', 'huge').err, /no scenario is called "huge"[\s\S]*light, medium, heavy/);
  assert.match(forecast('--output-share', '2').err, /between 0 and 1/);
  const file = join(folder, 'broken.txt');
  writeFileSync(file, '500 1\nmany\n');
  const broken = forecast('--histogram', file);
  assert.equal(broken.status, 64);
  assert.match(broken.err, /line 2 of the histogram must be two whole numbers/);
});
