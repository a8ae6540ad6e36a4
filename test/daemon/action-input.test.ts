import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ActionTypeSpec, Config, ModelSpec, TierName } from '../../config/config.ts';
import { type ActionInputContext, parseActionInput, parseActionInputs } from '../../daemon/action-input.ts';

function model(name: string, tier: TierName, selfHosted: boolean): ModelSpec {
  return {
    name,
    tier,
    provider: selfHosted ? 'ollama' : 'openai',
    modelId: name,
    endpoint: 'http://127.0.0.1:1',
    host: name,
    selfHosted,
    kind: 'instruct',
    contextWindow: 8192,
    maxTokens: 1024,
    temperature: undefined,
    timeouts: { connect: 1, firstToken: 1, idle: 1, total: 1 },
    sizeGb: undefined,
    apiKeyEnv: undefined,
    supports: { tools: true, structuredOutput: true },
    prices: undefined,
  };
}

function type(name: string, privacy?: 'local'): ActionTypeSpec {
  return {
    name,
    complexity: undefined,
    template: undefined,
    system: undefined,
    schema: undefined,
    qualityThreshold: undefined,
    privacy,
    critical: false,
    checks: [],
    origin: 'test',
  };
}

/** Only what the door looks at. */
const config = {
  tiers: {
    local_fast: [model('small', 'local_fast', true)],
    local_quality: [model('large', 'local_quality', true)],
    api_fallback: [model('paid', 'api_fallback', false)],
  },
  actionTypes: { summarize: type('summarize'), diary: type('diary', 'local') },
  queue: { attempts: 3 },
} as unknown as Config;

const now = Date.UTC(2026, 10, 21);
const context: ActionInputContext = {
  agents: new Map<string, { privacy?: 'local' }>([
    ['planner', {}],
    ['worker', {}],
    ['summarizer', {}],
    ['diarist', { privacy: 'local' }],
  ]),
  config,
  now,
  newId: () => 'act-1',
};

function errorsOf(raw: unknown) {
  const parsed = parseActionInput(raw, context);
  assert.equal(parsed.ok, false, 'expected the input to be refused');
  return parsed.ok ? [] : parsed.errors;
}

function actionOf(raw: unknown, more: Partial<ActionInputContext> = {}) {
  const parsed = parseActionInput(raw, { ...context, ...more });
  assert.ok(parsed.ok, parsed.ok ? '' : JSON.stringify(parsed.errors));
  return parsed.action;
}

test('a prompt alone is an action of type prompt with the defaults', () => {
  assert.deepEqual(actionOf({ prompt: 'hello' }), {
    id: 'act-1',
    type: 'prompt',
    input: { prompt: 'hello' },
    client: undefined,
    agent: undefined,
    parentId: undefined,
    idempotencyKey: undefined,
    queueJob: undefined,
    privacy: 'any',
    priority: 5,
    attempts: 3,
    budget: undefined,
    deadlineAt: undefined,
    runAt: undefined,
    tags: [],
    createdAt: now,
  });
});

test('what has a column of its own leaves the input, in the record’s units', () => {
  const action = actionOf(
    {
      type: 'summarize',
      prompt: 'long',
      privacy: 'local',
      priority: 1,
      attempts: 7,
      budget_usd: 0.25,
      deadline_ms: 5000,
      delay_ms: 1000,
      idempotency_key: 'k',
      parent_id: 'p',
      tags: ['a'],
      max_tokens: 50,
      must_pass: true,
    },
    { client: 'ci', queueJob: '17' },
  );
  assert.deepEqual(action.input, { prompt: 'long', max_tokens: 50, must_pass: true });
  assert.equal(action.privacy, 'local');
  assert.equal(action.priority, 1);
  assert.equal(action.attempts, 7);
  assert.equal(action.budget, 250_000_000);
  assert.equal(action.deadlineAt, now + 5000);
  assert.equal(action.runAt, now + 1000);
  assert.equal(action.idempotencyKey, 'k');
  assert.equal(action.parentId, 'p');
  assert.equal(action.client, 'ci');
  assert.equal(action.queueJob, '17');
  assert.deepEqual(action.tags, ['a']);
});

test('an objective without a type is work for an agent', () => {
  assert.equal(actionOf({ objective: 'write a report' }).type, 'agent');
});

test('a type that is private by nature is private whatever the input says', () => {
  assert.equal(actionOf({ type: 'diary', prompt: 'x', privacy: 'any' }).privacy, 'local');
});

const refusals: [what: string, raw: unknown, field: string, message: RegExp][] = [
  ['a text instead of an object', 'hello', '', /JSON object, not "hello"/],
  ['nothing', null, '', /JSON object, not null/],
  ['a list', [], '', /JSON object/],
  ['an empty object', {}, '', /one of prompt, messages, input, objective/],
  ['an unknown field', { promt: 'x' }, 'promt', /unknown field "promt" \(did you mean "prompt"\?\)/],
  [
    'an unknown field of a message',
    { messages: [{ role: 'user', content: 'x', rôle: 1 }] },
    'messages[0].rôle',
    /unknown field.*allowed: role, content/,
  ],
  [
    'a wrong role, by its place',
    {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'usr', content: 'b' },
      ],
    },
    'messages[1].role',
    /"usr" \(did you mean "user"\?\); allowed: "system"/,
  ],
  ['a wrong number', { prompt: 'x', priority: 11 }, 'priority', /priority: 11; allowed: .*1 \(high\) to 10/],
  ['a number as text', { prompt: 'x', max_tokens: '5' }, 'max_tokens', /max_tokens: "5"; allowed: a whole/],
  ['not a number', { prompt: 'x', budget_usd: Number.NaN }, 'budget_usd', /budget_usd: null/],
  ['an unknown tier', { prompt: 'x', tier: 'local_fats' }, 'tier', /did you mean "local_fast"/],
  [
    'an unknown type',
    { type: 'sumarize', prompt: 'x' },
    'type',
    /did you mean "summarize".*allowed: agent, /,
  ],
  ['an unknown model', { prompt: 'x', model: 'pad' }, 'model', /did you mean "paid".*allowed: small, large/],
  [
    'a model outside its tier',
    { prompt: 'x', model: 'paid', tier: 'local_fast' },
    'tier',
    /paid is in api_f/,
  ],
  [
    'a private action on a paid model',
    { prompt: 'x', model: 'paid', privacy: 'local' },
    'model',
    /elsewhere/,
  ],
  [
    'a private action on a paid tier',
    { type: 'diary', prompt: 'x', tier: 'api_fallback' },
    'tier',
    /private/,
  ],
  ['prompt and messages', { prompt: 'x', messages: [{ role: 'user', content: 'y' }] }, 'messages', /either/],
  [
    'an assistant’s last word',
    { messages: [{ role: 'assistant', content: 'y' }] },
    'messages[0].role',
    /last/,
  ],
  [
    'an objective for a plain type',
    { type: 'summarize', objective: 'x' },
    'objective',
    /only with type "agent"/,
  ],
  ['an agent without objective', { type: 'agent', input: {} }, 'objective', /missing/],
  ['a schema that does not compile', { prompt: 'x', schema: { type: 'objct' } }, 'schema', /not usable \(/],
  ['an empty prompt', { prompt: '' }, 'prompt', /prompt: "";/],
  ['a missing content', { messages: [{ role: 'user' }] }, 'messages[0].content', /missing; allowed: a text/],
  ['an endless tag', { prompt: 'x', tags: ['y'.repeat(65)] }, 'tags[0]', /tags\[0\]: "y+…; allowed: a list/],
];

for (const [what, raw, field, message] of refusals) {
  test(`${what} is refused, naming the field, the value and what is allowed`, () => {
    const errors = errorsOf(raw);
    const error = errors.find((one) => one.field === field);
    assert.ok(error, `no error about "${field}" in ${JSON.stringify(errors)}`);
    assert.match(error.message, message);
    assert.ok(error.allowed.length > 0);
  });
}

test('every fault is reported at once', () => {
  const fields = errorsOf({ priority: 0, tier: 'x', attempts: 99, prompt: 7 }).map((error) => error.field);
  assert.deepEqual(fields.sort(), ['attempts', 'priority', 'prompt', 'tier']);
});

test('of several inputs one bad one refuses all, by its index', () => {
  const parsed = parseActionInputs([{ prompt: 'a' }, { prompt: 'b', tier: 'no' }], context);
  assert.ok(!parsed.ok);
  assert.deepEqual(
    parsed.errors.map((error) => [error.index, error.field]),
    [[1, 'tier']],
  );
});

test('schemas of draft 7 and of 2020-12 are both usable, with formats', () => {
  for (const $schema of [
    'http://json-schema.org/draft-07/schema#',
    'https://json-schema.org/draft/2020-12/schema',
  ]) {
    actionOf({ prompt: 'x', schema: { $schema, type: 'string', format: 'email' } });
  }
});

test('whatever JSON comes, the answer is a value: an action or errors with a message', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (raw) => {
      const parsed = parseActionInput(raw, context);
      if (!parsed.ok) assert.ok(parsed.errors.every((error) => error.message.length > 0));
    }),
  );
});

test('a field with a hostile value never throws and never quotes more than a line', () => {
  const keys = ['prompt', 'messages', 'schema', 'tags', 'priority', 'tier', 'budget_usd', 'input'];
  fc.assert(
    fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
      const parsed = parseActionInput({ prompt: 'x', [key]: value }, context);
      if (!parsed.ok) for (const error of parsed.errors) assert.ok(error.message.length < 600);
    }),
  );
});

test('an agent that does not exist is refused with a suggestion', () => {
  const parsed = parseActionInput({ prompt: 'x', agent: 'worcer' }, context);
  assert.ok(!parsed.ok);
  assert.match(
    parsed.errors[0]?.message ?? '',
    /agent: "worcer" \(did you mean "worker"\?\); allowed: planner, worker, summarizer/,
  );
});

test('the strictest of action, type, agents and client decides, and the door names who it was', () => {
  const decided = (input: Record<string, unknown>, clientPrivacy?: 'local' | 'any') =>
    actionOf({ prompt: 'x', ...input }, { client: 'ann', clientPrivacy }).privacy;
  assert.equal(decided({}), 'any');
  assert.equal(decided({}, 'any'), 'any');
  for (const privacy of [undefined, 'any', 'local']) {
    const stated = privacy === undefined ? {} : { privacy };
    assert.equal(decided({ ...stated, type: 'diary' }), 'local');
    assert.equal(decided({ ...stated, agent: 'diarist' }), 'local');
    assert.equal(decided(stated, 'local'), 'local');
  }
  assert.equal(decided({ agent: 'worker', type: 'summarize' }), 'any');
  for (const [input, given, who] of [
    [{ agent: 'diarist' }, {}, /agent diarist is private/],
    [{}, { client: 'ann', clientPrivacy: 'local' }, /client ann is private/],
    [{ type: 'diary' }, {}, /type diary is private/],
    [{ privacy: 'local' }, {}, /marked private/],
  ] as const) {
    const parsed = parseActionInput({ prompt: 'x', model: 'paid', ...input }, { ...context, ...given });
    assert.ok(!parsed.ok);
    assert.match(parsed.errors[0]?.message ?? '', who);
  }
});

test('a source is kept with what is asked; work that is split among workers has none', () => {
  assert.deepEqual(actionOf({ prompt: 'How many?', source: '340 files' }).input, {
    prompt: 'How many?',
    source: '340 files',
  });
  assert.deepEqual(
    errorsOf({ objective: 'Count them', source: '340 files' }).map((error) => error.field),
    ['source'],
  );
  assert.match(errorsOf({ prompt: 'x', source: '' })[0]?.message ?? '', /source: "".*stay with/);
});
