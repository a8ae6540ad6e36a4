import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkArithmetic } from '../../../router/checks/arithmetic.ts';
import { checkCode } from '../../../router/checks/code.ts';
import { checkDuplicates } from '../../../router/checks/duplicates.ts';
import { checkEnding } from '../../../router/checks/ending.ts';
import { statedEquations } from '../../../router/checks/equations.ts';
import { checkGrounding } from '../../../router/checks/grounding.ts';
import { checkLanguage, languageOf } from '../../../router/checks/language.ts';
import { numbersIn } from '../../../router/checks/numbers.ts';
import { checkParts } from '../../../router/checks/parts.ts';
import { checkRepetition } from '../../../router/checks/repetition.ts';
import { checkInput } from '../quality-fixtures.ts';

test('stated equations are found, worked out and compared', () => {
  const cases: [line: string, holds: boolean[]][] = [
    ['3 * 4 + 2 = 14', [true]],
    ['3 * 4 + 2 = 15', [false]],
    ['So she pays $5 x 3 = $15 in total.', [true]],
    ['20% of 50 = 10', [true]],
    ['20% of 50 = 12', [false]],
    ['(6 / 12) x 100 = 50%', [true]],
    ['100% - 45% = 55%', [true]],
    ['1,250 + 750 = 2,000', [true]],
    ['10 / 3 = 3.33', [true]],
    ['10 / 3 = 3', [false]],
    ['10 / 3 = 3 (rounded down)', [true]],
    ['10 / 3 ≈ 3.3', [true]],
    ['3 tests * 5 points = 15 points', [true]],
    ['4 car washes a month * 12 months = 48 car washes', [true]],
    ['18 (for the females) + 32 (for the males) = 50', [true]],
    ['2 + 2 = 4 = 5 - 1', [true]],
    ['3 * 80 - 20 = 240 - 20 = 220', [true, true]],
    ['\\( 2^3 - 4 \\cdot 2 = 0 \\)', [true]],
    ['80/100 \\* 2 \\* 20 = 64', [false]],
    ['6.02 × 10^23 × 2 = 1.204 × 10^24', [true]],
    ['- 48 miles * 2 = 96 miles', [true]],
    // Nothing that can be worked out is stated in these.
    ['x = 5', []],
    ['3x + 4 = 10', []],
    ['21 - 3 = 2 * S', []],
    ['5:00 pm - 3 hours = 2:00 pm', []],
    ['6 billion x 3 = 18 billion', []],
    ['a == b', []],
    ['const total = 3;', []],
    ['3 feet = 36 inches', []],
    ['The score was 3 - 2 = a win', []],
    ['(0.3 mm)^3 = 0.027 mm^3', [true]],
  ];
  for (const [line, holds] of cases) {
    const found = statedEquations(line);
    assert.deepEqual(
      found.map((equation) => equation.holds),
      holds,
      `${line} -> ${JSON.stringify(found)}`,
    );
  }
});

test('one false equation or change of unit makes the answer doubtful, unless mistakes are the subject', () => {
  const task = 'How much does she pay?';
  assert.equal(checkArithmetic(checkInput(task, 'First 3 * 4 = 12, then 12 + 5 = 17.'))?.score, 1);
  const wrong = checkArithmetic(checkInput(task, 'First 3 * 4 = 12.\nThen 12 + 5 = 18.'));
  assert.deepEqual([wrong?.score, wrong?.hard], [0.1, false]);
  assert.match(wrong?.evidence ?? '', /12 \+ 5 = 18.*17/);
  assert.match(checkArithmetic(checkInput(task, 'Since 3 feet = 30 inches, it fits.'))?.evidence ?? '', /36/);
  assert.equal(checkArithmetic(checkInput(task, 'Since 3 feet = 36 inches, it fits.')), undefined);
  assert.equal(checkArithmetic(checkInput('Find the mistake: 2 + 2 = 5', '2 + 2 = 5 is wrong.')), undefined);
  assert.equal(checkArithmetic(checkInput(task, 'She pays seventeen.')), undefined);
});

test('equations are found in linear time in whatever a model may write', () => {
  for (const text of [
    '='.repeat(4000),
    '(1+'.repeat(1300),
    '1 '.repeat(2000),
    '1='.repeat(2000),
    '**'.repeat(2000),
    '<<'.repeat(2000),
  ]) {
    const started = process.hrtime.bigint();
    statedEquations(`${text}= 1\n`.repeat(5));
    // Far above what it takes (some 50 ms), far below what a backtracking pattern would.
    assert.ok(process.hrtime.bigint() - started < 20_000_000_000n);
  }
});

test('numbers are read as digits and as words', () => {
  const values = (text: string) => numbersIn(text).map((number) => number.value);
  assert.deepEqual(
    values('He paid $1,250.50 for twenty-five books, 3 pens and half a dozen eggs'),
    [1250.5, 25, 3, 0.5, 12],
  );
  assert.deepEqual(values('two hundred people, 40% of them twice'), [200, 40, 2]);
  assert.deepEqual(values('version v2 and x86'), []);
});

test('the language of a text is told by its script or its commonest words, short or mixed texts have none', () => {
  const cases: [string, string | undefined][] = [
    ['The tides are caused by the gravity of the moon, which pulls on the water of the oceans.', 'English'],
    [
      'Die Gezeiten entstehen durch die Anziehungskraft des Mondes auf das Wasser der Meere und der Erde.',
      'German',
    ],
    [
      'Les marées sont causées par la gravité de la lune qui attire les eaux des océans dans une direction.',
      'French',
    ],
    [
      'Las mareas son causadas por la gravedad de la luna, que atrae el agua de los océanos con una fuerza.',
      'Spanish',
    ],
    ['潮汐是由月球的引力引起的，月球的引力吸引着海洋中的水，使海水每天涨落两次。', 'Chinese'],
    ['潮の満ち引きは月の引力によって引き起こされ、海の水が一日に二回上下します。', 'Japanese'],
    ['Приливы вызваны притяжением Луны, которое действует на воду океанов.', 'Cyrillic'],
    ['Hello there', undefined],
    [
      'npm install express fastify typescript eslint prettier vitest rollup webpack babel jest mocha',
      undefined,
    ],
  ];
  for (const [text, language] of cases) assert.equal(languageOf(text), language, text);
});

test('an answer in another language than the task is doubtful, unless the task orders that one or speaks of languages', () => {
  const german =
    'Die Gezeiten entstehen durch die Anziehungskraft des Mondes, die auf das Wasser der Meere wirkt und es bewegt.';
  const english =
    'Please explain to me in a few sentences what the cause of the tides is and how they work on the coast.';
  assert.equal(checkLanguage(checkInput(english, german))?.score, 0.1);
  assert.equal(checkLanguage(checkInput(`${english} Answer in German.`, german))?.score, 1);
  assert.equal(checkLanguage(checkInput(`${english} It is for my German class.`, german)), undefined);
  assert.equal(
    checkLanguage(
      checkInput(
        'Erkläre mir bitte, wie die Gezeiten an der Küste der Nordsee entstehen und was der Mond mit ihnen zu tun hat.',
        german,
      ),
    )?.score,
    1,
  );
});

const source = `On 12 March 2024 Anna Berger moved 340 files from src/old/main.c to the archive at https://example.test/a.
She said "this took far longer than it should have" and billed $1,200.50.`;

test('numbers, names, quotations, paths and addresses of a summary must stand in its source', () => {
  const judge = (answer: string) =>
    checkGrounding(checkInput('Summarize it', answer, { sourceText: source }));
  const fine = judge(
    'In 2024, Anna Berger moved 340 files (src/old/main.c, see https://example.test/a.) and billed 1200.50: "this took far longer than it should have".',
  );
  assert.equal(fine?.score, 1, JSON.stringify(fine));
  for (const invented of [
    'She moved 350 files.',
    'The files were in src/new/main.c.',
    'She said "this was over before it had even begun".',
    'See https://example.test/b for more.',
  ]) {
    const result = judge(invented);
    assert.ok(result !== undefined && result.score < 0.5, `${invented} ${JSON.stringify(result)}`);
  }
  assert.equal(checkGrounding(checkInput('Tell me', 'There are 350 files.')), undefined);
});

test('as many items as were asked for, and an answer to each numbered question', () => {
  const score = (task: string, answer: string) => checkParts(checkInput(task, answer))?.score;
  assert.equal(score('List five fruits', '1. Fig\n2. Plum\n3. Pear\n4. Kiwi\n5. Lime'), 1);
  assert.equal(score('List five fruits', 'Fig, plum, pear, kiwi, lime'), 1);
  assert.ok((score('Give me 10 ideas for a party', '1. Cake\n2. Music\n3. Games') ?? 1) < 0.5);
  assert.equal(score('Write three paragraphs on tides', 'One.'), undefined);
  assert.equal(score('Write 5 to 10 words', 'One.'), undefined);
  const questions = '1. Who was Anna?\n2. What did she move?\n3. When was it?';
  assert.equal(score(questions, '1. A clerk.\n2. Files.\n3. In March.'), 1);
  assert.ok((score(questions, '1. A clerk.') ?? 1) < 0.5);
});

test('code is parsed in the language its fence names, what cannot be judged is not', async () => {
  const cases: [language: string, code: string, expected: 'fine' | 'soft' | 'hard' | 'none'][] = [
    ['python', 'def f(x):\n    return x + 1', 'fine'],
    ['python', 'def f(x:\n    return x + 1', 'hard'],
    ['js', 'const f = (x) => x + 1;', 'fine'],
    ['javascript', 'const f = (x => { return x + 1;', 'hard'],
    ['ts', 'const f = (x: number): number => x + 1;', 'fine'],
    ['ts', 'const f = (x: number: number => x', 'hard'],
    ['go', 'package main\n\nfunc main() {\n\tprintln("hi")\n}', 'fine'],
    ['go', 'func main( {\n\tprintln("hi")\n}', 'hard'],
    ['rust', 'fn main() {\n    println!("hi");\n}', 'fine'],
    ['rust', 'fn main() {\n    let x = ;\n}', 'hard'],
    ['java', 'class A { int f(int x) { return x + 1; } }', 'fine'],
    ['java', 'class A { int f(int x { return x + 1; } }', 'hard'],
    ['c', 'int f(int x) { return x + 1; }', 'fine'],
    ['c', 'int f(int x) { return x + 1; ', 'hard'],
    ['bash', '$ npm install\n$ for f in *; do echo "$f"; done', 'fine'],
    ['bash', 'if [ -f x ]; then echo', 'soft'],
    ['html', '<p>Hi <b>there</b></p>', 'fine'],
    ['sql', 'SELECT a, count(*) FROM t WHERE b > 1 GROUP BY a;', 'fine'],
    ['sql', 'SELEC a FROM t WHERE', 'soft'],
    ['sql', 'SELECT 1;\nSELECT `a` FROM `t` LIMIT 2, 3;', 'fine'],
    ['sql', 'SELECT 1;\nSELEC 2;\nSELECT 3;', 'soft'],
    ['json', '{"a": [1, 2]}', 'fine'],
    ['json', '"scripts": {"build": "tsc"}', 'fine'],
    ['json', '{"a": [1, 2}', 'hard'],
    ['yaml', 'a:\n  - 1\n  - 2', 'fine'],
    ['yaml', 'a: [1, 2\nb: }', 'soft'],
    ['yaml', 'a: 1\nb: 2\na: 3', 'soft'],
    ['yaml', 'a:\n\t- 1', 'soft'],
    ['yaml', '- a: "never closed', 'soft'],
    ['yaml', 'a: !Ref x\nb: !Sub [x, y]\nc: !!python/object:d {e: 1}\n<<: *elsewhere', 'fine'],
    ['yaml', '---\na: {{ value }}\n---\non:\n  push: { branches: [ main ] }\n', 'fine'],
    ['python', 'def f(x):\n    ...', 'none'],
    ['js', 'function f() {\n  // ...\n', 'none'],
    ['brainfuck', '+++[', 'none'],
    ['', 'def f(x:', 'none'],
  ];
  for (const [language, code, expected] of cases) {
    const result = await checkCode(checkInput('Write it', `Here:\n\n\`\`\`${language}\n${code}\n\`\`\`\n`));
    const seen = result === undefined ? 'none' : result.score === 1 ? 'fine' : result.hard ? 'hard' : 'soft';
    assert.equal(seen, expected, `${language}: ${code} ${JSON.stringify(result)}`);
  }
});

test('what takes long to parse, being no code at all, is given up and not judged', async () => {
  const prose = 'Some words, and then (more) of "them" for you; it is what it is. '.repeat(2_500);
  for (const language of ['js', 'python', 'go', 'rust', 'java', 'c']) {
    // Its grammar is loaded first, which takes as long as it takes.
    await checkCode(checkInput('Write it', `\`\`\`${language}\nx\n\`\`\`\n`));
    const started = performance.now();
    await checkCode(checkInput('Write it', `\`\`\`${language}\n${prose}\n\`\`\`\n`));
    // Bounded at 100 ms; 160 KB of it would take some 500.
    assert.ok(performance.now() - started < 400, language);
    const next = await checkCode(checkInput('Write it', `\`\`\`${language}\n${'x'}\n\`\`\`\n`));
    assert.ok(next !== undefined, `${language}: the parser goes on with the next text`);
  }
});

test('a fence inside a list is read without its indentation', async () => {
  const answer = '1. Do this:\n   ```python\n   def f(x):\n       return x\n   ```\n';
  assert.equal((await checkCode(checkInput('Write it', answer)))?.score, 1);
});

const tides = [
  'The tides are caused by the gravity of the moon, which pulls on the water of the oceans and heaps it up on two sides of the earth.',
  'As the earth turns, a coast passes through both of these heaps in one day, so that the water rises and falls twice between two noons.',
  'When sun and moon pull in one line the heaps are higher, and sailors speak of a spring tide, which has nothing to do with the season.',
];

test('an answer that was cut off ends otherwise than its other lines; titles, tables, lists without stops and sums do not', () => {
  const score = (answer: string) => checkEnding(checkInput('Explain the tides', answer))?.score;
  const whole = tides.join('\n\n');
  assert.equal(score(whole), 1);
  for (const cut of [-1, -9, -40, -60]) assert.equal(score(whole.slice(0, cut).trimEnd()), 0.2, String(cut));
  const list = tides.map((line) => `- **Why**: ${line}`).join('\n');
  assert.equal(score(list.slice(0, -30)), 0.2);
  for (const end of [
    'Yours sincerely,\n\nAnna Berger',
    '## What to read next about it all',
    'So the sum of both is 12 m + 3 m = 15 m of water',
    'Where to read more: the harbour office has a calendar',
    'https://example.test/tides/and/how/they/work',
    '#Tides #Moon #AllThatMovesTheSea',
  ])
    assert.equal(score(`${whole}\n\n${end}`), undefined, end);
  const verses = tides.map((line) => line.slice(0, 60)).join('\n');
  assert.equal(score(`${verses}\n${verses}`), undefined, 'verses end anyhow');
});

test('a paragraph that comes twice, and a sentence three times in a row, make an answer doubtful', () => {
  const score = (answer: string, task = 'Explain the tides') =>
    checkDuplicates(checkInput(task, answer))?.score;
  assert.equal(score(tides.join('\n\n')), 1);
  assert.equal(score([...tides, tides[0]].join('\n\n')), 0.2);
  assert.equal(score(`${tides.join(' ')} ${`${tides[0]} `.repeat(3)}`), 0.2);
  assert.equal(
    score(`${tides.join('\n\n')}\n\n${tides[1]}`, 'Repeat the second paragraph at the end'),
    undefined,
  );
});

test('an answer that goes on in another language is doubtful', () => {
  const task = 'Please explain to me in a few sentences what the cause of the tides is and how they work.';
  for (const other of [
    'Wenn Sonne und Mond in einer Linie stehen, ist die Flut höher, und das nennt man eine Springflut, die mit dem Frühling nichts zu tun hat.',
    '当太阳和月亮在一条直线上时，潮水会更高，人们把它叫做大潮，这和季节没有关系，每个月都会出现两次，渔民都知道这个规律，所以他们会提前准备好自己的船只和渔网。',
  ]) {
    const result = checkLanguage(checkInput(task, `${tides[0]}\n\n${tides[1]}\n\n${other}`));
    assert.equal(result?.score, 0.2, JSON.stringify(result));
  }
  assert.equal(checkLanguage(checkInput(task, tides.join('\n')))?.score, 1);
});

test('words with their letters mixed up are no language', () => {
  const mixed = tides
    .join(' ')
    .replace(/[a-z]{4,}/g, (word) =>
      [...word].sort((a, b) => ((a.charCodeAt(0) * 7) % 13) - ((b.charCodeAt(0) * 7) % 13)).join(''),
    );
  assert.equal(checkRepetition(checkInput('Explain the tides', mixed))?.score, 0.1, mixed);
  assert.equal(checkRepetition(checkInput('Explain the tides', tides.join(' ')))?.score, 1);
  const polish =
    'Przypływy są wywoływane przez przyciąganie księżyca, który podnosi wodę oceanów po dwóch stronach ziemi. Wybrzeże przechodzi przez obie fale w ciągu doby, dlatego woda wznosi się i opada dwukrotnie między kolejnymi południami, czego rybacy nauczyli się bardzo dawno temu.';
  assert.equal(checkRepetition(checkInput('Wyjaśnij pływy', polish))?.score, 1);
});

test('a loop is told from a task that speaks of times, and 20 times the same is what was asked for', () => {
  const loop = 'She has four times as many apples as he has. '.repeat(12);
  assert.equal(checkRepetition(checkInput('Ann has 4 times as many as Ben. How many?', loop))?.score, 0.05);
  assert.notEqual(checkRepetition(checkInput('Write the sentence below 12 times', loop))?.score, 0.05);
});

test('what an answer adds of its own is no claim: numbers of lists, headings, words between quotations, sums, translations', () => {
  const judge = (answer: string, task = 'Summarize it') =>
    checkGrounding(checkInput(task, answer, { sourceText: source }))?.score;
  assert.equal(judge('10. She moved 340 files.\n11. She billed 1200.50.'), 1);
  assert.equal(judge('## Key Points Discussed\n\nShe moved 340 files in March.'), 1);
  assert.equal(
    judge(
      'It says "src/old/main.c" instead of anything else, "this took far longer than it should have" and no more.',
    ),
    1,
  );
  assert.equal(judge('Of 340 files and 2024 others, 2364 in all.'), 1, 'a sum of two numbers of the source');
  const quoted = `She complains: "this took far longer than it should have", and moved 340 files in 2024.`;
  assert.ok((judge(`${quoted} She billed $1,211.50 on 12 March.`) ?? 1) < 0.5, 'one wrong number among many');
  assert.equal(
    judge(
      'Sie sagte: "das hat viel länger gedauert als es sollte", und sie hat die 340 Dateien mit der Hilfe von anderen in das Archiv gelegt, wie es auch auf der Rechnung steht, die nicht klein ist.',
    ),
    1,
  );
});

test('lists are asked for in many ways', () => {
  const score = (task: string) => checkParts(checkInput(task, '1. Fig\n2. Plum'))?.score ?? 1;
  for (const task of [
    'Create 10 marketing slogans for a sale',
    'Provide me with a list of 10 names from various cultures',
    'Give me a list of 5 verbs in alphabetical order',
    'Can you list the top 20 films of the year?',
    'Come up with at least 5 questions for an interview',
  ])
    assert.ok(score(task) < 0.5, task);
});
