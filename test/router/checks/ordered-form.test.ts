import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkGrounding } from '../../../router/checks/grounding.ts';
import { asksForJson, checkJson } from '../../../router/checks/json.ts';
import { checkLanguage } from '../../../router/checks/language.ts';
import { checkRepetition } from '../../../router/checks/repetition.ts';
import { sourceOf } from '../../../router/checks/source.ts';
import { checkInput } from '../quality-fixtures.ts';

test('a task that orders JSON in words is not answered by prose; one that speaks of JSON, or wants code, may be', () => {
  for (const task of [
    'Return a JSON object with name and age',
    'Answer as JSON.',
    'Please give me the list as JSON',
    'Extract the name and the age from the mail below as JSON.\n\nDear all, …',
    'Turn these words into a JSON array: red, green, blue',
    'Who is the author? Respond only with valid JSON',
    'Gib die Liste als JSON aus: rot, grün',
  ])
    assert.equal(asksForJson(task), true, task);
  for (const task of [
    'Return the keys of this JSON: {"a": 1}',
    'Is this valid JSON?\n{"a": 1,}',
    'Explain how to return JSON from a handler',
    'Write a function that returns a JSON object',
    'Generate a JSON schema for an invoice',
    'Write an article about JSON',
    'List three libraries for JSON',
    'What does it mean to answer in JSON?',
    'Provide a short overview of JSON and XML',
    'Write a few-shot prompt for a small model. Output JSON with name and age.',
  ])
    assert.equal(asksForJson(task), false, task);
  const judge = (answer: string) => checkJson(checkInput('Return a JSON object with name and age', answer));
  const prose = judge('The name is Anna and she is thirty years old, I think.');
  assert.deepEqual([prose?.score, prose?.hard, prose?.evidence], [0, true, 'no JSON in the answer']);
  for (const answer of [
    '{"name": "Anna", "age": 30}',
    'Here it is:\n```json\n{"name": "Anna", "age": 30}\n```',
  ])
    assert.equal(judge(answer)?.score, 1, answer);
  assert.equal(checkJson(checkInput('Who is Anna?', 'A friend of mine.')), undefined);
});

test('a task that orders a language is not answered in another one, however short the task is', () => {
  const english =
    'Tides arise because the gravity of the moon pulls on the water, and the earth turns below it.';
  const german =
    'Die Gezeiten entstehen durch die Anziehungskraft des Mondes, die auf das Wasser der Meere wirkt und es bewegt.';
  const score = (task: string, answer: string) => checkLanguage(checkInput(task, answer))?.score;
  assert.equal(score('Erkläre auf Deutsch, wie Gezeiten entstehen.', english), 0.1);
  assert.equal(score('Erkläre auf Deutsch, wie Gezeiten entstehen.', german), 1);
  assert.equal(score('Explain how tides arise. Answer in German.', english), 0.1);
  assert.equal(score('Explain in German how tides arise.', german), 1);
  assert.equal(score('Describe the tides in English, please.', german), 0.1);
  // A language is the subject, or two are named: nothing is ordered that could be told.
  for (const task of [
    'Explain what the word Gezeiten means in German.',
    'Write about the differences between articles in German and in English.',
    'Translate into German: tides arise because of the moon',
    'Describe how to teach grammar in German.',
  ])
    assert.equal(score(task, english), undefined, task);
});

test('letters typed at random are caught in a short answer too, names and abbreviations are not', () => {
  const judge = (answer: string) =>
    checkRepetition(checkInput('Explain how tides arise, in detail.', answer));
  for (const answer of [
    'asdkj qwlekj zxcmn asldkj qwoieu zxmcnb laksjd qpwoe',
    'Asdkj qwlekj zxcmn qwpoei lkjasd zmxncb alskdj qpwoei mznxbc. Lkjsdf qwmnb zxclk.',
  ]) {
    const found = judge(answer);
    assert.deepEqual([found?.score, found?.hard], [0.1, true], answer);
  }
  for (const answer of [
    'Use HTTP, HTTPS, SMTP, DHCP, MQTT, SSH, SFTP and XMPP as protocols.',
    'Krzysztof, Szczepan, Wawrzyniec, Grzegorz, Schwarz, Strengths and Rhythms.',
    'Yes: mkdir, rmdir, chmod, chown and fsck are commands that come with every system.',
    'Brzęczyszczykiewicz w Szczebrzeszynie, powiat Łękołody, pisze się właśnie tak.',
  ])
    assert.equal(judge(answer)?.score, 1, answer);
});

test('the source of an answer is the given one, the prompt of a summary, or what stands below the order', () => {
  const text =
    'Ada Lovelace was born in 1815 in London. With Charles Babbage she worked on the Analytical Engine and wrote notes about it in 1843.';
  const of = (userText: string, type = 'prompt', more: { sourceText?: string } = {}) =>
    sourceOf({ userText, type, ...more });
  assert.equal(of('Anything', 'prompt', { sourceText: text }), text);
  assert.equal(of(text, 'summarize'), text);
  assert.equal(of(`Summarize this in one sentence:\n${text}`), text);
  assert.equal(of(`Please extract all names.\n\n${text}`), text);
  for (const [task, type] of [
    [text, 'prompt'],
    [
      'Summarize the plot of Hamlet for a class of fourteen-year-olds who have never read a play before.',
      'summarize',
    ],
    ['Summarize: Hamlet, by William Shakespeare', 'summarize'],
    [`Explain this to me:\n${text}`, 'prompt'],
    [`Summarize this and compare it with Grace Hopper:\n${text}`, 'prompt'],
  ] as const)
    assert.equal(of(task, type), undefined, task);

  const judge = (answer: string) =>
    checkGrounding(checkInput(text, answer, { type: 'summarize' }))?.score ?? 1;
  assert.ok(judge('Charles Darwin was born in Edinburgh in 1732 and wrote 512 operas.') < 0.5);
  assert.equal(judge('Ada Lovelace, born in 1815, wrote notes on the Analytical Engine in 1843.'), 1);
});
