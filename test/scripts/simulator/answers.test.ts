import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { stripTypeScriptTypes } from 'node:module';
import { after, before, test } from 'node:test';
import { Script } from 'node:vm';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import { evaluate } from '../../../scripts/simulator/answers/arithmetic.ts';
import { instance } from '../../../scripts/simulator/answers/instance.ts';
import { type Simulator, startSimulator } from '../../../scripts/simulator/simulator.ts';

let simulator: Simulator;
before(async () => {
  simulator = await startSimulator({
    speed: 0,
    models: [{ name: 'llama3.1:8b', pass: { simple: 1, moderate: 1, complex: 1 } }],
  });
});
after(() => simulator.close());

async function ask(prompt: string): Promise<string> {
  const body = JSON.stringify({
    model: 'llama3.1:8b',
    stream: false,
    messages: [{ role: 'user', content: prompt }],
  });
  const answer = (await (await fetch(`${simulator.url}/api/chat`, { method: 'POST', body })).json()) as {
    message: { content: string };
  };
  return answer.message.content;
}

const exact: [prompt: string, answer: string | RegExp][] = [
  ['What is 17 * 23? Reply with only the number.', '391'],
  ['What is 15% of 240? Only the number.', '36'],
  ['Calculate (12 + 8) / 5 - 1.', /= 3\b/],
  ['What is the sum of 4, 8, 15, 16, 23 and 42?', /108/],
  ['What is the square root of 144?', /12/],
  ['Is 91 prime? Answer yes or no.', 'No'],
  ['Is 97 prime? Answer yes or no.', 'Yes'],
  ['Is 7 greater than 12? Answer yes or no.', 'No'],
  ['Classify the sentiment as positive, negative or neutral: "I love this great phone"', 'positive'],
  [
    'Classify this ticket as billing, technical or sales: "I was charged twice on my last invoice"',
    'billing',
  ],
  [
    'Which is it, spam or ham? "You are a WINNER, click here for your free prize" Answer with one of: spam, ham',
    'spam',
  ],
  [
    'Extract all e-mail addresses: Write to ann@example.com or to bob@foo.org.',
    'ann@example.com\nbob@foo.org',
  ],
];

for (const [prompt, answer] of exact) {
  test(`answers truly: ${prompt.slice(0, 70)}`, async () => {
    const text = await ask(prompt);
    if (typeof answer === 'string') assert.equal(text, answer);
    else assert.match(text, answer);
  });
}

test("a summary is made of the source's own sentences, as many as asked for", async () => {
  const source =
    'The harbour of Bergen was closed on Monday after a storm. Three ships lost their anchors. The port authority expects to reopen it on Thursday. Insurance costs are estimated at 2 million euros. Fishermen had been warned a day earlier.';
  const text = await ask(`Summarize the following text in two sentences:\n\n${source}`);
  const lines = text.split(/(?<=\.)\s+/);
  assert.equal(lines.length, 2);
  for (const line of lines) assert.ok(source.includes(line), line);
});

test('several parts asked for are each answered under their own number', async () => {
  const text = await ask(
    '1. Describe how a heat pump works\n2. Compare it with a gas boiler\n3. Recommend one for a small house',
  );
  for (const part of [
    '1. Describe how a heat pump works',
    '2. Compare it with a gas boiler',
    '3. Recommend one for a small house',
  ])
    assert.ok(text.includes(part), part);
});

test('results of workers under headings are put together from their own sentences', async () => {
  const text = await ask(
    'Objective:\nPlan a picnic\n\n## Result 1: Food\nBring bread and cheese. Also fruit.\n\n## Result 2: Place\nThe park by the lake. It has shade.\n\nWrite the answer to the objective.',
  );
  assert.match(text, /Food: Bring bread and cheese/);
  assert.match(text, /Place: The park by the lake/);
});

const codeTasks = [
  'reverses a string',
  'checks whether a number is prime',
  'computes the factorial of n',
  'removes duplicates from a list',
  'parses a log file into records',
];

for (const task of codeTasks) {
  test(`code that ${task} parses in every language that can be checked here`, async () => {
    const code = async (language: string) =>
      (await ask(`Write a ${language} function that ${task}.`)).match(/```\w+\n([\s\S]*?)```/)?.[1] ??
      assert.fail('no code block');
    new Script(await code('JavaScript'));
    new Script(stripTypeScriptTypes(await code('TypeScript')));
    const python = spawnSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], {
      input: await code('Python'),
    });
    if (python.error === undefined) assert.equal(python.status, 0, String(python.stderr));
    const bash = spawnSync('bash', ['-n'], { input: await code('bash') });
    assert.equal(bash.status, 0, String(bash.stderr));
  });
}

test('known code tasks are solved, not only written down', async () => {
  const source =
    (await ask('Write a JavaScript function that checks whether a number is prime')).match(
      /```\w+\n([\s\S]*?)```/,
    )?.[1] ?? '';
  const results: unknown = new Script(
    `${source}; [2, 9, 97, 1].map(${source.match(/function (\w+)/)?.[1]})`,
  ).runInNewContext();
  assert.deepEqual([...(results as boolean[])], [true, false, true, false]);
});

const schemas: object[] = [
  {
    type: 'object',
    properties: { label: { enum: ['a', 'b'] }, score: { type: 'number', minimum: 0, maximum: 1 } },
    required: ['label', 'score'],
    additionalProperties: false,
  },
  { type: 'array', items: { type: 'string', minLength: 3, maxLength: 5 }, minItems: 3, uniqueItems: true },
  {
    type: 'object',
    properties: {
      id: { type: 'string', pattern: '^[A-Z]{2}-\\d{4}$' },
      at: { type: 'string', format: 'date-time' },
      mail: { type: 'string', format: 'email' },
      link: { type: 'string', format: 'uri' },
    },
    required: ['id', 'at', 'mail', 'link'],
  },
  {
    $defs: {
      node: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          children: { type: 'array', items: { $ref: '#/$defs/node' } },
        },
        required: ['name'],
      },
    },
    $ref: '#/$defs/node',
  },
  {
    type: 'object',
    properties: {
      action: {
        anyOf: [
          {
            type: 'object',
            properties: { kind: { const: 'read' }, path: { type: 'string' } },
            required: ['kind', 'path'],
            additionalProperties: false,
          },
          {
            type: 'object',
            properties: { kind: { const: 'done' } },
            required: ['kind'],
            additionalProperties: false,
          },
        ],
      },
    },
    required: ['action'],
  },
  {
    allOf: [
      {
        type: 'object',
        properties: { a: { type: 'integer', multipleOf: 5, exclusiveMinimum: 10 } },
        required: ['a'],
      },
      { properties: { b: { type: ['string', 'null'] } }, required: ['b'] },
    ],
  },
  {
    type: 'object',
    properties: {
      pair: {
        type: 'array',
        prefixItems: [{ type: 'integer' }, { type: 'string' }],
        minItems: 2,
        maxItems: 2,
      },
      nothing: { type: 'null' },
      flag: { type: 'boolean' },
    },
    required: ['pair', 'nothing', 'flag'],
  },
];

test('a made instance is valid against its schema, whatever the prompt', () => {
  const ajv = new Ajv({ strict: false, formats: { 'date-time': true, email: /.+@.+/, uri: /^https?:/ } });
  const compiled = schemas.map((schema) => ({ schema, valid: ajv.compile(schema) }));
  fc.assert(
    fc.property(
      fc.constantFrom(...compiled),
      fc.string({ maxLength: 300 }),
      fc.nat(),
      ({ schema, valid }, prompt, seed) => {
        const value = instance(schema as Record<string, unknown>, {
          prompt,
          seed,
          root: schema as Record<string, unknown>,
        });
        assert.ok(valid(value), `${JSON.stringify(value)}: ${ajv.errorsText(valid.errors)}`);
      },
    ),
    { numRuns: 500 },
  );
});

test('expressions are evaluated as mathematics does, and nonsense is undefined', () => {
  const cases: [string, number | undefined][] = [
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['2 ^ 3 ^ 2', 512],
    ['10 - 4 - 3', 3],
    ['-3 * -2', 6],
    ['7 % 4', 3],
    ['1 +', undefined],
    ['(1', undefined],
  ];
  for (const [expression, value] of cases) assert.equal(evaluate(expression), value, expression);
});

test('no prompt makes the simulator fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), async (prompt) => {
      assert.equal(typeof (await ask(prompt)), 'string');
    }),
    { numRuns: 200 },
  );
});
