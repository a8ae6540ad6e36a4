import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSimulator } from '../../../scripts/simulator/simulator.ts';
import { swarmd } from '../../support/swarmd-process.ts';
import { tempDir } from '../../support/temp.ts';

test('explain --dry-run counts near a bound, and with --embed asks the embedding model for the nearest examples', async (t) => {
  const simulator = await startSimulator({ speed: 0 });
  t.after(() => simulator.close());
  const dataDir = tempDir(t);
  writeFileSync(
    join(dataDir, 'swarmd.yaml'),
    `preset: specialists
tiers: { local_fast: { models: [llama-3.1-8b, all-minilm] } }
specialists:
  nearest_examples:
    model: all-minilm
    shipped_examples: false
    within_ms: 30000
    examples: [{ text: The gizmo refuses to frobnicate, kind: code }, { text: Who is it?, kind: simple }]
`,
  );
  const env = { OLLAMA_HOST: simulator.url };
  const prompt = 'My gizmo refuses to frobnicate today';
  const explain = (...more: string[]) => swarmd(['explain', '--dry-run', ...more], { dataDir, env });

  const dry = await explain(prompt);
  assert.equal(dry.status, 0, dry.stderr);
  assert.match(
    dry.stdout,
    /nearest-example: rules decide: the embedding model is not asked in a dry run without --embed/,
  );
  assert.equal(simulator.received().length, 0);

  const asked = await explain(prompt, '--embed');
  assert.equal(asked.status, 0, asked.stderr);
  assert.match(
    asked.stdout,
    /nearest-example: code, 1 of the \d nearest examples; nearest "The gizmo refuses/,
  );
  assert.match(asked.stdout, /policy specialists \(in force\): code query \(by its nearest examples/);
  assert.equal(simulator.received('ollama').length, 2);

  const chinese = await explain(
    '我们需要在不停机的情况下迁移数据库，请给出详细的步骤和风险评估。'.repeat(65),
  );
  assert.match(chinese.stdout, /tokens: \d+ counted, \d+ estimated, near the 2000 tokens of a long context/);

  const refused = await swarmd(['explain', '01KA0B', '--embed'], { dataDir, env });
  assert.equal(refused.status, 64);
  assert.match(refused.stderr, /--embed with --dry-run only/);
});
