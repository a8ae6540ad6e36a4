import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify } from '../../../router/classify.ts';
import { planRoute } from '../../../router/plan.ts';
import { callEnd, callStart, temporaryMemory } from '../../memory/temporary-memory.ts';
import { aContext, aRequest, namesOf } from '../support.ts';

const weak = 'mixtral-8x7b';

test('a model that was bad is skipped, and one that became good is used again, by exploration alone', async (t) => {
  const { memory, clock } = await temporaryMemory(t);
  let number = 0;
  /** Plans and answers one action: the first candidate's answer is judged, as the daemon would. */
  async function act(isGood: boolean): Promise<boolean> {
    number += 1;
    clock.now += 60_000;
    const request = aRequest('Summarize the report in three sentences', {
      origin: { actionId: `action-${number}` },
      typeComplexity: 'moderate',
    });
    const classification = classify(request);
    const plan = planRoute(request, classification, aContext({ passRates: memory.passRates }));
    const first = plan.candidates[0]?.model;
    assert.ok(first !== undefined);
    const start = callStart({
      origin: request.origin,
      tier: first.tier,
      model: first.name,
      complexity: classification.complexity,
      reserve: 0,
      startedAt: clock.now,
    });
    await memory.ledger.begin(start);
    await memory.ledger.finish(callEnd(start.callId, { cost: 0, finishedAt: clock.now }));
    const accepted = first.name === weak ? isGood : true;
    memory.ledger.judge({
      callId: start.callId,
      quality: accepted ? 0.9 : 0.2,
      accepted,
      checks: [],
      reason: '',
    });
    return namesOf(plan)[0] === weak;
  }
  const asked = async (count: number, isGood: boolean): Promise<number> => {
    let times = 0;
    for (let i = 0; i < count; i++) if (await act(isGood)) times += 1;
    return times;
  };

  assert.ok((await asked(60, false)) < 60, 'bad: after some answers it is asked no more');
  const whileBad = await asked(200, false);
  assert.ok(whileBad > 0 && whileBad < 30, `${whileBad} of 200: only what explores asks it`);
  await asked(800, true);
  assert.ok((await asked(100, true)) > 90, 'good: after some explorations it is asked first again');
});

test('a skipped model is skipped with a reason that says that its pass rate is a weighted one', () => {
  const request = aRequest('Summarize the report in three sentences', { typeComplexity: 'moderate' });
  const rate = (_type: string, _complexity: string, model: string) =>
    model === weak ? { rate: 0.14, count: 60 } : undefined;
  const plan = planRoute(request, classify(request), aContext({ passRates: { rate } }));
  const skipped = plan.excluded.find((entry) => entry.rule === 'learned');
  assert.equal(
    skipped?.reason,
    'it passes 14 % of the time on moderate requests of type prompt (newer answers count more; weight of 60 fresh ones)',
  );
});
