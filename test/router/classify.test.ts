import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Complexity } from '../../config/config.ts';
import { classify, complexityOf, lowConfidence } from '../../router/classify.ts';
import { aRequest } from './support.ts';

const table: Readonly<Record<Complexity, readonly string[]>> = {
  simple: [
    'What is 2+2?',
    'Is the word "theorem" spelled correctly?',
    'What is the capital of France?',
    'Who wrote Hamlet?',
    'Is 17 a prime number?',
    'What does HTTP stand for?',
    'What is a theorem?',
    'List the days of the week',
    'Translate "good morning" to Spanish',
    'Translate "Prove the theorem and refactor the monolith" to French',
    'Capitalize this: hello world',
    'Classify the sentiment of: I love this product',
    'Give me a synonym for happy',
    'Answer yes or no: is water wet?',
    'Write a short email to my boss saying I am late',
    'Übersetze "Hallo" ins Englische',
    'Traduis "bonjour" en anglais',
    '¿Cuál es la capital de España?',
    '翻译：你好',
  ],
  moderate: [
    'Summarize the following article in three sentences: The city council met on Monday to discuss the budget. The mayor wants to close two libraries, which saves 1.2 million a year. Parents and teachers protested in front of the town hall, and the opposition proposes higher parking fees instead. A decision is due in March, after a public hearing in each district.',
    'Explain how photosynthesis works',
    'Write a Python function that reverses a linked list',
    'Write a poem about autumn',
    'Compare tea and coffee',
    'Why is the sky blue?',
    'How do I center a div in CSS?',
    'Draft a product description for a wireless mouse',
  ],
  complex: [
    'Plan a zero-downtime migration of a 20 TB PostgreSQL cluster',
    'Refactor this monolith into services',
    'Please refactor the authentication module into microservices, preserving backwards compatibility',
    'Implement a B-tree with concurrent insertions in Rust and prove that it is linearizable',
    'Design a distributed rate limiter that works across regions and tolerates network partitions',
    'Prove that the square root of 2 is irrational',
    'Can you debug this race condition in our Go scheduler: workers deadlock when the queue is drained',
    'Analyze the trade-offs between Raft and Paxos for a multi-tenant database and recommend an architecture',
    'Derive the closed form solution of the recurrence and show each step',
    'Investigate why our Kubernetes pods get OOM killed every night and propose a fix',
    'Build a scalable event-driven architecture for order processing with exactly-once semantics',
    'Entwirf eine fehlertolerante Architektur für ein verteiltes System',
    'Conçois une architecture de microservices tolérante aux pannes',
    'Diseña un sistema distribuido para procesar pagos',
    'Спроектируй распределённую систему платежей',
    '设计一个高可用的分布式系统',
  ],
};

for (const [complexity, prompts] of Object.entries(table)) {
  test(`calls ${complexity} what people would call ${complexity}`, () => {
    for (const prompt of prompts) {
      const found = classify(aRequest(prompt));
      assert.equal(found.complexity, complexity, `${prompt}: ${JSON.stringify(found.signals)}`);
    }
  });
}

test('how a request is written does not change what it is', () => {
  const rewritings: ReadonlyArray<(text: string) => string> = [
    (text) =>
      `Hi! Could you please help me with this: ${text.slice(0, 1).toLowerCase()}${text.slice(1)} Thanks a lot!`,
    (text) => text.toUpperCase(),
    (text) => text.replace(/[.!?]+$/, ''),
    (text) => `\n  ${text.replaceAll(' ', '  ')}\n`,
  ];
  for (const [complexity, prompts] of Object.entries(table)) {
    for (const prompt of prompts) {
      for (const rewrite of rewritings) {
        const found = classify(aRequest(rewrite(prompt)));
        assert.equal(found.complexity, complexity, `${rewrite(prompt)}: ${JSON.stringify(found.signals)}`);
      }
    }
  }
});

test('no evidence is not simple: the confidence is low and the score in the middle', () => {
  for (const prompt of ['yes', 'go on', 'Hello', 'the blue one', 'Tell me about dogs', '', '   ', '好的']) {
    const found = classify(aRequest(prompt));
    assert.equal(found.complexity, 'moderate', prompt);
    assert.ok(found.confidence < lowConfidence, `${prompt}: ${found.confidence}`);
  }
});

test('a few words that point at something which is not there tell nothing', () => {
  for (const prompt of [
    'fix it',
    'Do it',
    'why is this slow?',
    'mach das',
    'make it better',
    'corrige esto',
  ]) {
    const { confidence } = classify(aRequest(prompt));
    assert.ok(confidence < lowConfidence, `${prompt}: ${confidence}`);
  }
});

test('a complexity that the type states wins with confidence 1, and the score stays within its band', () => {
  for (const typeComplexity of ['simple', 'moderate', 'complex'] as const) {
    for (const prompt of [...table.simple, ...table.complex]) {
      const found = classify(aRequest(prompt, { typeComplexity, type: 'git_status' }));
      assert.equal(found.complexity, typeComplexity);
      assert.equal(found.confidence, 1);
      assert.equal(complexityOf(found.score), typeComplexity);
      assert.ok(found.signals.some((signal) => signal.name === 'type'));
    }
  }
});

test('system prompt, tool definitions and earlier messages do not change the judgement', () => {
  const alone = classify(aRequest('What is the capital of France?'));
  const boilerplate = 'Design, refactor, migrate and prove. '.repeat(200);
  const dressed = classify(
    aRequest('What is the capital of France?', {
      messages: [
        { role: 'system', content: boilerplate },
        { role: 'user', content: boilerplate },
        { role: 'assistant', content: boilerplate },
        { role: 'user', content: 'What is the capital of France?' },
      ],
      tools: Array.from({ length: 32 }, (_, at) => ({
        name: `tool_${at}`,
        description: boilerplate,
        parameters: { type: 'object' },
      })),
    }),
  );
  assert.equal(dressed.score, alone.score);
  assert.equal(dressed.complexity, 'simple');
  assert.ok(dressed.inputTokens > 100 * alone.inputTokens, 'the tokens do count everything');
  assert.equal(dressed.needsTools, true);
});

test('tools that keep failing make the next turn of a run harder, whatever its text says', () => {
  const turn = (...results: string[]) =>
    classify(
      aRequest('go on', {
        messages: [
          { role: 'user', content: 'go on' },
          ...results.map((content) => ({ role: 'tool' as const, content, toolCallId: '1', toolName: 'run' })),
        ],
      }),
    );
  const calm = turn('3 tests passed', 'Docs: error handling is described in docs/errors.md');
  const once = turn('Error: ENOENT', '3 tests passed');
  const stuck = turn('Error: ENOENT', '{"error": "denied"}', 'exit code 1\nTraceback');
  assert.equal(once.score, calm.score);
  assert.ok(stuck.score > once.score);
  assert.equal(stuck.complexity, 'complex');
  assert.ok(stuck.signals.some((signal) => signal.name === 'the run is stuck'));
  const recovered = turn('Error: a', 'Error: b', ...Array.from({ length: 12 }, () => 'ok'));
  assert.equal(recovered.score, calm.score);
});

test('words in quotation marks, in code and in quoted lines are talked about, not asked for', () => {
  const hard = 'Prove the theorem, refactor the monolith, design a distributed architecture';
  const plain = classify(aRequest('How do you say this in Dutch'));
  for (const quoted of [`"${hard}"`, `“${hard}”`, `«${hard}»`, `'${hard}'`, `\`${hard}\``, `\n> ${hard}\n`]) {
    const found = classify(aRequest(`How do you say this in Dutch ${quoted}`));
    assert.equal(found.complexity, plain.complexity, `${quoted}: ${JSON.stringify(found.signals)}`);
  }
});

test('an apostrophe opens no quotation', () => {
  assert.equal(
    classify(aRequest("Don't be brief: refactor the users' monolith into services, it's urgent")).complexity,
    'complex',
  );
});

test('the instruction of a long text is read at its beginning and at its end', () => {
  const material = 'The weather was mild and the sea was calm. '.repeat(2_000);
  const instruction = 'Design a distributed architecture with fault tolerance and prove its consistency.';
  for (const text of [`${instruction}\n\n${material}`, `${material}\n\n${instruction}`]) {
    assert.equal(classify(aRequest(text)).complexity, 'complex');
  }
});

test('every signal carries evidence, and the score is the logistic sum of the weights', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(table).flat()), (prompt) => {
      const found = classify(aRequest(prompt));
      for (const signal of found.signals) assert.ok(signal.evidence.length > 0, signal.name);
      const sum = found.signals.reduce((total, signal) => total + signal.weight, Math.log(0.4 / 0.6));
      assert.ok(Math.abs(found.score - 1 / (1 + Math.exp(-sum))) < 1e-9);
    }),
  );
});

test('any text at all gets a score between 0 and 1, a confidence between 0 and 1 and tokens', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ maxLength: 400 }), fc.string({ unit: 'binary', maxLength: 400 })),
      fc.integer({ min: 1, max: 60 }),
      (piece, times) => {
        const found = classify(aRequest(piece.repeat(times)));
        assert.ok(found.score > 0 && found.score < 1);
        assert.ok(found.confidence >= 0 && found.confidence <= 1);
        assert.equal(found.complexity, complexityOf(found.score));
        assert.ok(found.inputTokens >= 0 && found.expectedOutputTokens >= 1);
      },
    ),
  );
});

test('a learned score replaces the rules where it does not abstain, and never a stated complexity', () => {
  const learned = {
    predict: () => ({ score: 0.91, confidence: 0.8, evidence: '412 outcomes like this one' }),
  };
  const found = classify(aRequest('What is 2+2?'), { learned });
  assert.equal(found.complexity, 'complex');
  assert.equal(found.score, 0.91);
  assert.equal(found.confidence, 0.8);
  assert.ok(found.signals.some((signal) => signal.name === 'learned'));
  const abstains = classify(aRequest('What is 2+2?'), { learned: { predict: () => undefined } });
  assert.equal(abstains.complexity, 'simple');
  const stated = classify(aRequest('What is 2+2?', { typeComplexity: 'simple' }), { learned });
  assert.equal(stated.complexity, 'simple');
});

test('the expected answer follows what is asked for', () => {
  const expected = (prompt: string, overrides = {}): number =>
    classify(aRequest(prompt, overrides)).expectedOutputTokens;
  assert.equal(expected('Write an essay of 500 words about rivers'), 700);
  assert.equal(expected('Write 3 paragraphs about rivers'), 390);
  assert.equal(expected('Draft a 10-page report on rivers'), 7_000);
  assert.ok(expected('Write a novel about rivers') > expected('Write a story about rivers'));
  assert.ok(expected('Write a story about rivers') > expected('Write a haiku about rivers'));
  assert.equal(expected('Is this right, yes or no: rivers flow uphill'), 10);
  assert.equal(expected('Write an essay of 500 words about rivers', { maxTokens: 100 }), 100);
});

test('the domain is that of most words, or of the signs', () => {
  const domainOf = (prompt: string): string => classify(aRequest(prompt)).domain;
  assert.equal(domainOf('Fix the bug in this Python function'), 'code');
  assert.equal(domainOf('```\nlet x = 1;\n```\nwhat is wrong here'), 'code');
  assert.equal(domainOf('Solve the equation for the matrix'), 'maths');
  assert.equal(domainOf('∀x ∃y: x ≤ y'), 'maths');
  assert.equal(domainOf('Aggregate the columns of this csv'), 'data');
  assert.equal(domainOf('Write a poem'), 'writing');
  assert.equal(domainOf('Which studies cite this literature'), 'research');
  assert.equal(domainOf('What day is it'), 'general');
});

test('tools are needed where they are given or where the text asks to act outside', () => {
  assert.equal(classify(aRequest('What is 2+2?')).needsTools, false);
  assert.equal(classify(aRequest('Search the web for the latest version of Node')).needsTools, true);
  assert.equal(classify(aRequest('Run the tests and tell me what fails')).needsTools, true);
});
