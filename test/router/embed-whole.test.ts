import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EmbedAttempt, EmbedTexts } from '../../router/embed-call.ts';
import { createEmbedWhole, piecesOf } from '../../router/embed-whole.ts';
import { estimateError, estimateTokens } from '../../router/tokens.ts';
import { aModel } from './support.ts';

const model = aModel('all-minilm', 'local_fast', { kind: 'embedding', contextWindow: 512 });

/** A model that embeds a text as its length, and refuses those that `refuses` says. */
function embedder(refuses: (text: string) => boolean = () => false) {
  const calls: (readonly string[])[] = [];
  const embedTexts: EmbedTexts = ({ texts }) => {
    calls.push(texts);
    const failed: EmbedAttempt = {
      kind: 'failed',
      error: {
        class: 'bad_request',
        message: 'the input length exceeds the context length',
        retryable: false,
      },
      ofTexts: true,
    };
    if (texts.some(refuses)) return Promise.resolve(failed);
    return Promise.resolve({
      kind: 'embedded',
      vectors: texts.map((text) => [text.length, 1]),
      inputTokens: 1,
      callId: 'c',
    });
  };
  const embed = createEmbedWhole(embedTexts);
  const ask = (texts: readonly string[]) =>
    embed({
      model,
      texts,
      origin: { actionId: 'a' },
      type: 'embedding',
      priority: 5,
      waitMs: 0,
      signal: new AbortController().signal,
    });
  return { calls, ask };
}

test('short texts are one call; a long one is cut at white space into pieces that fit, its vector their mean', async () => {
  const { calls, ask } = embedder();
  const long = 'The river rose and fell with the rain of the season. '.repeat(40);
  const found = await ask(['short', long, 'also short']);
  const pieces = piecesOf(long, model);
  assert.deepEqual(calls, [['short', ...pieces, 'also short']]);
  assert.equal(pieces.join(''), long);
  for (const piece of pieces) {
    const estimate = estimateTokens(piece);
    assert.ok(estimate * estimateError([piece], estimate).most <= 512, `${estimate} tokens`);
    assert.doesNotMatch(piece.slice(1), /^\S+$/);
  }
  const mean = long.length / pieces.length;
  assert.deepEqual(found, {
    kind: 'embedded',
    vectors: [
      [5, 1],
      [mean, 1],
      [10, 1],
    ],
  });
});

test('pieces go sixteen a call, and of a very long text the first sixteen stand for the whole', async () => {
  const { calls, ask } = embedder();
  await ask([...Array.from({ length: 20 }, (_, at) => `text ${at}`), '数据库'.repeat(100_000)]);
  assert.deepEqual(
    calls.map((texts) => texts.length),
    [16, 16, 4],
  );
});

test('a text that the model refuses takes no other with it', async () => {
  const { calls, ask } = embedder((text) => text.includes('poison'));
  const found = await ask(['one', 'poison', 'three']);
  assert.deepEqual(found, { kind: 'embedded', vectors: [[3, 1], undefined, [5, 1]] });
  assert.deepEqual(calls, [['one', 'poison', 'three'], ['one'], ['poison'], ['three'], ['text']]);
});

test('a model that refuses everything is what is wrong, not the texts', async () => {
  const { ask } = embedder(() => true);
  const found = await ask(['one', 'two']);
  assert.ok(found.kind === 'failed' && found.error.class === 'bad_request');
});
