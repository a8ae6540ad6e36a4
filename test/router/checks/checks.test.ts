import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Check } from '../../../router/checks/check.ts';
import { checkLength } from '../../../router/checks/completeness.ts';
import { checkEcho } from '../../../router/checks/echo.ts';
import { checkEmpty } from '../../../router/checks/empty.ts';
import { checkJson } from '../../../router/checks/json.ts';
import { checkRefusal } from '../../../router/checks/refusal.ts';
import { checkRepetition } from '../../../router/checks/repetition.ts';
import { checkSchema, schemaError, validateAgainst } from '../../../router/checks/schema.ts';
import { checkToolCalls } from '../../../router/checks/tool-calls.ts';
import { checkTruncated } from '../../../router/checks/truncated.ts';
import { checkInput, generation } from '../quality-fixtures.ts';

/** `fine`: applies and finds nothing, or does not apply; `hard`: ends the ladder; `soft`: costs quality only. */
type Expected = 'fine' | 'soft' | 'hard';

function expect(check: Check, cases: readonly [task: string, answer: string, expected: Expected][]): void {
  for (const [task, answer, expected] of cases) {
    const result = check(checkInput(task, answer));
    const seen = result === undefined || result.score === 1 ? 'fine' : result.hard ? 'hard' : 'soft';
    assert.equal(seen, expected, `${task} -> ${answer.slice(0, 90)} (${JSON.stringify(result)})`);
  }
}

test('an answer without any words is empty, a one-letter answer is not', () => {
  expect(checkEmpty, [
    ['Say hi', '', 'hard'],
    ['Say hi', '   \n', 'hard'],
    ['Say hi', '...', 'hard'],
    ['Which?', 'undefined', 'hard'],
    ['Which?', '[object Object]', 'hard'],
    ['Which of these?', 'B', 'fine'],
    ['Which of these, if any?', 'None', 'fine'],
    ['2+2', '4', 'fine'],
    ['An emoji, please', '🙂', 'fine'],
    ['In Chinese', '是', 'fine'],
  ]);
});

test('refusals are recognised in many languages', () => {
  const refusals = [
    "I'm sorry, but I can't assist with that request.",
    'I’m sorry, I can’t help with that.',
    'I cannot provide instructions for this.',
    'Sorry, but I am unable to access external websites.',
    'As an AI language model, I am not able to browse the internet.',
    'Unfortunately, I cannot fulfill this request.',
    'I must decline to answer that question.',
    'Es tut mir leid, aber ich kann dabei nicht helfen.',
    'Als KI-Modell kann ich leider keine Auskunft dazu geben.',
    'Je suis désolé, mais je ne peux pas répondre à cette demande.',
    'Lo siento, pero no puedo ayudarte con eso.',
    'Desculpe, mas não posso ajudar com isso.',
    'Mi dispiace, ma non posso aiutarti con questo.',
    'Het spijt me, maar ik kan je daar niet mee helpen.',
    'Przepraszam, ale nie mogę w tym pomóc.',
    'Извините, но я не могу помочь с этим запросом.',
    '抱歉，我无法提供这方面的帮助。',
    '申し訳ありませんが、そのご要望にはお応えできません。',
    '죄송합니다. 해당 요청에는 도움을 드릴 수 없습니다.',
    'Üzgünüm, bu konuda yardımcı olamam.',
    '**I’m sorry**, but I can’t create that content.',
  ];
  expect(
    checkRefusal,
    refusals.map((answer) => ['Tell me about the tides.', answer, 'hard']),
  );
});

test('a quoted refusal, a task about refusing and ordinary uses of "cannot" are no refusals', () => {
  expect(checkRefusal, [
    ['What did the bot answer?', 'It replied: "I\'m sorry, but I can\'t assist with that."', 'fine'],
    ['What did the bot answer?', '> I cannot help with that.\n\nThat is the log line.', 'fine'],
    ['Translate to Spanish: I cannot help with that', 'No puedo ayudar con eso', 'fine'],
    [
      'Write a letter declining the offer.',
      "Dear Ms Bell, I'm sorry, but I cannot offer you the post.",
      'fine',
    ],
    ['Give an example of a chatbot refusal', "I'm sorry, but I can't help with that.", 'fine'],
    ['How good is this bridge?', 'I cannot overstate how well it was built.', 'fine'],
    ['Can penguins fly?', 'No, they cannot fly, but they are excellent swimmers.', 'fine'],
    ['Write an if', '```js\nthrow new Error("I cannot help with that");\n```', 'fine'],
    ['Kann man Glas recyceln?', 'Ja, aber Fensterglas kann man nicht in den Container werfen.', 'fine'],
    ['Why is my build failing?', 'The linker cannot find libfoo. Install the development package.', 'fine'],
    ['Summarize', 'The minister said he could not comment. Sorry is not a word he used.', 'fine'],
  ]);
});

test("the provider's own mark of a refusal counts whatever the text says", () => {
  const input = {
    ...checkInput('Tell me', 'Well.'),
    generation: generation('Well.', { finishReason: 'refusal' }),
  };
  assert.equal(checkRefusal(input)?.hard, true);
});

test('an answer cut off by the limit, in a code block or in a sentence is truncated', () => {
  const cut = {
    ...checkInput('Explain', 'Tides are'),
    generation: generation('Tides are', { finishReason: 'length' }),
  };
  assert.equal(checkTruncated(cut)?.hard, true);
  expect(checkTruncated, [
    ['Write code', 'Here it is:\n```python\ndef f():\n    return 1', 'hard'],
    ['Write code', 'Here it is:\n```python\ndef f():\n    return 1\n```', 'fine'],
    ['Write code', '````md\n```js\n1\n```\n````', 'fine'],
    [
      'Explain tides',
      'Tides are caused by the gravity of the moon, which pulls on the water of the oceans, and by the',
      'hard',
    ],
    [
      'Erkläre Gezeiten',
      'Die Gezeiten entstehen durch die Anziehungskraft des Mondes auf das Wasser der Meere und die',
      'hard',
    ],
    [
      'Explain tides',
      'Tides are caused by the gravity of the moon pulling on the oceans, mostly so.',
      'fine',
    ],
    [
      'List',
      '- a long enough line about the first matter at hand, without a full stop\n- the second one, too',
      'fine',
    ],
    ['Title?', 'The Old Man and the', 'fine'],
    ['How many?', 'Peter exercised 23 + 16 = <<23+1', 'hard'],
    ['How many?', 'He needs 12 *', 'hard'],
    ['Continue: 1 + 2 =', 'The next is 3 + 4 =', 'fine'],
  ]);
});

test('loops and gibberish are recognised, lists, code and refrains are not', () => {
  expect(checkRepetition, [
    ['Explain', `The cat sat on the mat. ${'and then it went on and '.repeat(20)}`, 'hard'],
    ['Explain', `Sure. ${'no '.repeat(60)}`, 'hard'],
    ['Explain', `${'This line comes again and again, word for word.\n'.repeat(12)}`, 'hard'],
    ['Repeat the word no sixty times', 'no '.repeat(60), 'fine'],
    ['Explain', 'xkcd qwrt zxcv bnmp lkjh gfds trwq pmnb vcxz hjkl rtpl sdfg wqrt', 'hard'],
    ['Explain', 'Grüße ��� aus ���� M���nchen und viele schöne Tage noch', 'hard'],
    ['Table', `| a | b |\n|---|---|\n${'| 0 | 0 |\n'.repeat(30)}`, 'fine'],
    ['Draw', `${'-'.repeat(200)}\nA heading in the middle of it\n${'-'.repeat(200)}`, 'fine'],
    [
      'Explain',
      'The strengths and rhythms of Czech: "strč prst skrz krk" is a sentence without any vowel.',
      'fine',
    ],
    ['Count', Array.from({ length: 40 }, (_, i) => `${i + 1}. item number ${i + 1}`).join('\n'), 'fine'],
  ]);
});

test('an answer that only gives the prompt back is an echo, unless the task wants its own text', () => {
  const text = 'The quick brown fox jumps over the lazy dog while the old farmer watches from his porch';
  expect(checkEcho, [
    [`What does this mean? ${text}`, `What does this mean? ${text}`, 'hard'],
    [`What does this mean? ${text}`, `${text}.`, 'hard'],
    [
      `What does this mean? ${text}`,
      'It is a sentence with every letter of the alphabet, made longer here.',
      'fine',
    ],
    [`Correct the spelling: ${text}`, text, 'fine'],
    [`Repeat after me: ${text}`, text, 'fine'],
    ['Say hi', 'Say hi', 'fine'],
  ]);
});

test('a text that was asked for has a least length, a short answer to a short question has not', () => {
  expect(checkLength, [
    ['Explain how tides work', 'Moon.', 'soft'],
    ['Explain how tides work', 'The moon pulls on the water of the oceans.', 'fine'],
    ['What is the capital of France?', 'Paris', 'fine'],
    ['Explain in one word', 'Gravity', 'fine'],
    ['解释潮汐 explain', '月球引力引起潮汐现象。', 'fine'],
  ]);
});

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, population: { type: 'integer', minimum: 0 } },
  required: ['city', 'population'],
  additionalProperties: false,
};

test('JSON is found whole, fenced, in prose or after one honest repair, and each step costs', () => {
  const scores = (
    [
      ['{"city":"Ulm","population":126000}', 1],
      ['```json\n{"city":"Ulm","population":126000}\n```', 0.95],
      ['Here you are [1]: {"city":"Ulm","population":126000}. Bye {you}!', 0.85],
      ['{"city":"Ulm","population":126000,}', 0.7],
      ['{"city":"Ulm, // the \\"old\\" one","population":126000 // counted\n}', 0.7],
      ['{“city”:“Ulm”,“population”:126000}', 0.7],
    ] as const
  ).map(([answer, expected]) => {
    const result = checkJson(checkInput('Which city?', answer, { schema }));
    assert.equal(result?.score, expected, answer);
    return result.score;
  });
  assert.equal(scores.length, 6);
});

test('absent, cut off and scalar-in-prose JSON fail hard, nothing is invented to complete it', () => {
  for (const answer of ['Ulm has 126000 people.', '{"city":"Ulm","popul', '[1] says so', '{city: Ulm}', '']) {
    const result = checkJson(checkInput('Which city?', answer, { schema }));
    assert.deepEqual([result?.hard, result?.score], [true, 0], answer);
  }
});

test('a schema violation fails hard and names the place', () => {
  const result = checkSchema(checkInput('Which city?', '{"city":"Ulm","population":-1}', { schema }));
  assert.equal(result?.hard, true);
  assert.match(result?.evidence ?? '', /population.*>= 0/);
  const extra = checkSchema(
    checkInput('Which city?', '{"city":"Ulm","population":1,"mayor":"x"}', { schema }),
  );
  assert.match(extra?.evidence ?? '', /mayor/);
  assert.equal(checkSchema(checkInput('Which city?', '{"city":"Ulm","population":1}', { schema }))?.score, 1);
});

test('schemas of older drafts, with the same $id and with formats all work', () => {
  for (const type of ['string', 'number']) {
    const dated = { $schema: 'http://json-schema.org/draft-07/schema#', $id: 'https://x.test/same', type };
    assert.deepEqual(validateAgainst(dated, type === 'string' ? 'x' : 1), { valid: true });
  }
  assert.deepEqual(validateAgainst({ type: 'string', format: 'date' }, '2026-11-21'), { valid: true });
  assert.equal(validateAgainst({ type: 'string', format: 'date' }, 'today').valid, false);
});

test('a hostile schema cannot hang, crash or leave anything behind', () => {
  const slow = validateAgainst({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(60)}!`);
  assert.equal(slow.valid, undefined);
  assert.match(schemaError({ $ref: 'https://example.test/elsewhere.json' }) ?? '', /resolve/);
  assert.notEqual(schemaError({ type: 'no-such-type' }), undefined);
  assert.notEqual(schemaError({ enum: Array.from({ length: 60_000 }, (_, i) => `value ${i}`) }), undefined);
  const looped = validateAgainst({ $defs: { a: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }, 1);
  assert.notEqual(looped.valid, true);
  const prototype = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}');
  validateAgainst(prototype, JSON.parse('{"__proto__":1}'));
  assert.equal(({} as { type?: unknown }).type, undefined);
});

test('tool calls must name an offered tool and satisfy its schema', () => {
  const tools = [
    {
      name: 'read_file',
      description: '',
      parameters: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
    },
  ];
  const judge = (name: string, args: unknown) =>
    checkToolCalls({
      ...checkInput('Read it', '', { tools }),
      generation: generation('', {
        toolCalls: [{ id: '1', name, arguments: args }],
        finishReason: 'tool_calls',
      }),
    });
  assert.equal(judge('read_file', { path: 'a.txt' })?.score, 1);
  assert.equal(judge('read_file', {})?.hard, true);
  assert.equal(judge('read_file', '{"path": ')?.hard, true);
  assert.equal(judge('delete_file', { path: 'a.txt' })?.hard, true);
});
