import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { callEnd, callStart, newAction, temporaryMemory } from '../../memory/temporary-memory.ts';
import { tempDir } from '../../support/temp.ts';
import { swarmd } from './support.ts';

const check = (score: number) => [
  { name: 'length', group: 'completeness' as const, score, hard: false, evidence: '' },
];

/** Twenty actions: half answered locally at 0.75, half escalated from 0.5 to the API at 0.9 for a cent. */
async function ledger(t: TestContext) {
  const folder = tempDir(t);
  const { memory } = await temporaryMemory(t, { path: join(folder, 'data', 'memory.db') });
  const at = Date.now() - 3_600_000;
  for (let i = 0; i < 20; i++) {
    const action = newAction({ input: { prompt: `Summarize the report number ${i}` }, createdAt: at });
    await memory.actions.accept(action);
    const call = async (tier: 'local_fast' | 'api_fallback', quality: number, accepted: boolean) => {
      const start = callStart({
        origin: { actionId: action.id },
        tier,
        model: tier === 'local_fast' ? 'phi3-mini' : 'gpt-5',
        complexity: 'simple',
        reserve: tier === 'local_fast' ? 0 : 10_000_000,
        startedAt: at + i,
      });
      await memory.ledger.begin(start);
      await memory.ledger.finish(
        callEnd(start.callId, { cost: tier === 'local_fast' ? 0 : 10_000_000, finishedAt: at + i }),
      );
      memory.ledger.judge({ callId: start.callId, quality, accepted, checks: check(quality), reason: '' });
    };
    if (i % 2 === 0) await call('local_fast', 0.75, true);
    else {
      await call('local_fast', 0.5, false);
      await call('api_fallback', 0.9, true);
    }
  }
  await memory.labels.tally(0, 1);
  return (...args: string[]) => swarmd(['replay', ...args], { cwd: folder });
}

test('replay says what a lower and a higher threshold would have cost, exactly where the record has it', async (t) => {
  const run = await ledger(t);
  const lower = JSON.parse(run('--threshold', '0.4', '--json').stdout);
  assert.deepEqual([lower.actions, lower.exact, lower.estimated], [20, 20, 0]);
  assert.equal(lower.actual.cost_usd, 0.1);
  assert.deepEqual(lower.replayed.cost_usd, { value: 0, low: 0, high: 0 });
  assert.equal(lower.difference.cost_usd.value, -0.1);
  assert.deepEqual(lower.chance_of_good_from, { labelled: 0, calibrated: 0, stated: 30 });

  // Nobody planned an API model for the ten that passed locally: their plan is not in the record.
  const policy = JSON.parse(run('--threshold', '0.8', '--policy', 'tiers', '--json').stdout);
  assert.equal(policy.policy, 'tiers');
  assert.ok(policy.actions + policy.left_out.no_answer_of_a_model === 20);

  const text = run('--since', '7d', '--threshold', '0.4');
  assert.equal(text.status, 0, text.stderr);
  assert.match(run('--since', '0h').stdout, /^nothing to replay since 0h: no answer was judged in that time/);
  assert.match(text.stdout, /20 actions since 7d, threshold 0\.4, seed 1: 20 by their own record/);
  assert.match(text.stdout, /cost +\$0\.10 +\$0\.00 \[\$0\.00, \$0\.00\] +-\$0\.10/);
  assert.equal(run('--threshold', '0.4', '--json').stdout, run('--threshold', '0.4', '--json').stdout);
});

test('replay refuses a threshold that is none, and says when there is nothing to replay', async (t) => {
  const folder = tempDir(t);
  const run = (...args: string[]) => swarmd(['replay', ...args], { cwd: folder });
  assert.equal(run('--threshold', '7').status, 64);
  assert.equal(run('--policy', 'none').status, 64);
  const empty = run();
  assert.equal(empty.status, 0, empty.stderr);
  assert.match(empty.stdout, /nothing to replay since 7d/);
  const { actions, actual, replayed, difference } = JSON.parse(run('--json').stdout);
  assert.deepEqual([actions, actual, replayed, difference], [0, null, null, null]);
});

test('replay warns where more than a quarter of the actions are represented by another model', async (t) => {
  const run = await ledger(t);
  // The record has answers of phi3-mini only.
  const other = [
    '--policy',
    'tiers',
    '--set',
    'tiers.local_fast.models=["llama3-8b"]',
    '--set',
    'tiers.local_quality.models=[]',
  ];
  const borrowed = run(...other, '--json');
  assert.equal(borrowed.status, 0, borrowed.stderr);
  const shown = JSON.parse(borrowed.stdout);
  assert.ok(shown.of_these_by_another_model > shown.actions / 4, borrowed.stdout);
  assert.match(shown.warnings.join(), /represented by answers of another model of its tier/);
  assert.match(
    run(...other).stderr,
    /swarmd: WARNING: \d+ of \d+ actions would have asked a model of which no answer/,
  );

  const own = run('--threshold', '0.4', '--json');
  assert.deepEqual(JSON.parse(own.stdout).warnings, []);
  assert.doesNotMatch(own.stderr, /WARNING/);
});
