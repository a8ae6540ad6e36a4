import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../config/paths.ts';
import { callEnd, callStart, newAction, temporaryMemory } from '../memory/temporary-memory.ts';
import { tempDir } from '../support/temp.ts';

function report(home: string, ...args: string[]) {
  const run = spawnSync(process.execPath, [join(packageRoot(), 'scripts/swarmd.ts'), 'report', ...args], {
    cwd: home,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: home, XDG_CONFIG_HOME: home, SWARMD_HOME: home },
  });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

interface Row {
  target: string;
  value: number | null;
  verdict: string;
  sample: number;
}

test('without a record every target says that it has no data', (t) => {
  const { status, out } = report(tempDir(t));
  assert.equal(status, 0);
  assert.match(out, /36 targets of 29 figures: 0 met, 0 missed, 36 no data/);
  assert.match(
    out,
    /^targets of the design documents .* that this product was built from, none of them a setting of\nyours:/,
  );
});

test('a record of calls gets verdicts, and recent prompts are planned again to time the decision', async (t) => {
  const home = tempDir(t);
  const { memory } = await temporaryMemory(t, { path: join(home, 'memory.db'), now: () => Date.now() });
  await memory.actions.accept(newAction({ id: 'asked', input: { prompt: 'Refactor this monolith' } }));
  const at = Date.now() - 60_000;
  for (let number = 0; number < 25; number += 1) {
    const start = callStart({
      tier: 'local_fast',
      provider: 'ollama',
      model: 'phi3-mini',
      reserve: 0,
      startedAt: at,
    });
    await memory.ledger.begin(start);
    await memory.ledger.finish(
      callEnd(start.callId, { cost: 0, settlement: 'free', latencyMs: 150, finishedAt: at + 150 }),
    );
    memory.ledger.judge({
      callId: start.callId,
      quality: 0.9,
      accepted: number > 4,
      checks: [],
      reason: 'r',
    });
  }
  await memory.close();
  const { status, out, err } = report(home, '--json', '--since', '1h');
  assert.equal(status, 0, err);
  const rows: Row[] = JSON.parse(out).targets;
  const verdict = (target: string): string | undefined => rows.find((row) => row.target === target)?.verdict;
  assert.equal(verdict('p95 of local_fast under 200 ms'), 'met');
  assert.equal(verdict('mean quality above 0.8'), 'met');
  assert.equal(verdict('pass rate above 90 %'), 'missed');
  assert.equal(verdict('98 % local'), 'met');
  assert.equal(verdict('at most $1 a day'), 'met');
  assert.equal(verdict('p95 of api_fallback under 5 s'), 'no data');
  assert.equal(rows.find((row) => row.target === 'decision under 100 ms')?.sample, 1);
  const text = report(home, '--since', '1h').out;
  const [head = '', ...lines] = text.slice(text.indexOf('VALUE')).split('\n');
  assert.match(head, /^VALUE\s+CASES\s+NEEDED\s+VERDICT\s+TARGET/);
  const strictest = lines.findIndex((line) => line.includes('pass rate above 95 %'));
  assert.match(
    lines[strictest] ?? '',
    /^\s*80\.0 %\s+25\s+20\s+missed\s+pass rate above 95 %\s.*accepted over judged/,
  );
  assert.match(lines[strictest + 1] ?? '', /^\s+missed\s+pass rate above 90 %\s+design documents$/);
});

test('a time that is none is refused', (t) => {
  const { status, err } = report(tempDir(t), '--since', 'nonsense');
  assert.equal(status, 64);
  assert.match(err, /"nonsense" is not a time/);
});
