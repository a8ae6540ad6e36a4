import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { temporaryDirectory } from '../../memory/temporary-memory.ts';
import { memDb, program } from './run-mem-db.ts';

async function connected(t: TestContext, path: string, words: string[]) {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, 'mcp', ...words],
    env: { ...process.env, MEMORY_DB: path } as Record<string, string>,
  });
  await client.connect(transport);
  t.after(() => client.close());
  const call = async (name: string, args: Record<string, unknown>) => {
    const result = await client.callTool({ name, arguments: args });
    const [content] = result.content as { text: string }[];
    return { failed: result.isError === true, value: JSON.parse(content?.text ?? 'null') };
  };
  return { client, call };
}

test('an MCP client writes, asks, searches and claims, and reads the resources', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  const { client, call } = await connected(t, path, []);
  const written = await call('memory_write', {
    type: 'decision',
    topic: 'auth',
    text: 'Use JWT',
    choice: 'jwt',
  });
  assert.equal(written.value.id, 1);
  assert.equal(written.value.trust, 'agent');
  const conflict = await call('memory_write', {
    type: 'd',
    topic: 'auth',
    text: 'Use sessions',
    choice: 'session',
  });
  assert.deepEqual(conflict.value.conflicts, [1]);
  assert.equal(
    (await call('memory_query', { filters: ['topic=auth', 'limit=1'] })).value[0].text,
    'Use sessions',
  );
  assert.equal((await call('memory_search', { text: 'jwt' })).value[0].id, 1);
  const mistake = await call('memory_query', { filters: ['topc=auth'] });
  assert.equal(mistake.failed, true);
  assert.match(mistake.value.message, /did you mean "topic"/);
  await call('memory_write', { type: 'todo', text: 'Add an index' });
  const claim = await call('todo_claim', {});
  assert.equal(claim.value.choice, 'IN_PROGRESS');
  const closed = await call('todo_close', {
    id: claim.value.id,
    fence: claim.value.fence,
    state: 'DONE',
    text: 'added',
  });
  assert.equal(closed.value.choice, 'DONE');
  assert.deepEqual((await call('ledger_query', { filters: ['by=tier'] })).value, []);
  const recent = await client.readResource({ uri: 'memory://recent' });
  assert.match(String((recent.contents[0] as { text: string }).text), /\[D\]\[topic=auth\]/);
  const costs = await client.readResource({ uri: 'memory://costs/today' });
  assert.match(String((costs.contents[0] as { text: string }).text), /^\[N\]\[llm_summary\] Today: 0 calls/);
});

test('an identity is held to what it may see, and a read-only server has no tool that writes', async (t) => {
  const path = join(temporaryDirectory(t), 'memory.db');
  await memDb(path, ['write', 't=f', 'text=owner secret', 'visibility=private']);
  await memDb(path, ['write', 't=f', 'text=open fact']);
  const { client, call } = await connected(t, path, ['--read-only', '--client', 'editor']);
  const { tools } = await client.listTools();
  assert.deepEqual(tools.map((tool) => tool.name).sort(), [
    'ledger_query',
    'memory_query',
    'memory_search',
    'todo_list',
  ]);
  assert.deepEqual(
    (await call('memory_query', { filters: [] })).value.map((entry: { text: string }) => entry.text),
    ['open fact'],
  );
  assert.deepEqual((await call('memory_search', { text: 'secret' })).value, []);
  const recent = await client.readResource({ uri: 'memory://recent' });
  assert.doesNotMatch(JSON.stringify(recent.contents), /secret/);
});
