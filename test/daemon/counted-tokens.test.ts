import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestDaemon } from '../support/daemon.ts';

const chinese = '我们需要在不停机的情况下迁移数据库，请给出详细的步骤和风险评估。';
const sentence = 'The river rose and fell with the rain of the season. ';

test('near the threshold a daemon counts the tokens, says so in the record, and ends all the same', async (t) => {
  const { run } = await startTestDaemon(t, {
    set: {
      'routing.policy': 'token-threshold',
      'hybrid.threshold_tokens': 1_150,
      'tiers.local_fast.models': ['mistral-7b'],
      'tiers.local_quality.models': ['mixtral-8x7b'],
    },
  });
  const near = await run({ type: 'prompt', prompt: chinese.repeat(40) });
  const tokens = near.trail?.classification.signals.find(({ name }) => name === 'tokens');
  assert.match(tokens?.evidence ?? '', /^\d+ counted, \d+ estimated, near hybrid.threshold_tokens \(1150\)$/);
  assert.equal(near.trail?.classification.tokensCounted, true);
  assert.match(near.trail?.plan.reason ?? '', /local first/);
  const far = await run({ type: 'prompt', prompt: 'What is 2+2?' });
  assert.equal(
    far.trail?.classification.signals.some(({ name }) => name === 'tokens'),
    false,
  );
});

test('a prompt that fills more than half of a window is answered within the room that is left', async (t) => {
  const { daemon, simulator, run } = await startTestDaemon(t, { api: false });
  // 4,096 tokens hold it, but not with the 2,048 that phi3-mini may answer with.
  const action = await run({ type: 'prompt', model: 'phi3-mini', prompt: sentence.repeat(190) });
  const [call] = daemon.memory.calls.forAction(action.id);
  assert.deepEqual(
    [call?.model, call?.outcome],
    ['phi3-mini', 'ok'],
    call?.errorMessage ?? action.error?.message,
  );
  const sent = JSON.parse(simulator.received('ollama')[0]?.body ?? '{}');
  assert.equal(sent.options.num_ctx, 4_096);
  assert.ok(sent.options.num_predict >= 256 && sent.options.num_predict < 2_048, sent.options.num_predict);
});
