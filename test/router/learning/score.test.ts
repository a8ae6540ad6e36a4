import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assess } from '../../../router/assess.ts';
import type { RecordedLine } from '../../../router/learning/recorded.ts';
import { fitRouterModel } from '../../../router/learning/router-model.ts';
import { notRun, type ScoreContext, scoreLine } from '../../../router/learning/score.ts';
import { candidate, config, generation, model, request } from '../quality-fixtures.ts';

const tiers = { local_fast: [model('small', true)], local_quality: [], api_fallback: [] };

function scoring(of: Partial<ScoreContext> = {}): ScoreContext {
  return {
    model: { prompt: undefined, answer: undefined },
    ownModel: false,
    config: { ...config(), tiers } as ScoreContext['config'],
    learned: undefined,
    requestOf: (line) => request(line.prompt, { type: line.type ?? 'prompt' }),
    ...of,
  };
}

const line = (prompt: string, response: string | undefined, type?: string) => ({
  id: 'a',
  prompt,
  response,
  type,
  source: undefined,
});

/** Sums, half of them solved wrongly: what a model of recorded answers learns is whether the equation holds. */
const sums: RecordedLine[] = Array.from({ length: 200 }, (_, i) => {
  const [a, b] = [3 + (i % 17), 2 + (i % 23)];
  const correct = i % 2 === 0;
  const response = `Tom has ${a} apples and gets ${b} more. ${a} + ${b} = ${correct ? a + b : a + b + 3}\n#### ${correct ? a + b : a + b + 3}`;
  return {
    id: String(i),
    prompt: `Tom has ${a} apples and gets ${b} more. How many apples does he have?`,
    group: undefined,
    type: undefined,
    weak: { correct, response, critique: undefined },
    strong: { correct: true, response: undefined, critique: undefined },
  };
});

test('a line is scored without any model call, within 0 and 1, whatever it contains', async () => {
  const context = scoring({ model: fitRouterModel(sums), ownModel: true });
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary' }),
      fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
      async (prompt, response) => {
        const scored = await scoreLine(line(prompt, response), context);
        for (const value of [scored.score, scored.confidence, scored.escalate, scored.quality ?? 0.5])
          assert.ok(value >= 0 && value <= 1, JSON.stringify(scored));
        assert.equal('quality' in scored, response !== undefined);
      },
    ),
    { numRuns: 60 },
  );
});

const poor: readonly [string, string][] = [
  ['Write a Python function add.', '```python\ndef add(a, b:\n    return a + b\n```'],
  ['What is 12 times 3?', '12 * 3 = 46'],
  ['Explain tides.', 'I am sorry, but I cannot help with that request.'],
  ['Explain tides.', ''],
  ['Explain tides.', 'The moon pulls on the water of the oceans, so that it rises twice a day.'],
];

test('the quality of a recorded answer is what the gate says of it without a critique', async () => {
  for (const [prompt, response] of poor) {
    const { requestOf, config: settings } = scoring();
    settings.routing.enableSelfCritique = false;
    const judged = await assess({
      request: requestOf(line(prompt, response)),
      generation: generation(response),
      candidate: candidate('small'),
      config: settings,
      critics: [],
      call: () => Promise.reject(new Error('nobody is asked')),
    });
    const { quality } = await scoreLine(line(prompt, response), scoring());
    assert.ok(Math.abs((quality ?? -1) - judged.quality) < 1e-6, `${prompt} ${quality} ${judged.quality}`);
  }
});

test('a hard failure bounds the quality whatever was learned, and a model of other answers can only doubt one', async () => {
  const learned = scoring({ model: fitRouterModel(sums), ownModel: true });
  const without = scoring();
  for (const [prompt, response] of poor.filter(([, text]) => !/=/.test(text))) {
    const [after, before] = [
      await scoreLine(line(prompt, response), learned),
      await scoreLine(line(prompt, response), without),
    ];
    assert.ok((after.quality ?? 1) <= (before.quality ?? 0), prompt);
  }
  const [right, wrong] = sums.slice(20, 22).map((one) => line(one.prompt, one.weak.response));
  assert.ok(right !== undefined && wrong !== undefined);
  const [good, bad] = [await scoreLine(right, learned), await scoreLine(wrong, learned)];
  assert.ok((good.quality ?? 0) > (bad.quality ?? 1));
  assert.notEqual(good.quality, (await scoreLine(right, without)).quality, 'the model of answers speaks');
  const refused = await scoreLine(
    { ...right, response: 'I am sorry, but I cannot help with that.' },
    learned,
  );
  assert.ok((refused.quality ?? 1) <= 0.28 && refused.escalate > good.escalate);
});

test('what only a daemon runs is named, each once', () => {
  const context = scoring();
  const own = { kind: 'command' as const, program: 'lint', args: [], timeoutMs: 100, hard: true };
  Object.assign(context.config, { actionTypes: { memo: { checks: [own] } } });
  const memo = line('Write it', 'Here it is.', 'memo');
  assert.deepEqual(notRun([memo, memo], context), ['self-critique', 'command lint of type memo']);
  assert.deepEqual(notRun([line('Write it', undefined, 'memo')], context), []);
  context.config.routing.enableSelfCritique = false;
  assert.deepEqual(notRun([line('Write it', 'Here it is.')], context), []);
});
