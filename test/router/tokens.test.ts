import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  contextBucket,
  contextBuckets,
  estimateTokens,
  inputTokenBound,
  tokenMargin,
} from '../../router/tokens.ts';

/** Counted with gpt-tokenizer 4 (o200k_base), outside the repository. */
const counted: readonly { text: string; tokens: number }[] = [
  {
    text: 'The European Union is a supranational political and economic union of twenty-seven member states that are located primarily in Europe.',
    tokens: 24,
  },
  {
    text: 'Die Europäische Union ist ein Staatenverbund aus siebenundzwanzig europäischen Ländern. Ihre Bevölkerung umfasst rund 450 Millionen Einwohner.',
    tokens: 27,
  },
  {
    text: "L'Union européenne est une union politico-économique de vingt-sept États européens qui délèguent par traité l'exercice de certaines compétences.",
    tokens: 30,
  },
  {
    text: 'Европейский союз — экономическое и политическое объединение двадцати семи европейских государств, нацеленное на региональную интеграцию.',
    tokens: 34,
  },
  {
    text: '欧洲联盟是欧洲多国共同建立的政治及经济联盟，现拥有二十七个成员国，正式官方语言有二十四种。',
    tokens: 31,
  },
  {
    text: 'export function createSlots(options: { hosts: Record<string, HostSpec> }): HostSlots {\n  const waiting = new Map<string, Waiter[]>();\n  return { acquire, release };\n}\n',
    tokens: 39,
  },
  {
    text: '{"id":"01JD","usage":{"prompt_tokens":1024,"completion_tokens":256},"choices":[{"index":0,"finish_reason":"stop"}]}',
    tokens: 32,
  },
  {
    text: 'c3dhcm1kIHJ1bnMgc3dhcm1zIG9mIExMTSBhZ2VudHMgaW4gdGhlIGJhY2tncm91bmQsIG9uIHlvdXIgb3duIG1vZGVscyBmaXJzdCBhbmQgb24gcGFpZCBBUElz',
    tokens: 81,
  },
  { text: '3.14159 2.71828 1.41421 1.61803 0.57721 299792458 6.62607015 1.380649 9.80665', tokens: 44 },
];

for (const { text, tokens } of counted) {
  test(`"${text.slice(0, 40).trim()}…" is estimated within the margin`, () => {
    const estimate = estimateTokens(text);
    assert.ok(estimate * tokenMargin >= tokens, `${estimate} estimated, ${tokens} counted`);
    assert.ok(estimate <= tokens * 1.6, `${estimate} estimated, ${tokens} counted`);
  });
}

test('the bound is at least the UTF-8 bytes of everything sent', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 3 }), (contents) => {
      const bound = inputTokenBound({ messages: contents.map((content) => ({ role: 'user', content })) });
      assert.ok(bound >= contents.reduce((sum, content) => sum + Buffer.byteLength(content), 0));
    }),
  );
});

test('a character that grows when a tokenizer normalises it is bounded as it grows', () => {
  // U+FDFA is three bytes, and eighteen letters after NFKC.
  const plain = inputTokenBound({ messages: [{ role: 'user', content: '' }] });
  const grown = inputTokenBound({ messages: [{ role: 'user', content: '\uFDFA' }] });
  assert.equal(grown - plain, Buffer.byteLength('\uFDFA'.normalize('NFKC')));
});

test('tools, their calls and results and a schema raise the bound by more than their bytes', () => {
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  const plain = inputTokenBound({ messages });
  const tool = { name: 'f', description: 'Does f.', parameters: { type: 'object' } };
  const schema = { type: 'object', properties: { a: { type: 'string' } } };
  assert.ok(inputTokenBound({ messages, tools: [tool] }) > plain + JSON.stringify(tool).length);
  assert.ok(inputTokenBound({ messages, schema }) > plain + JSON.stringify(schema).length);
  assert.equal(inputTokenBound({ messages, tools: [] }), plain);
  const withCall = [
    ...messages,
    {
      role: 'assistant' as const,
      content: '',
      toolCalls: [{ id: 'call_1', name: 'f', arguments: { path: 'x' } }],
    },
  ];
  assert.ok(inputTokenBound({ messages: withCall }) > plain + '{"path":"x"}'.length + 'call_1'.length);
});

test('the estimate is linear: 80 KB of one letter, of symbols, of spaces or of digits take no time to speak of', () => {
  for (const piece of ['a', '=', ' ', '7', '\n', 'é', '中']) {
    const small = estimateTokens(piece.repeat(8_000));
    const large = estimateTokens(piece.repeat(80_000));
    assert.ok(large <= 10 * small + 10, piece);
  }
});

const cases: readonly [prompt: number, answer: number, window: number, bucket: number | undefined][] = [
  [100, 500, 8_192, 4_096],
  [2_876, 500, 8_192, 4_096], // 2,876 x 1.25 = 3,595, and 500 make 4,095
  [2_877, 500, 8_192, 8_192], // 3,597 and 500 make 4,097
  [100, 500, 2_048, 2_048],
  [1_239, 500, 2_048, undefined], // 1,549 and 500 make 2,049
  [100_000, 6_072, 200_000, 131_072],
  [100_000, 6_073, 200_000, 200_000],
  [300_000, 1_000, 1_000_000, 1_000_000],
];
for (const [prompt, answer, window, bucket] of cases) {
  test(`${prompt} tokens and ${answer} for the answer in a window of ${window} get ${bucket ?? 'no bucket'}`, () => {
    assert.equal(contextBucket(prompt, answer, window), bucket);
  });
}

test('there are few buckets, each twice the one before: another num_ctx loads the model again', () => {
  for (const [index, size] of contextBuckets.entries()) assert.equal(size, 4_096 * 2 ** index);
});
