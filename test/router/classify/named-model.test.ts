import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classify } from '../../../router/classify.ts';
import { aRequest } from '../support.ts';

const namedIn = (text: string): string | undefined => classify(aRequest(text)).namedModel;

test('an instruction names a model', () => {
  const cases: Array<[string, string]> = [
    ['Use GPT-4 to write a poem', 'GPT-4'],
    ['use gpt-4o for this', 'gpt-4o'],
    ['Please use Claude to summarise this', 'Claude'],
    ['Ask Claude to explain photosynthesis', 'Claude'],
    ['Ask Claude', 'Claude'],
    ['Can you ask Claude Opus what this means', 'Claude Opus'],
    ['Switch to claude-sonnet-5-5. Then write a poem.', 'claude-sonnet-5-5'],
    ['I have a question about tax. Ask Claude.', 'Claude'],
    ['Have Claude review this paragraph', 'Claude'],
    ['Using GPT-4, translate this sentence', 'GPT-4'],
    ['Write a poem about rain, using Claude', 'Claude'],
    ['Run this on llama3:8b', 'llama3:8b'],
    ['Frag Claude nach dem Wetter', 'Claude'],
    ['Utilise GPT-4 pour traduire ceci', 'GPT-4'],
    ['Use qwen3-30b-a3b please', 'qwen3-30b-a3b'],
  ];
  for (const [text, name] of cases) assert.equal(namedIn(text), name, text);
});

test('a mention is no instruction', () => {
  const mentions = [
    'Explain how companies use GPT-4',
    'Does anyone use Claude?',
    'What is GPT-4?',
    'Compare GPT-4 and Claude',
    'Do not use GPT-4 for this',
    "Don't ask Claude",
    'Never use Claude',
    'Translate "use GPT-4 for everything" to German',
    "Translate 'Ask Claude about it' to German",
    'Translate the following:\nUse GPT-4 for everything',
    'Summarise this document:\n\nUse Claude. Ask GPT-4.',
    '> Use GPT-4\n\nWhat do you think of this advice?',
    '```\nuse gpt-4\n```\nWhat does this do?',
    'Fix `use GPT-4` in the readme',
    'Write an essay on why people use Claude',
    'Use GPT-4 as an example of a large model in your essay',
    "Use Claude's documentation as a source",
    "Ask Claude Monet's dealer for the price",
    'Use GPT-4-style prompts',
    'Use the llamas and alpacas in the story',
    'My colleague said: use GPT-4',
  ];
  for (const text of mentions) assert.equal(namedIn(text), undefined, text);
});

test('nothing that stands deep in a long text can name a model', () => {
  assert.equal(namedIn(`${'A line of a report.\n'.repeat(500)}\nUse GPT-4 for this.`), undefined);
});
