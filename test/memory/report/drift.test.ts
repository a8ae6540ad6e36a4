import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Complexity } from '../../../config/config.ts';
import { openStore } from '../../../memory/database.ts';
import { drift } from '../../../memory/report/quality.ts';
import type { LearnedFile } from '../../../router/learning/model-file.ts';
import { callEnd, callStart, noon, temporaryMemory } from '../temporary-memory.ts';

const hour = 3_600_000;
const learned: LearnedFile = {
  provenance: {
    learnedAt: new Date(noon).toISOString(),
    source: 'ledger',
    sha256: '',
    lines: 0,
    swarmd: '0',
  },
  model: { prompt: undefined, answer: undefined },
  calibrations: [],
  // As the router before it classified them: all simple.
  period: {
    since: 0,
    until: noon,
    answers: 400,
    passed: 400,
    threshold: 0.7,
    complexity: { simple: 400, moderate: 0, complex: 0 },
    quality: [0, 0, 0, 0, 0, 0, 0, 0, 0, 400],
  },
};

test('a mix of complexity is compared with what the same learned file classified, never with an older one', async (t) => {
  const { memory, path } = await temporaryMemory(t);
  const answers = async (count: number, complexity: Complexity, at: number) => {
    for (let i = 0; i < count; i++) {
      const call = callStart({ complexity, reserve: 0, startedAt: at + i });
      await memory.ledger.begin(call);
      // The writer keeps the order: once the end is written, so is this.
      memory.ledger.judge({ callId: call.callId, quality: 0.95, accepted: true, checks: [], reason: '' });
      await memory.ledger.finish(callEnd(call.callId, { cost: 0, settlement: 'free', finishedAt: at + i }));
    }
  };
  const store = openStore(path, { mode: 'read', busyTimeoutMs: 1000 });
  t.after(() => store.close());
  const complexity = (file: LearnedFile) =>
    drift(store, file, noon + 3 * hour).find((row) => row.what === 'mix of complexity')?.verdict;
  await answers(200, 'complex', noon + 1);
  assert.equal(complexity(learned), 'no data', 'learning itself is no drift');
  await answers(120, 'complex', noon + hour);
  assert.equal(complexity(learned), 'steady');
  await answers(300, 'simple', noon + 2 * hour);
  assert.equal(complexity(learned), 'drift', 'other work is one');
  const restored = { ...learned, restoredAt: noon + 2.5 * hour };
  assert.deepEqual(
    drift(store, restored, noon + 3 * hour).map((row) => row.verdict),
    ['no data', 'no data', 'no data', 'no data'],
    'nor is a rollback',
  );
});
