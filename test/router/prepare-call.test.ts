import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../daemon/clock.ts';
import { classify } from '../../router/classify.ts';
import { type CallContext, prepareCall } from '../../router/prepare-call.ts';
import type { Classification, Request } from '../../router/types.ts';
import { aConfig, aModel, aRequest } from './support.ts';

const model = aModel('local', 'local_quality', { contextWindow: 32_768, maxTokens: 1_000 });

/** The context asked for: of the request's own prompt, or of another one of the same text (a critique). */
function contextOf(text: string, own: boolean, change: Partial<Classification> = {}): number | undefined {
  const request: Request = aRequest(text);
  const parts = { clock: systemClock, config: () => aConfig() } as CallContext['parts'];
  const context: CallContext = {
    request,
    classification: { ...classify(request), ...change },
    parts,
    signal: new AbortController().signal,
    deadlineAt: () => Date.now() + 60_000,
    slotWaitMs: () => 0,
    spend: () => undefined,
  };
  const messages = own ? request.messages : [...request.messages];
  const prepared = prepareCall(context, {
    candidate: { model, reason: 'test' },
    role: own ? 'answer' : 'critique',
    messages,
    maxTokens: 1_000,
  });
  return 'request' in prepared ? prepared.request.contextTokens : undefined;
}

test('the context asked for holds the true tokens of languages of long words, for answers and critiques alike', () => {
  const finnish = 'Meidän täytyy siirtää tietokanta ilman käyttökatkoa. Anna yksityiskohtaiset vaiheet. ';
  // About 1,800 tokens by the estimate, 3,300 by o200k: with 1,000 for the answer too many for 4,096.
  for (const own of [true, false]) assert.equal(contextOf(finnish.repeat(130), own), 8_192, String(own));
  // English of as many estimated tokens needs no more than the ordinary margin.
  const english = 'We have to move it all now and then look at it again. ';
  for (const own of [true, false]) assert.equal(contextOf(english.repeat(130), own), 4_096, String(own));
});

test('a count made for the plan is what the context is chosen by', () => {
  const text = '数据库迁移需要仔细规划。'.repeat(300);
  assert.equal(contextOf(text, true), 8_192);
  assert.equal(contextOf(text, true, { inputTokens: 2_200, tokensCounted: true }), 4_096);
});
