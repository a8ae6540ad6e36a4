/** `swarmd explain --dry-run` sees the limits and rules that a real action of that type, agent and client would meet. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { swarmd } from '../../support/swarmd-process.ts';
import { tempDir } from '../../support/temp.ts';

interface Plan {
  candidates: { model: string }[];
  excluded: { model: string; rule: string; reason: string }[];
}

/** What is left out of the plan for want of money, and the models that are not. */
async function planOf(dataDir: string, ...args: string[]) {
  const { status, stdout, stderr } = await swarmd(
    [
      'explain',
      '--dry-run',
      'Prove that there are infinitely many primes',
      '--policy',
      'tiers',
      '--json',
      '--set',
      'cost_control.api=on',
      ...args,
    ],
    { dataDir, env: { OPENAI_API_KEY: 'x', ANTHROPIC_API_KEY: 'x' } },
  );
  assert.equal(status, 0, stderr);
  const { plans } = JSON.parse(stdout) as { plans: Plan[] };
  const [plan] = plans;
  assert.ok(plan !== undefined);
  const reasons = (rule: string) => plan.excluded.filter((one) => one.rule === rule).map((one) => one.reason);
  return {
    models: plan.candidates.map(({ model }) => model),
    budget: reasons('budget'),
    privacy: reasons('privacy'),
  };
}

test('a limit of the type, the agent or the client takes the paid models out of a dry run, as of the action itself', async (t) => {
  const dataDir = tempDir(t);
  const tiny = (setting: string) => ['--set', `cost_control.${setting}=0.000001`];
  assert.deepEqual((await planOf(dataDir)).budget, []);
  const byType = await planOf(dataDir, '--type', 'summarize', ...tiny('type_budgets.summarize'));
  assert.match(byType.budget.join(), /daily budget of the type summarize/);
  assert.deepEqual((await planOf(dataDir, ...tiny('type_budgets.summarize'))).budget, []);
  const byAgent = await planOf(dataDir, '--agent', 'worker', ...tiny('agent_budgets.worker'));
  assert.match(byAgent.budget.join(), /daily budget of the agent worker/);
  const byClient = await planOf(dataDir, '--client', 'ci', ...tiny('client_budgets.ci'));
  assert.match(byClient.budget.join(), /daily budget of the client ci/);
  assert.deepEqual((await planOf(dataDir, ...tiny('client_budgets.ci'))).budget, []);
  // Without a record, too.
  assert.match((await planOf(dataDir, ...tiny('daily_budget'))).budget.join(), /the daily budget of/);
  assert.equal(existsSync(join(dataDir, ':memory:')), false, 'a dry run leaves no file where it stands');
});

test('what is paused, private by its client, or of an unknown client is so in a dry run', async (t) => {
  const dataDir = tempDir(t);
  assert.equal((await swarmd(['clients', 'add', 'diary', '--privacy', 'local'], { dataDir })).status, 0);
  const plan = await planOf(dataDir, '--client', 'diary');
  assert.match(plan.privacy.join(), /client diary is private/);
  assert.equal((await swarmd(['budget', 'pause'], { dataDir })).status, 0);
  assert.match((await planOf(dataDir)).budget.join(), /API spending is paused/);
  const unknown = await swarmd(['explain', '--dry-run', 'x', '--client', 'dairy'], { dataDir });
  assert.equal(unknown.status, 64);
  assert.match(unknown.stderr, /there is no client "dairy" \(did you mean "diary"\?\)/);
});

test('a dry run as JSON has the keys of an explained action, all in snake_case', async (t) => {
  const { status, stdout, stderr } = await swarmd(
    ['explain', '--dry-run', 'Write to anna@example.org that 4111 1111 1111 1111 is my card', '--json'],
    { dataDir: tempDir(t) },
  );
  assert.equal(status, 0, stderr);
  const shown: { classification: Record<string, unknown> } = JSON.parse(stdout);
  const camelCase: string[] = [];
  JSON.stringify(shown, (key, value) => {
    if (/[A-Z]/.test(key)) camelCase.push(key);
    return value;
  });
  assert.deepEqual(camelCase, []);
  for (const key of ['input_tokens', 'expected_output_tokens', 'quality_critical', 'personal_data'])
    assert.ok(key in shown.classification, key);
  assert.match(JSON.stringify(shown.classification.personal_data), /"masked"/);
});
