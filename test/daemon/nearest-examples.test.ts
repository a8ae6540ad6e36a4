import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestDaemon } from '../support/daemon.ts';

test('a daemon under policy specialists asks the embedding model first, and the record shows its call and its reason', async (t) => {
  const { daemon, simulator, run } = await startTestDaemon(t, {
    api: false,
    set: {
      preset: 'specialists',
      'tiers.local_fast.models': ['llama3-8b', 'all-minilm'],
      'tiers.local_quality.models': ['codestral-22b', 'mixtral-8x7b'],
      specialists: {
        simple: 'llama3-8b',
        code: 'codestral-22b',
        research: 'mixtral-8x7b',
        nearest_examples: {
          model: 'all-minilm',
          shipped_examples: false,
          examples: [
            { text: 'The gizmo refuses to frobnicate on Tuesdays', kind: 'code' },
            { text: 'Who is your favourite neighbour?', kind: 'simple' },
          ],
          within_ms: 20_000,
        },
      },
    },
  });
  const action = await run({ type: 'prompt', prompt: 'My gizmo refuses to frobnicate today' });
  assert.equal(action.status, 'completed');
  const signal = action.trail?.classification.signals.find(({ name }) => name === 'nearest-example');
  assert.match(signal?.evidence ?? '', /^code, 1 of the \d nearest examples; nearest "The gizmo refuses/);
  assert.equal(action.trail?.plan.candidates[0]?.model.name, 'codestral-22b');
  assert.match(action.trail?.plan.reason ?? '', /by its nearest examples/);
  const [embed, answer] = daemon.memory.calls.forAction(action.id);
  assert.deepEqual(
    [embed?.role, embed?.model, embed?.cost, answer?.role],
    ['embed', 'all-minilm', 0, 'answer'],
  );
  assert.equal(daemon.memory.calls.forAction('nearest-examples').length, 1);
  assert.equal(simulator.received('openai').length + simulator.received('anthropic').length, 0);
});
