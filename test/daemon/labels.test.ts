import assert from 'node:assert/strict';
import { test } from 'node:test';
import { swarmd } from '../scripts/commands/support.ts';
import { startTestDaemon } from '../support/daemon.ts';
import { until } from '../support/until.ts';

test('answers that escalation compares are labelled, and hard failures, and what a person says', async (t) => {
  // The critic rejects every local answer, so that each is followed by one of the API that can be compared.
  const { daemon, run, dataDir } = await startTestDaemon(t, {
    simulator: { critic: 'nay_sayer' },
    set: { 'routing.policy': 'tiers', 'routing.action_tier_overrides': { prompt: 'local_quality' } },
  });
  const asked = Array.from(
    { length: 12 },
    (_, i) => `Is ${101 + 2 * i} a prime number? Explain nothing: answer with yes or no only.`,
  );
  for (const prompt of asked) await run({ type: 'prompt', prompt });
  const prose = await run({ type: 'prompt', prompt: 'Describe in two sentences how bees make honey.' });
  const { labels, calls } = daemon.memory;
  await until('a comparison', () => labels.list({ source: 'escalation' }).length > 0);

  const compared = labels.list({ source: 'escalation' });
  assert.ok(compared.length >= 6, `${compared.length} of 12 were compared`);
  for (const label of compared) {
    assert.equal(label.tier, 'local_quality');
    assert.equal(label.accepted, false);
    assert.ok(label.checks !== null && label.checks.length > 0 && label.critique !== null);
    const weak = calls.forAction(label.actionId).find((call) => call.id === label.callId);
    assert.equal(weak?.quality, label.quality);
  }
  assert.ok(
    compared.some((label) => label.label === 'good'),
    'a right answer that the critic rejected agrees with the strong one',
  );
  assert.deepEqual(labels.list({ source: 'escalation', actionId: prose.id }), [], 'prose cannot be compared');
  for (const label of labels.list({ source: 'check' })) {
    assert.equal(label.label, 'bad');
    assert.ok(label.checks?.some((check) => check.hard));
  }

  // The command writes beside the running daemon, which sees it at once.
  const env = { SWARMD_HOME: dataDir };
  const said = swarmd(['feedback', prose.id, 'good', '--json'], { cwd: dataDir, env });
  assert.equal(said.status, 0, said.stderr);
  const told = JSON.parse(said.stdout);
  assert.deepEqual([told.action_id, told.label, told.replaced], [prose.id, 'good', null]);
  const again = swarmd(['feedback', prose.id, 'bad', '--note', 'too short'], { cwd: dataDir, env });
  assert.match(again.stdout, /^bad: .* instead of good/);
  const [feedback, ...more] = labels.list({ source: 'feedback' });
  assert.equal(more.length, 0, 'a second feedback replaces the first');
  assert.deepEqual(
    [feedback?.callId, feedback?.label, feedback?.note, feedback?.model],
    [told.call_id, 'bad', 'too short', prose.model],
  );

  const explained = swarmd(['explain', prose.id], { cwd: dataDir, env }).stdout;
  assert.match(explained, /labelled bad by feedback: too short/);

  assert.equal(swarmd(['feedback', 'nothing', 'good'], { cwd: dataDir, env }).status, 1);
  assert.equal(swarmd(['feedback', prose.id, 'great'], { cwd: dataDir, env }).status, 64);
});
