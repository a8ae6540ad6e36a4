import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadAgents } from '../../agents/definitions.ts';
import { loadConfig } from '../../config/load.ts';
import { type AskingAction, buildRequest } from '../../daemon/build-request.ts';

const { config } = loadConfig({ cwd: '/', systemFile: '/nonexistent', env: { HOME: '/nonexistent' } });
const given = { config, agents: loadAgents(undefined), now: 1_000_000 };

function action(change: Partial<AskingAction>): AskingAction {
  return {
    id: 'a',
    rootId: 'a',
    parentId: undefined,
    type: 'prompt',
    input: { prompt: 'Say hello' },
    client: undefined,
    agent: undefined,
    privacy: 'any',
    budget: undefined,
    deadlineAt: undefined,
    priority: 5,
    ...change,
  };
}

test("the user's words are what is classified; a template's and an agent's are not", () => {
  const request = buildRequest(action({ type: 'summarize', agent: 'worker' }), given);
  assert.equal(request.userText, 'Say hello');
  assert.match(request.messages[0]?.content ?? '', /worker in a team/);
  assert.equal(request.messages[0]?.role, 'system');
});

test('text of the user that looks like a template is not expanded', () => {
  const type = { ...config.actionTypes.prompt, name: 'mine', template: 'Do: {{prompt}} with {{input.key}}' };
  const own = { ...given, config: { ...config, actionTypes: { mine: type } } } as typeof given;
  const input = { prompt: '{{input.key}}', input: { key: 'secret' } };
  const request = buildRequest(action({ type: 'mine', input }), own);
  assert.equal(request.messages.at(-1)?.content, 'Do: {{input.key}} with secret');
});

test("an action's own system text, schema and threshold win over its type's and agent's", () => {
  const schema = { type: 'object' };
  const input = { prompt: 'x', system: 'Mine.', schema, quality_threshold: 0.9 };
  const request = buildRequest(action({ type: 'summarize', agent: 'worker', input }), given);
  assert.equal(request.messages[0]?.content, 'Mine.');
  assert.deepEqual(request.schema, schema);
  assert.equal(request.qualityThreshold, 0.9);
});

test('without a deadline the clock starts with the work', () => {
  assert.equal(buildRequest(action({}), given).deadlineAt, 1_000_000 + config.routing.deadlineMs);
  assert.equal(buildRequest(action({ deadlineAt: 5 }), given).deadlineAt, 5);
});

test('a source stands once below what is asked, is no part of what is classified, and is what an answer is held against', () => {
  const source = 'Anna Berger moved 340 files on 12 March 2024.';
  const built = (input: Record<string, unknown>) => buildRequest(action({ input }), given);
  const asked = built({ prompt: 'How many files?', source });
  assert.deepEqual([asked.userText, asked.sourceText], ['How many files?', source]);
  assert.match(
    asked.messages.at(-1)?.content ?? '',
    /^How many files\?\n\nSource text .*\nAnna Berger moved/,
  );
  const held = built({ prompt: `How many files?\n${source}`, source });
  assert.equal(held.messages.at(-1)?.content, `How many files?\n${source}`);
  const chat = [
    { role: 'user', content: 'How many?' },
    { role: 'assistant', content: 'Calls a tool.' },
    { role: 'tool', content: '340' },
  ];
  const talked = built({ messages: chat, source });
  assert.deepEqual([talked.userText, talked.messages[2]?.content], ['How many?', '340']);
  assert.match(talked.messages[0]?.content ?? '', /^How many\?\n\nSource text/);
  assert.equal(built({ prompt: 'x' }).sourceText, undefined);
});
