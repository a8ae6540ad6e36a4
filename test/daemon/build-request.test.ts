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
