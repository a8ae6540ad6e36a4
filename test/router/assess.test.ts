import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assess, checksDecide, parseAnswer } from '../../router/assess.ts';
import { candidate, config, generation, request, scripted } from './quality-fixtures.ts';

const small = candidate('small');
const other = candidate('other');
const paid = candidate('paid', false);
const good = JSON.stringify({ issues: [], score: 0.9 });
const poor = JSON.stringify({ issues: ['the total is wrong'], score: 0.3 });
const knowing = { learnedOn: () => '2026-11-21', most: () => 1 };
const prose = 'The moon pulls on the water of the oceans, so that it rises twice a day.';

test('missing JSON where a schema asks for it is far below the threshold, whatever the threshold is', async () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0.05, max: 1, noNaN: true }), async (qualityThreshold) => {
      const { call, calls } = scripted([good]);
      const result = await assess({
        request: request('Which city?', { schema, qualityThreshold }),
        generation: generation('Ulm, I would say, is the city that you mean.'),
        candidate: small,
        config: config(),
        critics: [small],
        call,
      });
      assert.equal(result.verdict, 'fail');
      assert.ok(result.quality <= 0.4 * qualityThreshold);
      assert.equal(calls.length, 0, 'a hard failure ends the ladder before any model is asked');
      assert.match(result.reason, /^json: no JSON/);
    }),
    { numRuns: 20 },
  );
});

test('prose of a local model is criticised by the same model where no other is resident', async () => {
  const { call, calls } = scripted([good]);
  const result = await assess({
    request: request('Explain how tides work'),
    generation: generation(prose),
    candidate: small,
    config: config(),
    critics: [small, other, paid],
    call,
    resident: () => ['small'],
  });
  assert.equal(calls[0]?.candidate.model.name, 'small');
  assert.equal(calls[0]?.role, 'critique');
  assert.deepEqual(
    [result.verdict, result.critique?.score, result.critique?.cost, result.critique?.callId],
    ['pass', 0.9, 5, 'c1'],
  );
  // 20 of 70 parts: no format check applies to prose.
  assert.ok(Math.abs(result.quality - (20 + 30 + 20 * 0.9) / 70) < 1e-9, String(result.quality));
});

test('another resident local model is preferred as critic', async () => {
  const { call, calls } = scripted([good]);
  await assess({
    request: request('Explain how tides work'),
    generation: generation(prose),
    candidate: small,
    config: config(),
    critics: [small, other],
    call,
    resident: () => ['small', 'other'],
  });
  assert.equal(calls[0]?.candidate.model.name, 'other');
});

test('an answer of the API is criticised only with no local model, and only if the user allows a paid one', async () => {
  for (const [critics, selfCritiqueApi, expected] of [
    [[paid], true, 1],
    [[paid], false, 0],
    [[small, paid], true, 0],
  ] as const) {
    const { call, calls } = scripted([good]);
    await assess({
      request: request('Explain how tides work'),
      generation: generation(prose),
      candidate: paid,
      config: config({ qualityChecks: { selfCritiqueApi } }),
      critics,
      call,
    });
    assert.equal(calls.length, expected);
  }
});

test('of several paid critics the cheapest is asked', async () => {
  const { call, calls } = scripted([good]);
  const bounds: Record<string, number> = { paid: 90, cheap: 10, unknown: Number.NaN };
  await assess({
    request: request('Explain how tides work'),
    generation: generation(prose),
    candidate: paid,
    config: config({ qualityChecks: { selfCritiqueApi: true } }),
    critics: [paid, candidate('cheap', false)],
    call,
    upperBound: (model) => bounds[model.name],
  });
  assert.equal(calls[0]?.candidate.model.name, 'cheap');
});

test('of several samples the median counts, all are paid for, and a failed one ends them', async () => {
  const reply = (score: number) => JSON.stringify({ issues: [`at ${score}`], score });
  const judge = async (replies: string[]) => {
    const { call, calls } = scripted(replies);
    const result = await assess({
      request: request('Explain how tides work'),
      generation: generation(prose),
      candidate: small,
      config: config({ qualityChecks: { selfCritiqueSamples: 3 } }),
      critics: [small],
      call,
    });
    return { critique: result.critique, temperatures: calls.map((one) => one.temperature) };
  };
  const three = await judge([reply(1), reply(0.2), reply(0.8)]);
  assert.deepEqual([three.critique?.score, three.critique?.cost], [0.8, 15]);
  assert.deepEqual(three.temperatures, [0, 0.7, 0.7]);
  const cut = await judge([reply(0.9), reply(0.3)]);
  assert.deepEqual([cut.critique?.score, cut.critique?.cost], [0.3, 10]);
});

test('a private request is never shown to a paid critic', async () => {
  const { call, calls } = scripted([good]);
  await assess({
    request: request('Explain how tides work', { privacy: 'local' }),
    generation: generation(prose),
    candidate: paid,
    config: config({ qualityChecks: { selfCritiqueApi: true } }),
    critics: [paid],
    call,
  });
  assert.equal(calls.length, 0);
});

test('a critique below its own threshold fails the answer alone, and better ones of these rank higher', async () => {
  const qualities: number[] = [];
  for (const score of [0, 0.3, 0.69]) {
    const { call } = scripted([JSON.stringify({ issues: ['the total is wrong'], score })]);
    const result = await assess({
      request: request('Explain how tides work'),
      generation: generation(prose),
      candidate: small,
      config: config(),
      critics: [small],
      call,
    });
    assert.equal(result.verdict, 'fail');
    assert.match(result.reason, /self-critique .* the total is wrong/);
    qualities.push(result.quality);
  }
  assert.ok(qualities.every((quality, i) => quality < 0.7 && quality >= (qualities[i - 1] ?? 0)));
});

test('a critique that cannot be had leaves the checks to decide, and the reason says so', async () => {
  for (const replies of [[], ['I think it is fine.']]) {
    const { call } = scripted(replies);
    const result = await assess({
      request: request('Explain how tides work'),
      generation: generation(prose),
      candidate: small,
      config: config(),
      critics: [small],
      call,
    });
    assert.deepEqual([result.verdict, result.critique], ['pass', undefined]);
    assert.match(result.reason, /no critique: (daily budget reached|the critic returned no usable JSON)/);
  }
});

test('no critique where the checks decide, where it is off, and where learning found it useless', async () => {
  const schema = {
    type: 'object',
    properties: { answer: { enum: ['yes', 'no'] } },
    required: ['answer'],
    additionalProperties: false,
  };
  const cases = [
    { asked: request('Is it?', { schema }), text: '{"answer":"yes"}', settings: config() },
    { asked: request('Explain tides'), text: prose, settings: config({ selfCritique: false }) },
  ];
  for (const { asked, text, settings } of cases) {
    const { call, calls } = scripted([poor]);
    const common = { generation: generation(text), candidate: small, critics: [small], call };
    assert.equal((await assess({ request: asked, config: settings, ...common })).verdict, 'pass');
    assert.equal(calls.length, 0);
  }
  const { call, calls } = scripted([poor]);
  await assess({
    request: request('Explain tides'),
    generation: generation(prose),
    candidate: small,
    config: config(),
    critics: [small],
    call,
    learned: {
      ...knowing,
      probability: () => 0.8,
      critiqueHelps: () => false,
      threshold: () => undefined,
    },
  });
  assert.equal(calls.length, 0);
});

test('a critic that was dropped is asked where the action explores, a local one only, and changes nothing', async () => {
  const judge = async (explorationShare: number, critic: typeof small) => {
    const { call, calls } = scripted([poor]);
    const settings = config({ qualityChecks: { selfCritiqueApi: true } });
    settings.routing.explorationShare = explorationShare;
    const result = await assess({
      request: request('Explain tides'),
      generation: generation(prose),
      candidate: critic,
      config: settings,
      critics: [critic],
      call,
      learned: {
        ...knowing,
        probability: () => 0.8,
        critiqueHelps: () => false,
        threshold: () => undefined,
      },
    });
    return [calls.length, result.verdict, result.quality];
  };
  assert.deepEqual(await judge(0, small), [0, 'pass', 0.8]);
  assert.deepEqual(await judge(1, small), [1, 'pass', 0.8]);
  assert.deepEqual(await judge(1, paid), [0, 'pass', 0.8]);
});

test('accepted_wrong_rate puts the learned threshold in the place of the fixed one, except where one is stated', async () => {
  const judge = async (given: { rate?: number; threshold?: number; stated?: true }) => {
    const rates: number[] = [];
    const { call } = scripted([good]);
    const result = await assess({
      request: request('Explain tides', given.stated === undefined ? {} : { qualityThresholdStated: true }),
      generation: generation(prose),
      candidate: small,
      config: config({ qualityChecks: given.rate === undefined ? {} : { acceptedWrongRate: given.rate } }),
      critics: [small],
      call,
      learned: {
        ...knowing,
        probability: () => 0.8,
        critiqueHelps: () => false,
        threshold: (_type, rate) => {
          rates.push(rate);
          return given.threshold;
        },
      },
    });
    return { verdict: result.verdict, threshold: result.threshold, reason: result.reason, rates };
  };
  const fixed = await judge({ threshold: 0.9 });
  assert.deepEqual([fixed.verdict, fixed.threshold, fixed.rates], ['pass', 0.7, []]);
  const learned = await judge({ rate: 0.05, threshold: 0.9 });
  assert.deepEqual([learned.verdict, learned.threshold], ['fail', 0.9]);
  assert.ok(learned.rates.every((rate) => rate === 0.05));
  assert.match(learned.reason, /threshold 0\.90 for at most 5 % wrong/);
  const stated = await judge({ rate: 0.05, threshold: 0.9, stated: true });
  assert.deepEqual([stated.verdict, stated.threshold], ['pass', 0.7]);
  const none = await judge({ rate: 0.001 });
  assert.deepEqual([none.verdict, none.threshold], ['pass', 0.7]);
  assert.match(none.reason, /no threshold can promise at most 0\.1 % wrong: 0\.7 stays/);
});

test('a schema with free text in it does not decide by itself, closed ones do', () => {
  const closed = (schema: Record<string, unknown>) => checksDecide(request('x', { schema }), generation('1'));
  const object = (properties: Record<string, unknown>) => ({
    type: 'object',
    properties,
    additionalProperties: false,
  });
  assert.equal(closed({ enum: ['a', 'b'] }), true);
  assert.equal(
    closed(object({ ok: { type: 'boolean' }, tags: { type: 'array', items: { enum: ['x'] } } })),
    true,
  );
  assert.equal(closed(object({ ok: { type: 'boolean' }, why: { type: 'string' } })), false);
  assert.equal(closed({ type: 'object' }), false);
});

test('reasoning left in the text is moved out and never judged', async () => {
  const asked = request('Explain tides');
  const thinking = generation(
    "<think>I'm sorry, but I can't assist with that? No, I can.</think>\n\nThe moon does it, by pulling.",
  );
  const answer = parseAnswer(asked, thinking);
  assert.equal(answer.text, 'The moon does it, by pulling.');
  assert.match(answer.reasoning, /No, I can/);
  const { call } = scripted([good]);
  const judged = { request: asked, candidate: small, config: config(), critics: [small], call };
  assert.equal((await assess({ ...judged, generation: thinking })).verdict, 'pass');
  const only = await assess({ ...judged, generation: generation('<think>Hm, let me see') });
  assert.match(only.reason, /^empty: /);
});

test('the JSON that was asked for is returned without the prose around it', () => {
  const schema = { type: 'object' };
  const answer = parseAnswer(
    request('x', { schema }),
    generation('Sure!\n```json\n{"a": 1}\n```\nAnything else?'),
  );
  assert.deepEqual([answer.text, answer.json], ['{"a": 1}', { a: 1 }]);
  assert.equal('json' in parseAnswer(request('x', { schema }), generation('no')), false);
  assert.equal(parseAnswer(request('x'), generation('Sure! {"a": 1}')).text, 'Sure! {"a": 1}');
});

test('nothing an answer contains makes the gate throw, and quality stays within 0 and 1', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.json(),
        fc.string({ maxLength: 200 }).map((s) => s.repeat(20)),
      ),
      fc.boolean(),
      async (text, withSchema) => {
        const { call } = scripted([text]);
        const asked = request('Explain it', withSchema ? { schema: { type: 'object' } } : {});
        parseAnswer(asked, generation(text));
        const result = await assess({
          request: asked,
          generation: generation(text),
          candidate: small,
          config: config(),
          critics: [small],
          call,
        });
        assert.ok(result.quality >= 0 && result.quality <= 1);
        assert.equal(result.verdict === 'pass', result.quality >= 0.7);
        for (const check of result.checks)
          assert.ok(!/\n/.test(check.evidence) && check.evidence.length <= 160);
      },
    ),
    { numRuns: 300 },
  );
});

test('a learned chance is named as one, with its date and the threshold it is held against', async () => {
  const judge = async (chance: number, most = 1) => {
    const { call } = scripted([good]);
    return assess({
      request: request('Explain tides'),
      generation: generation(prose),
      candidate: paid,
      config: config(),
      critics: [small],
      call,
      learned: {
        ...knowing,
        most: () => most,
        probability: () => chance,
        critiqueHelps: () => false,
        threshold: () => undefined,
      },
    });
  };
  const failed = await judge(0.694);
  assert.equal(failed.verdict, 'fail');
  assert.match(
    failed.reason,
    /^calibrated chance 0\.69 \(learned 2026-11-21\) is below 0\.7; \d+ checks passed/,
  );
  assert.match((await judge(0.6996)).reason, /chance 0\.6996 .* is below 0\.7;/);
  assert.match((await judge(0.81)).reason, /chance 0\.81 .* reaches 0\.7;/);
  const unreachable = await judge(0.694, 0.694);
  assert.deepEqual([unreachable.verdict, unreachable.quality], ['pass', 1]);
  assert.doesNotMatch(unreachable.reason, /calibrated/, 'what no answer could reach does not judge');
});
