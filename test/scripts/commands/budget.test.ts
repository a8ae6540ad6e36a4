import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readUsageReport } from '../../../scripts/commands/usage-report-file.ts';
import { callEnd, callStart, temporaryMemory } from '../../memory/temporary-memory.ts';
import { swarmd } from '../../support/swarmd-process.ts';
import { tempDir } from '../../support/temp.ts';

test('a usage report is read from CSV and from JSON, and a bad line is named', (t) => {
  const read = (text: string) => {
    const file = join(tempDir(t), 'report');
    writeFileSync(file, text);
    return readUsageReport(file);
  };
  assert.deepEqual(read('Call_ID,note,cost_usd\r\n"a","say ""hi"", now",$0.01\nb,,2\n'), [
    { callId: 'a', cost: 10_000_000 },
    { callId: 'b', cost: 2_000_000_000 },
  ]);
  const sum = { day: '2026-11-21', model: 'gpt-5', cost: 500_000_000 };
  assert.deepEqual(read('day,model,cost_usd\n2026-11-21,gpt-5,0.5'), [sum]);
  assert.deepEqual(read('{"data":[{"day":"2026-11-21","model":"gpt-5","cost_usd":0.5}]}'), [sum]);
  assert.throws(() => read('[{"cost_usd":1}]'), /line 1 of the report names no call/);
  assert.throws(() => read('call_id,cost_usd\na,\n'), /line 1 of the report: cost_usd cannot be ""/);
  assert.throws(() => read('day,model,cost_usd\n21.11.2026,gpt-5,1'), /names no call/);
  assert.throws(() => read('{"a":'), /is no JSON/);
  assert.throws(() => readUsageReport('/nowhere'), /cannot read/);
});

test('budget lists an unknown call, settles it once, and refuses what cannot be, with stable exit codes', async (t) => {
  const dataDir = tempDir(t);
  const { memory } = await temporaryMemory(t, { path: join(dataDir, 'memory.db') });
  const call = callStart({ startedAt: Date.now(), reserve: 30_000_000 });
  await memory.ledger.begin(call);
  await memory.ledger.finish(callEnd(call.callId, { cost: 30_000_000, settlement: 'unknown' }));
  const budget = (...args: string[]) => swarmd(['budget', ...args], { dataDir });

  const shown = await budget('show');
  assert.match(shown.stdout, new RegExp(`${call.callId} .* \\$0\\.0300`));
  const settled = await budget('settle', call.callId, '--cost-usd', '0.01', '--json');
  assert.deepEqual(JSON.parse(settled.stdout).settled, [
    { call_id: call.callId, before_usd: 0.03, cost_usd: 0.01 },
  ]);
  assert.equal(memory.budget.status().spent, 10_000_000);
  const [again, typo, amount, nothing] = await Promise.all([
    budget('settle', call.callId, '--cost-usd', '0.01'),
    budget('set', 'dayly_budget', '3'),
    budget('set', 'max_share_per_call', '2'),
    budget('settle'),
  ]);
  assert.deepEqual([again.status, typo.status, amount.status, nothing.status], [1, 64, 64, 64]);
  assert.match(again.stderr, /its cost is known \(settled\)/);
  assert.match(typo.stderr, /did you mean "daily_budget"/);
});

test('budget alone shows, a mistyped word is refused, and only what exists gets a limit', async (t) => {
  const dataDir = tempDir(t);
  const budget = (...args: string[]) => swarmd(['budget', ...args], { dataDir });
  const plain = await budget();
  assert.equal(plain.status, 0, plain.stderr);
  assert.match(plain.stdout, /^budget day /);
  assert.equal(JSON.parse((await budget('--json')).stdout).daily_limit_usd, 10);
  const typo = await budget('shwo', '--json');
  assert.equal(typo.status, 64);
  assert.match(JSON.parse(typo.stderr || typo.stdout).error.message, /did you mean "show"/);
  const agent = await budget('set', 'agent_budgets.plannr', '1');
  assert.equal(agent.status, 64);
  assert.match(agent.stderr, /did you mean "planner"/);
  assert.equal((await budget('set', 'agent_budgets.plannr', 'default')).status, 0);
  assert.match((await budget('resume')).stderr, /it was not paused/);
  assert.match((await budget('pause', 'odd bill')).stderr, /waits for: swarmd budget resume/);
  const resumed = await budget('resume', '--json');
  assert.equal(JSON.parse(resumed.stdout).paused, null);
  assert.equal(resumed.stderr, '');
});

test('a limit set before the first simulated start leaves a directory that the start takes', async (t) => {
  const dataDir = tempDir(t);
  const set = await swarmd(['budget', 'set', 'daily_budget', '2', '--simulate'], { dataDir });
  assert.equal(set.status, 0, set.stderr);
  const run = await swarmd(['run', 'Say hello.', '--simulate'], { dataDir });
  assert.equal(run.status, 0, run.stderr);
});
