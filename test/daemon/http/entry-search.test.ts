import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmbed } from '../../../router/providers/embed.ts';
import { modelOf } from '../../router/providers/scripted-server.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { startFake } from './fake-control.ts';

interface Found {
  entries: { text: string; vector_rank: number | null }[];
  words_only: string | null;
}

test('entries are searched by meaning over HTTP, each call in the ledger, nothing at an API', async (t) => {
  const { daemon, simulator } = await startTestDaemon(t, {
    set: { 'tiers.local_fast.models': ['llama3-8b', 'all-minilm'] },
  });
  const call = async (path: string, body?: unknown) => {
    const response = await fetch(`${daemon.url}${path}`, {
      headers: { authorization: `Bearer ${daemon.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    });
    return (await response.json()) as Found;
  };
  for (const text of ['The build server is in Lisbon', 'Lunch is at noon', 'Backups run at three'])
    await call('/v1/entries', { type: 'f', text });
  const before = await call('/v1/entries/search?text=build%20server');
  assert.deepEqual(
    [before.entries[0]?.text, before.words_only],
    ['The build server is in Lisbon', 'no entry has a vector'],
  );

  const send = createEmbed({ apiKey: () => undefined });
  const model = modelOf('ollama', simulator.url, { kind: 'embedding', modelId: 'all-minilm' });
  await daemon.memory.entries.embedMissing({
    model: 'all-minilm',
    embed: async (texts) => (await send(model, texts, AbortSignal.timeout(10_000))).vectors,
  });
  const found = await call('/v1/entries/search?text=backup%20running&limit=1');
  assert.equal(found.words_only, null);
  assert.equal(found.entries[0]?.text, 'Backups run at three');
  assert.equal(found.entries[0]?.vector_rank, 1);
  const [row] = daemon.memory.calls.forAction('search');
  assert.deepEqual([row?.role, row?.model, row?.outcome, row?.cost], ['embed', 'all-minilm', 'ok', 0]);

  simulator.setFaults({ fault: '500', model: 'all-minilm' });
  const words = await call('/v1/entries/search?text=lunch');
  assert.equal(words.entries[0]?.text, 'Lunch is at noon');
  assert.match(words.words_only ?? '', /500/);
  assert.equal(simulator.received('openai').length + simulator.received('anthropic').length, 0);
});

test('a search without a text, or with a limit that is none, is refused by name', async (t) => {
  const fake = await startFake(t);
  assert.equal((await fake.call('GET', '/v1/entries/search')).status, 400);
  const { status, body } = await fake.call('GET', '/v1/entries/search?text=x&limit=0');
  assert.equal(status, 400);
  assert.match(JSON.stringify(body), /limit/);
  assert.deepEqual((await fake.call('GET', '/v1/entries/search?text=x')).body.entries, []);
});
