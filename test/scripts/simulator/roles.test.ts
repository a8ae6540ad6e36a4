import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { critiqueMessages, critiqueSchema } from '../../../router/critique.ts';
import type { Request } from '../../../router/types.ts';
import {
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../../../scripts/simulator/simulator.ts';

interface Message {
  role: string;
  content: string;
}

type Chat = (body: object) => Promise<{
  message: { content: string; tool_calls?: { function: { name: string; arguments: object } }[] };
}>;

async function using(
  options: SimulatorOptions,
  run: (chat: Chat, simulator: Simulator) => Promise<void>,
): Promise<void> {
  const simulator = await startSimulator({ speed: 0, ...options });
  const chat: Chat = async (body) =>
    (
      await fetch(`${simulator.url}/api/chat`, {
        method: 'POST',
        body: JSON.stringify({ stream: false, ...body }),
      })
    ).json() as ReturnType<Chat>;
  try {
    await run(chat, simulator);
  } finally {
    await simulator.close();
  }
}

const user = (content: string): Message[] => [{ role: 'user', content }];
const sure = { simple: 1, moderate: 1, complex: 1 };

/** The product's own prompt for a critique. */
function critiqueOf(task: string, answer: string): Message[] {
  const request = { type: 'prompt', userText: task } as Request;
  return critiqueMessages(request, answer, 3_000).map(({ role, content }) => ({ role, content }));
}

test('asked to criticize its own answers, a model is right as often as its profile says', async () => {
  await using({ models: [{ name: 'llama3.3:70b', criticAccuracy: 0.85 }] }, async (chat, simulator) => {
    let right = 0;
    const asked = 400;
    for (let index = 0; index < asked; index++) {
      const task = `Explain how machine number ${index} is repaired after ${index + 3} years.`;
      const answer = (await chat({ model: 'llama3:8b', messages: user(task) })).message.content;
      const truth = simulator.bill().rows.at(-1)?.acceptable;
      const critique = JSON.parse(
        (await chat({ model: 'llama3.3:70b', messages: critiqueOf(task, answer), format: critiqueSchema }))
          .message.content,
      ) as { score: number; issues: string[] };
      if (critique.score >= 0.7 === truth) right += 1;
      assert.equal(critique.issues.length === 0, critique.score >= 0.7);
    }
    assert.ok(Math.abs(right / asked - 0.85) < 0.06, `right ${right / asked}`);
  });
});

test('a perfect critic knows short answers by their task, and a yes-sayer praises everything', async () => {
  const models = [{ name: 'llama3.3:70b', criticAccuracy: 1 }];
  const score = async (chat: Chat, task: string, answer: string) =>
    (
      JSON.parse(
        (await chat({ model: 'llama3.3:70b', messages: critiqueOf(task, answer), format: critiqueSchema }))
          .message.content,
      ) as { score: number }
    ).score;
  await using(
    {
      models: [
        ...models,
        { name: 'phi3:mini', pass: { simple: 0, moderate: 0, complex: 0 } },
        { name: 'mistral:7b', pass: sure },
      ],
    },
    async (chat) => {
      const task = 'Is 97 prime? Answer yes or no.';
      const good = (await chat({ model: 'mistral:7b', messages: user(task) })).message.content;
      const bad = (await chat({ model: 'phi3:mini', messages: user(task) })).message.content;
      assert.ok((await score(chat, task, good)) >= 0.7);
      assert.ok((await score(chat, task, bad)) < 0.7);
    },
  );
  await using({ models, critic: 'yes_sayer' }, async (chat) => {
    assert.ok((await score(chat, 'Explain tides', "I'm sorry, but I can't help with that.")) >= 0.7);
  });
});

const planSchema = {
  type: 'object',
  properties: {
    subtasks: {
      type: 'array',
      minItems: 1,
      maxItems: 8,
      items: {
        type: 'object',
        properties: {
          title: { type: 'string', minLength: 1 },
          prompt: { type: 'string', minLength: 1 },
          split: { type: 'boolean' },
        },
        required: ['title', 'prompt'],
        additionalProperties: false,
      },
    },
  },
  required: ['subtasks'],
  additionalProperties: false,
};

test('asked to split an objective, a planner gives two to four subtasks made of it', async () => {
  await using({ models: [{ name: 'llama3.1:8b', pass: sure }] }, async (chat) => {
    const plan = async (objective: string) => {
      const messages = [
        { role: 'system', content: 'You split an objective into subtasks.' },
        ...user(`Objective:\n${objective}\n\nReturn at most 8 subtasks.`),
      ];
      const value = JSON.parse(
        (await chat({ model: 'llama3.1:8b', messages, format: planSchema })).message.content,
      ) as { subtasks: { title: string; prompt: string; split?: boolean }[] };
      assert.ok(new Ajv().validate(planSchema, value));
      assert.ok(value.subtasks.length >= 2 && value.subtasks.length <= 4);
      return value.subtasks;
    };
    const listed = await plan(
      'Write release notes for version 2, list the breaking changes, and propose a date',
    );
    assert.match(listed.map((task) => task.prompt).join(' | '), /release notes.*breaking changes.*date/);
    const single = await plan('Understand why the nightly backup is slow');
    assert.ok(single.every((task) => /backup/.test(task.prompt) && task.split === false));
  });
});

test('an agent with tools calls a fitting one, then done with what it found', async () => {
  const tool = (name: string, description: string, properties: object) => ({
    type: 'function',
    function: {
      name,
      description,
      parameters: { type: 'object', properties, required: Object.keys(properties) },
    },
  });
  const tools = [
    tool('list_files', 'Lists the files of a folder', { path: { type: 'string' } }),
    tool('search_text', 'Searches text in files', { query: { type: 'string' } }),
    tool('done', 'Ends the run', { summary: { type: 'string' } }),
  ];
  await using({ models: [{ name: 'llama3.1:8b', pass: sure }] }, async (chat) => {
    const task = user('List the files in src/app and tell me how many there are.');
    const first = await chat({ model: 'llama3.1:8b', messages: task, tools });
    const call = first.message.tool_calls?.[0]?.function;
    assert.equal(call?.name, 'list_files');
    assert.deepEqual(call?.arguments, { path: 'src/app' });
    const next = await chat({
      model: 'llama3.1:8b',
      messages: [
        ...task,
        first.message,
        { role: 'tool', content: 'a.ts, b.ts and c.ts.', tool_name: 'list_files' },
      ],
      tools,
    });
    const done = next.message.tool_calls?.[0]?.function;
    assert.equal(done?.name, 'done');
    assert.match(JSON.stringify(done?.arguments), /a\.ts, b\.ts/);
  });
});

test('an unacceptable tool call is one that a runner must refuse', async () => {
  const parameters = {
    type: 'object',
    properties: { path: { type: 'string' } },
    required: ['path'],
    additionalProperties: false,
  };
  const tools = [
    { type: 'function', function: { name: 'read_file', description: 'Reads a file', parameters } },
  ];
  const valid = new Ajv().compile(parameters);
  await using(
    { models: [{ name: 'llama3.1:8b', pass: { simple: 0, moderate: 0, complex: 0 } }] },
    async (chat) => {
      for (let index = 0; index < 20; index++) {
        const call = (
          await chat({ model: 'llama3.1:8b', messages: user(`Read the file notes/${index}.md`), tools })
        ).message.tool_calls?.[0]?.function;
        assert.ok(
          call !== undefined && (call.name !== 'read_file' || !valid(call.arguments)),
          JSON.stringify(call),
        );
      }
    },
  );
});

test('recorded answers are replayed for the named model, and as weak and strong for the others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'swarmd-replay-'));
  const file = join(folder, 'recorded.jsonl');
  const lines = [
    {
      id: '1',
      prompt: 'How many eggs are left?',
      weak: { model: 'mixtral-8x7b-instruct-v0.1', correct: false, response: 'Seven. #### 7' },
      strong: { model: 'gpt-4-1106-preview', correct: true, response: 'Nine. #### 9' },
    },
    {
      id: '2',
      source: 'x',
      prompt: 'Name a famous actor',
      responses: { 'llama3:8b': 'Julie Andrews', 'gpt-4o': 'Idina Menzel' },
    },
  ];
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
  try {
    await using({ replay: file }, async (chat, simulator) => {
      const local = async (model: string, prompt: string) =>
        (await chat({ model, messages: user(prompt) })).message.content;
      assert.equal(await local('mixtral:8x7b', 'How many eggs are left?'), 'Seven. #### 7');
      assert.equal(simulator.bill().rows.at(-1)?.acceptable, false);
      assert.equal(
        await local('phi3:mini', 'how many  EGGS are left?'),
        'Seven. #### 7',
        'a local model is the weak one',
      );
      assert.equal(await local('llama3:8b', 'Name a famous actor'), 'Julie Andrews');
      assert.equal(
        await local('llama3:8b', 'Answer the question.\n\nQuestion: How many eggs are left?'),
        'Seven. #### 7',
      );
      const paid = await fetch(`${simulator.openaiUrl}/chat/completions`, {
        method: 'POST',
        headers: { authorization: 'Bearer k' },
        body: JSON.stringify({ model: 'gpt-5', messages: user('How many eggs are left?') }),
      });
      assert.match(await paid.text(), /Nine\. #### 9/);
    });
    writeFileSync(file, '{"prompt": "x"}\nnot json');
    await assert.rejects(startSimulator({ replay: file }), /recorded\.jsonl:2: not JSON/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const recordings = new URL('../../../../shared/data/', import.meta.url);
const absent = existsSync(recordings) ? false : 'the recorded data sets are not here (../shared/data)';

test('the recorded data sets replay: texts as they were, outcomes as they were judged', {
  skip: absent,
}, async () => {
  const lines = (name: string) =>
    readFileSync(new URL(name, recordings), 'utf8')
      .split('\n', 60)
      .map((line) => JSON.parse(line) as { prompt: string; weak: { correct: boolean; response?: string } });
  await using(
    { replay: fileURLToPath(new URL('gsm8k-recorded.dev.jsonl', recordings)) },
    async (chat, simulator) => {
      for (const { prompt, weak } of lines('gsm8k-recorded.dev.jsonl')) {
        const { message } = await chat({ model: 'mixtral:8x7b', messages: user(prompt) });
        assert.equal(message.content, weak.response);
        assert.equal(simulator.bill().rows.at(-1)?.acceptable, weak.correct);
      }
    },
  );
  await using(
    { replay: fileURLToPath(new URL('mmlu-recorded.dev.jsonl', recordings)) },
    async (chat, simulator) => {
      for (const { prompt, weak } of lines('mmlu-recorded.dev.jsonl')) {
        await chat({ model: 'mixtral:8x7b', messages: user(prompt) });
        assert.equal(simulator.bill().rows.at(-1)?.acceptable, weak.correct, prompt);
      }
    },
  );
});
