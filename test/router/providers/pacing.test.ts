import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collect } from '../../../router/collect.ts';
import { createProviders } from '../../../router/providers/providers.ts';
import type { Clock } from '../../../router/types/outside.ts';
import { answerWell, protocols } from './good-answers.ts';
import { modelOf, requestOf, scriptedServer } from './scripted-server.ts';

/** Time passes only by sleeping. */
function sleepingClock(): Clock & { slept: number[] } {
  let time = 1_000_000;
  const slept: number[] = [];
  return {
    slept,
    now: () => time,
    sleep: async (ms) => {
      slept.push(ms);
      time += ms;
    },
  };
}
const stillClock: Clock = { now: () => 0, sleep: () => new Promise(() => undefined) };
const never = new AbortController().signal;

test('a call waits for the allowance the last answer reported, instead of running into a 429', async (t) => {
  const clock = sleepingClock();
  const server = await scriptedServer(t, async (response) => {
    response.setHeader('x-ratelimit-remaining-requests', '0');
    response.setHeader('x-ratelimit-limit-requests', '60');
    response.setHeader('x-ratelimit-reset-requests', '60s');
    await answerWell(response, 'openai');
  });
  const model = modelOf('openai', server.url);
  const provider = createProviders({ apiKey: () => 'k', clock })(model);
  await collect(provider, requestOf(model), never, stillClock);
  assert.deepEqual(clock.slept, []);
  await collect(provider, requestOf(model), never, stillClock);
  // 60 a minute: one a second.
  assert.deepEqual(clock.slept, [1_000]);
});

test('a wait too long for the first token is told at once and costs nothing', async (t) => {
  const server = await scriptedServer(t, async (response) => {
    response.setHeader('anthropic-ratelimit-tokens-remaining', '0');
    response.setHeader('anthropic-ratelimit-tokens-limit', '1000');
    response.setHeader('anthropic-ratelimit-tokens-reset', new Date(1_000_000 + 600_000).toISOString());
    await answerWell(response, 'anthropic');
  });
  const model = modelOf('anthropic', server.url);
  const provider = createProviders({ apiKey: () => 'k', clock: sleepingClock() })(model);
  await collect(provider, requestOf(model), never, stillClock);
  const error = await collect(provider, requestOf(model), never, stillClock).catch((thrown) => thrown);
  assert.equal(error.class, 'rate_limited');
  assert.equal(error.settlement, 'free');
  assert.ok(error.retryAfterMs > 2_500 && error.retryAfterMs <= 600_000, String(error.retryAfterMs));
  assert.equal(server.received.length, 1);
});

test('after a 429 the next call of that model waits, of another model it goes', async (t) => {
  const clock = sleepingClock();
  const server = await scriptedServer(t, (response, _request, count) => {
    if (count > 1) return answerWell(response, 'openai');
    response.writeHead(429, { 'retry-after': '2', 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ error: { message: 'slow down', type: 'requests', code: 'rate_limit_exceeded' } }),
    );
  });
  const model = modelOf('openai', server.url);
  const other = modelOf('openai', server.url, { modelId: 'gpt-4o' });
  const provide = createProviders({ apiKey: () => 'k', clock });
  await assert.rejects(collect(provide(model), requestOf(model), never, stillClock), {
    class: 'rate_limited',
  });
  await collect(provide(other), requestOf(other), never, stillClock);
  assert.deepEqual(clock.slept, []);
  await collect(provide(model), requestOf(model), never, stillClock);
  assert.deepEqual(clock.slept, [2_000]);
});

for (const protocol of protocols) {
  test(`${protocol}: an abort while waiting for the allowance sends nothing`, async (t) => {
    if (protocol === 'ollama') return t.skip('sends no limits and is never paced');
    const stop = new AbortController();
    const server = await scriptedServer(t, (response) => {
      response.writeHead(429, { 'retry-after': '1', 'content-type': 'application/json' });
      response.end('{}');
    });
    const model = modelOf(protocol, server.url);
    const provider = createProviders({ apiKey: () => 'k' })(model);
    await collect(provider, requestOf(model), never, stillClock).catch(() => undefined);
    setTimeout(() => stop.abort(), 20);
    const error = await collect(provider, requestOf(model), stop.signal, stillClock).catch(
      (thrown) => thrown,
    );
    assert.equal(error.class, 'cancelled');
    assert.equal(error.settlement, 'free');
    assert.equal(server.received.length, 1);
  });
}
