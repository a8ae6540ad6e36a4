import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify } from '../../../router/classify.ts';
import type { Request } from '../../../router/types.ts';
import { aRequest } from '../support.ts';

const critical = (text: string, overrides: Partial<Request> = {}): boolean =>
  classify(aRequest(text, overrides)).qualityCritical;
const tool = (name: string): NonNullable<Request['tools']> => [{ name, description: '', parameters: {} }];

test('what cannot be undone, costs money, guards or directs others is critical', () => {
  assert.ok(critical('Anything', { critical: true }));
  assert.ok(critical('Split this up', { type: 'orchestrate' }));
  assert.ok(critical('Go on', { tools: tool('exec') }));
  assert.ok(critical('Go on', { tools: tool('send_email') }));
  assert.ok(critical('Delete all customers in the production database'));
  assert.ok(critical('Transfer $5000 from the savings account'));
  assert.ok(critical('Please rotate the credentials'));
  assert.ok(critical('Audit this login code for SQL injection'));
  assert.ok(critical('Lösche die Datenbank'));
});

test('speaking of such things is not critical', () => {
  for (const text of [
    'Write a poem about a database',
    'What is SQL injection?',
    'Explain how banks transfer money',
    'Translate "delete the production database" to French',
    'Delete the second sentence',
    'Summarise the payment report',
  ]) {
    assert.equal(critical(text), false, text);
  }
  assert.equal(critical('Go on', { tools: tool('read_file') }), false);
  assert.equal(critical('Go on', { tools: tool('edit_file') }), false);
});

test('the reason is among the signals', () => {
  const found = classify(aRequest('Delete all customers in the production database'));
  const signal = found.signals.find((candidate) => candidate.name === 'quality-critical');
  assert.match(signal?.evidence ?? '', /delete.*customers/);
});

test('what is critical is never simple, unless its type says so', () => {
  const text = 'Delete all customers in the production database';
  assert.equal(classify(aRequest(text)).complexity, 'moderate');
  assert.equal(classify(aRequest(text, { typeComplexity: 'simple' })).complexity, 'simple');
});
