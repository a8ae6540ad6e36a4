import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cacheKey } from '../../router/cache-key.ts';
import type { Request } from '../../router/types.ts';
import { aRequest } from './support.ts';

const base = aRequest('What is 2 + 2?');

test('the same request has the same key whoever the action is and whenever it must end', () => {
  const later = aRequest('What is 2 + 2?', { origin: { actionId: 'another' }, deadlineAt: 1, priority: 1 });
  assert.equal(cacheKey(base), cacheKey(later));
});

const differences: [string, Partial<Request>][] = [
  ['another client', { origin: { actionId: 'action-1', client: 'team-b' } }],
  ['another privacy', { privacy: 'local' }],
  ['another type', { type: 'yes_no_decision' }],
  ['other words', { messages: [{ role: 'user', content: 'What is 2 + 3?' }] }],
  ['another schema', { schema: { type: 'object' } }],
  ['another length', { maxTokens: 10 }],
  ['another temperature', { temperature: 0.9 }],
  ['another tier', { tier: 'api_fallback' }],
  ['another model', { model: 'gpt-5' }],
  ['a higher threshold', { qualityThreshold: 0.95 }],
];
for (const [what, change] of differences) {
  test(`${what} has another key`, () => {
    assert.notEqual(cacheKey(base), cacheKey({ ...base, ...change }));
  });
}

test('a request with tools, or one that must be fresh, has none', () => {
  const tool = { name: 'read_file', description: 'reads', parameters: {} };
  assert.equal(cacheKey({ ...base, tools: [tool] }), undefined);
  assert.equal(cacheKey({ ...base, cacheable: false }), undefined);
});
