import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { createEmbed } from '../../../router/providers/embed.ts';
import { startSimulator } from '../../../scripts/simulator/simulator.ts';
import { temporaryDirectory, temporaryMemory } from '../../memory/temporary-memory.ts';
import { modelOf } from '../../router/providers/scripted-server.ts';
import { memDb, program } from './run-mem-db.ts';

test('mem-db embeds entries by the configured local model, and says when it searches words only', async (t) => {
  const simulator = await startSimulator({ speed: 0 });
  t.after(() => simulator.close());
  const directory = temporaryDirectory(t);
  const path = join(directory, 'memory.db');
  const config = join(directory, 'swarmd.yaml');
  writeFileSync(
    config,
    'tiers:\n  local_fast:\n    models:\n      - name: qwen3-embedding\n      - name: llama3:8b\n',
  );
  const env = { SWARMD_CONFIG: config, OLLAMA_HOST: simulator.url, SWARMD_HOME: directory };
  const lines = Array.from({ length: 70 }, (_, index) =>
    JSON.stringify({ type: 'f', text: `fact number ${index}` }),
  );
  await memDb(path, ['import', '-'], lines.join('\n'));
  const before = await memDb(path, ['semantic', 'number 7', '--limit', '1'], undefined, env);
  assert.match(before.err, /words only: no entry has a vector/);
  const embedded = await memDb(path, ['embed', '--json'], undefined, env);
  assert.deepEqual(JSON.parse(embedded.out), { model: 'qwen3-embedding', embedded: 70, missing: 0 });
  assert.match(embedded.err, /64 of 70/);
  assert.equal(JSON.parse((await memDb(path, ['embed', '--json'], undefined, env)).out).embedded, 0);
  const after = await memDb(path, ['semantic', 'fact number 7', '--limit', '1', '--json'], undefined, env);
  assert.equal(after.err, '');
  const [result] = after.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(result.text, 'fact number 7');
  assert.equal(result.vector_rank, 1);

  // The MCP server searches the same way.
  const found = await mcpSearch(t, path, env, 'fact number 9');
  assert.equal(found[0]?.text, 'fact number 9');

  const statement = `select action_id, role, type, model, tier, outcome, settlement, cost_nano, input_tokens > 0 as counted from calls order by seq`;
  const rows = await memDb(path, ['sql', statement, '--json'], undefined, env);
  const embeddingOf = (purpose: string) => ({
    action_id: purpose,
    role: 'embed',
    type: 'embedding',
    model: 'qwen3-embedding',
    tier: 'local_fast',
    outcome: 'ok',
    settlement: 'free',
    cost_nano: 0,
    counted: 1,
  });
  assert.deepEqual(
    rows.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [...Array.from({ length: 5 }, () => 'entries'), 'search', 'search'].map(embeddingOf),
    'every embedding call is a row of the ledger: 70 entries are five of sixteen at most',
  );
});

async function mcpSearch(
  t: TestContext,
  path: string,
  env: NodeJS.ProcessEnv,
  text: string,
): Promise<{ text: string }[]> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [program, 'mcp', '--read-only'],
      env: { ...process.env, ...env, MEMORY_DB: path } as Record<string, string>,
    }),
  );
  t.after(() => client.close());
  const result = await client.callTool({ name: 'memory_search', arguments: { text, limit: 1 } });
  const [content] = result.content as { text: string }[];
  return JSON.parse(content?.text ?? '[]');
}

test('a failing embedding model is said, is in the ledger, and leaves the words to search by', async (t) => {
  const simulator = await startSimulator({ speed: 0 });
  t.after(() => simulator.close());
  const directory = temporaryDirectory(t);
  const path = join(directory, 'memory.db');
  const config = join(directory, 'swarmd.yaml');
  writeFileSync(config, 'tiers:\n  local_fast:\n    models:\n      - name: all-minilm\n');
  const env = { SWARMD_CONFIG: config, OLLAMA_HOST: simulator.url, SWARMD_HOME: directory };
  await memDb(path, ['import', '-'], '{"type":"f","text":"The build server is in Lisbon"}');
  assert.equal((await memDb(path, ['embed'], undefined, env)).code, 0);
  simulator.setFaults({ fault: '500', model: 'all-minilm' });
  const found = await memDb(path, ['semantic', 'build server'], undefined, env);
  assert.equal(found.code, 0);
  assert.match(found.err, /searching words only: .*500/);
  assert.match(found.out, /Lisbon/);
  await memDb(path, ['import', '-'], '{"type":"f","text":"Another fact"}');
  assert.equal((await memDb(path, ['embed'], undefined, env)).code, 69);
  const rows = await memDb(path, ['sql', 'select outcome, error_class from calls', '--json'], undefined, env);
  assert.match(rows.out, /"outcome":"error","error_class":"retry_here"/);
});

test('the daemon’s memory embeds what is missing batch by batch, and again when the model changes', async (t) => {
  const simulator = await startSimulator({ speed: 0 });
  t.after(() => simulator.close());
  const { memory } = await temporaryMemory(t);
  const send = createEmbed({ apiKey: () => undefined });
  const model = modelOf('ollama', simulator.url, { kind: 'embedding', modelId: 'all-minilm' });
  const embed = async (texts: readonly string[]) =>
    (await send(model, texts, AbortSignal.timeout(10_000))).vectors;
  await Promise.all(
    Array.from({ length: 100 }, (_, index) => memory.entries.write({ type: 'f', text: `fact ${index}` })),
  );
  const progress: number[][] = [];
  const options = {
    model: 'one',
    embed,
    progress: (done: number, left: number) => progress.push([done, left]),
  };
  assert.equal(await memory.entries.embedMissing(options), 100);
  assert.deepEqual(progress, [
    [64, 36],
    [100, 0],
  ]);
  const [vector] = await embed(['fact 42']);
  const results = await memory.entries.search('fact 42', { limit: 3, vector: vector ?? [] });
  assert.equal(results[0]?.entry.text, 'fact 42');
  assert.equal(results[0]?.vectorRank, 1);
  assert.deepEqual(memory.entries.embeddings('two'), { model: 'one', embedded: 0, missing: 100 });
  assert.equal(await memory.entries.embedMissing({ ...options, model: 'two' }), 100);
  assert.deepEqual(memory.entries.embeddings(), { model: 'two', embedded: 100, missing: 0 });
});
