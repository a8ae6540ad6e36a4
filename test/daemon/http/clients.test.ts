import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fastify, { type FastifyRequest } from 'fastify';
import { packageRoot } from '../../../config/paths.ts';
import { createAccess } from '../../../daemon/http/access.ts';
import { type ClientScope, removeClient, rotateClientToken, tokenHash } from '../../../memory/clients.ts';
import { openStore } from '../../../memory/database.ts';
import { callEnd, callStart, temporaryMemory } from '../../memory/temporary-memory.ts';
import { changeMemory, makeClient } from '../../support/client.ts';
import { asClient, type Call } from './as-client.ts';
import { type FakeDaemon, startFake, token } from './fake-control.ts';

async function submitted(call: Call, input: Record<string, unknown> = {}): Promise<string> {
  const reply = await call('POST', '/v1/actions', { prompt: 'What is 2 + 2?', ...input });
  assert.equal(reply.status, 201, JSON.stringify(reply.body));
  return reply.body.id;
}

/** Every route with what a request to it needs, and the scope that lets a client in. */
const routes: readonly [method: string, path: string, scope: ClientScope | 'any', body?: unknown][] = [
  ['POST', '/v1/actions', 'submit', { prompt: 'x' }],
  ['GET', '/v1/actions', 'read'],
  ['GET', '/v1/actions/ID', 'read'],
  ['GET', '/v1/actions/ID/result', 'read'],
  ['GET', '/v1/actions/ID/explain', 'read'],
  ['GET', '/v1/actions/ID/events', 'read'],
  ['DELETE', '/v1/actions/ID', 'submit'],
  ['POST', '/v1/actions/ID/retry', 'submit'],
  ['GET', '/v1/events', 'read'],
  ['GET', '/v1/trees/ID', 'read'],
  ['GET', '/v1/entries', 'read'],
  ['GET', '/v1/entries/events', 'read'],
  ['GET', '/v1/entries/search?text=x', 'read'],
  ['POST', '/v1/entries', 'submit', { type: 'n', text: 'a note' }],
  ['GET', '/v1/ledger', 'read'],
  ['GET', '/v1/ledger?action_id=ID', 'read'],
  ['GET', '/v1/budget', 'any'],
  ['GET', '/v1/status', 'admin'],
  ['GET', '/metrics', 'admin'],
  ['POST', '/v1/control/pause', 'admin'],
  ['POST', '/v1/control/resume', 'admin'],
  ['POST', '/v1/control/drain', 'admin'],
  ['POST', '/v1/control/reload', 'admin'],
  ['POST', '/v1/control/kill', 'admin', {}],
  ['GET', '/v1/models', 'any'],
  ['POST', '/v1/embeddings', 'submit', { input: 'x' }],
  ['POST', '/v1/chat/completions', 'submit', { model: 'auto', messages: [{ role: 'user', content: 'x' }] }],
];

/** Only the status: a stream is left as soon as it has begun. */
async function statusOf(fake: FakeDaemon, its: string, method: string, path: string, body: unknown) {
  const leave = new AbortController();
  const response = await fetch(`${fake.url}${path}`, {
    method,
    signal: leave.signal,
    headers: {
      authorization: `Bearer ${its}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const said = response.status >= 400 ? await response.text() : '';
  leave.abort();
  return { status: response.status, said };
}

for (const scope of ['read', 'submit', 'admin'] as const) {
  test(`a token with the scope ${scope} opens its routes and no other`, async (t) => {
    const fake = await startFake(t);
    const mine = asClient(fake, 'mine', scope);
    const id = await submitted(asClient(fake, 'helper').call);
    for (const [method, path, needed, body] of routes) {
      const { status, said } = await statusOf(fake, mine.token, method, path.replace('ID', id), body);
      const what = `${method} ${path}: ${status} ${said}`;
      if (needed === scope || needed === 'any') assert.ok(status !== 401 && !said.includes('scope'), what);
      else {
        assert.equal(status, 403, what);
        assert.match(
          said,
          new RegExp(`needs the scope \\\\"${needed}\\\\"; the token of client \\\\"mine\\\\" has ${scope}`),
        );
      }
    }
  });
}

test('the routes of the test above are all that there are', () => {
  const written = globSync('daemon/http/**/*.ts', { cwd: packageRoot() }).flatMap((file) =>
    [
      ...readFileSync(join(packageRoot(), file), 'utf8').matchAll(
        /app\.(get|post|put|patch|delete)\(\s*'([^']+)'/g,
      ),
    ].map(([, method = '', path = '']) => `${method.toUpperCase()} ${path}`),
  );
  const known = routes.map(([method, path]) => `${method} ${path.split('?')[0]?.replace('ID', ':id')}`);
  assert.deepEqual(written.sort(), [...new Set([...known, 'GET /healthz', 'GET /readyz'])].sort());
});

test('a client added, given another token or removed while the daemon runs is so at once', async (t) => {
  const fake = await startFake(t);
  assert.equal(
    (await fake.call('GET', '/v1/actions', undefined, { authorization: 'Bearer swc_none' })).status,
    401,
  );
  const { call, token: first } = asClient(fake, 'alice');
  assert.equal((await call('GET', '/v1/actions')).status, 200);
  changeMemory(fake.memory.path, (store) =>
    rotateClientToken(store, { name: 'alice', tokenHash: tokenHash('swc_second'), at: 1 }),
  );
  assert.equal((await call('GET', '/v1/actions')).status, 401, 'the first token is worth nothing');
  const second = { authorization: 'Bearer swc_second' };
  assert.equal((await fake.call('GET', '/v1/actions', undefined, second)).status, 200);
  changeMemory(fake.memory.path, (store) => removeClient(store, { name: 'alice' }));
  assert.equal((await fake.call('GET', '/v1/actions', undefined, second)).status, 401);
  const inFile = openStore(fake.memory.path, { mode: 'read', busyTimeoutMs: 5000 });
  t.after(() => inFile.close());
  for (const { sql } of inFile.all<{ sql: string }>(
    "select name as sql from sqlite_master where type = 'table' and name like '%client%'",
  ))
    assert.ok(!JSON.stringify(inFile.all(`select * from ${sql}`)).includes(first), 'no token is in the file');
});

test('a client sees its own actions, trees, results and costs, and no trace of others', async (t) => {
  const fake = await startFake(t);
  const [ann, bob] = [asClient(fake, 'ann'), asClient(fake, 'bob')];
  const [hers, his, owners] = [
    await submitted(ann.call),
    await submitted(bob.call),
    await submitted((method, path, body) => fake.call(method, path, body)),
  ];
  const ids = async (call: Call, query = '') =>
    (await call('GET', `/v1/actions${query}`)).body.actions.map((one: { id: string }) => one.id).sort();
  assert.deepEqual(await ids(ann.call), [hers]);
  assert.deepEqual(await ids(ann.call, '?client=ann'), [hers]);
  assert.equal((await ann.call('GET', '/v1/actions?client=bob')).status, 403);
  assert.deepEqual(await ids((method, path) => fake.call(method, path)), [hers, his, owners].sort());
  assert.equal((await ann.call('GET', `/v1/actions/${hers}`)).body.client, 'ann');
  for (const other of [his, owners]) {
    for (const [method, path] of routes
      .filter(([, one]) => one.includes('ID'))
      .map((one) => [one[0], one[1]] as const)) {
      const reply = await ann.call(method, path.replace('ID', other));
      assert.equal(reply.status, 404, `${method} ${path}`);
      const unknown = await ann.call(method, path.replace('ID', 'unknown'));
      assert.deepEqual(
        reply.body.error,
        JSON.parse(JSON.stringify(unknown.body.error).replaceAll('unknown', other)),
      );
    }
  }
  assert.equal(fake.memory.actions.get(his)?.status, 'queued', 'and could not cancel it');
});

test('a client sees the calls made for it, and not those that the installation made after its answer', async (t) => {
  const fake = await startFake(t);
  const ann = asClient(fake, 'ann');
  const id = await submitted(ann.call);
  for (const call of [
    callStart({ origin: { actionId: id, client: 'ann' }, reserve: 0 }),
    callStart({ origin: { actionId: id }, role: 'judge', reserve: 0 }),
  ]) {
    await fake.memory.ledger.begin(call);
    await fake.memory.ledger.finish(callEnd(call.callId, { cost: 0, settlement: 'free' }));
  }
  const roles = async (call: Call, path: string) =>
    (await call('GET', path)).body.calls.map((one: { role: string }) => one.role);
  for (const path of [`/v1/actions/${id}/explain`, `/v1/ledger?action_id=${id}`]) {
    assert.deepEqual(await roles(ann.call, path), ['answer']);
    assert.deepEqual(await roles((method, at) => fake.call(method, at), path), ['answer', 'judge']);
  }
});

test('a client cannot act in another’s name, nor hang its work below another’s', async (t) => {
  const fake = await startFake(t);
  const [ann, bob] = [asClient(fake, 'ann'), asClient(fake, 'bob')];
  const his = await submitted(bob.call);
  const named = await ann.call('POST', '/v1/actions', { prompt: 'x', client: 'bob' });
  assert.equal(named.status, 400);
  assert.match(named.body.error.message, /unknown field "client"/);
  const below = await ann.call('POST', '/v1/actions', { prompt: 'x', parent_id: his });
  assert.equal(below.status, 404, JSON.stringify(below.body));
  assert.equal(fake.memory.actions.children(his).length, 0);
  // Neither that it exists nor that it has ended: the answer is the one for an id that nothing has.
  await bob.call('DELETE', `/v1/actions/${his}`);
  assert.equal(fake.memory.actions.get(his)?.status, 'cancelled');
  const ended = await ann.call('POST', '/v1/actions', { prompt: 'x', parent_id: his });
  assert.deepEqual([ended.status, ended.body], [below.status, below.body]);
  // The same key of two clients names two actions.
  const keys = await Promise.all(
    [ann, bob].map(({ call }) => submitted(call, { idempotency_key: 'order-1' })),
  );
  assert.notEqual(keys[0], keys[1]);
  const entry = await ann.call('POST', '/v1/entries', { type: 'n', text: 'mine', client: 'bob' });
  assert.equal(entry.status, 400);
});

test('a client is told of its own actions only, also when it comes back after a break', async (t) => {
  const fake = await startFake(t);
  const ann = asClient(fake, 'ann');
  fake.tell({ actionId: 'before', kind: 'queued', client: 'ann' });
  fake.tell({ actionId: 'others', kind: 'queued', client: 'bob' });
  const leave = new AbortController();
  const response = await fetch(`${fake.url}/v1/events?after=other-1`, {
    headers: { authorization: `Bearer ${ann.token}` },
    signal: leave.signal,
  });
  fake.tell({ actionId: 'owners', kind: 'started' });
  fake.tell({ actionId: 'last', kind: 'finished', client: 'ann' });
  let text = '';
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  while (!text.includes('last')) text += (await reader?.read())?.value ?? '';
  leave.abort();
  assert.deepEqual(
    [...text.matchAll(/"action_id":"(\w+)"/g)].map((match) => match[1]),
    ['before', 'last'],
  );
});

test('a chat of a client is its own', async (t) => {
  const fake = await startFake(t);
  const asked: (string | undefined)[] = [];
  fake.chat = (_input, _signal, client) => {
    asked.push(client);
    return Promise.resolve({ ok: false, errors: [] });
  };
  const body = { model: 'auto', messages: [{ role: 'user', content: 'x' }] };
  await asClient(fake, 'ann').call('POST', '/v1/chat/completions', body);
  await fake.call('POST', '/v1/chat/completions', body);
  assert.deepEqual(asked, ['ann', undefined]);
});

test('no token is ever in an answer', async (t) => {
  const fake = await startFake(t);
  const { call, token: its } = asClient(fake, 'ann', 'read', 'submit', 'admin');
  await submitted(call);
  for (const [method, path, , body] of routes.filter(
    ([method, path]) => method === 'GET' && !path.includes('events'),
  )) {
    const reply = await call(method, path.replace('ID', 'none'), body);
    const text = JSON.stringify([reply.body, [...reply.headers]]);
    assert.ok(!text.includes(its) && !text.includes(token), path);
  }
});

test('a client’s sums and lines of the ledger are those of its own calls', async (t) => {
  const fake = await startFake(t);
  const [ann, bob] = [asClient(fake, 'ann'), asClient(fake, 'bob')];
  const startedAt = Date.now();
  for (const [client, cost] of [
    ['ann', 2_000_000],
    ['bob', 30_000_000],
    [undefined, 500_000_000],
  ] as const) {
    const origin = { actionId: `of-${client}`, ...(client === undefined ? {} : { client }) };
    const call = callStart({ origin, startedAt, reserve: cost });
    await fake.memory.ledger.begin(call);
    await fake.memory.ledger.finish(callEnd(call.callId, { cost, finishedAt: startedAt }));
  }
  const cost = async (call: Call, path: string) =>
    (await call('GET', path)).body.sums.reduce(
      (sum: number, row: { cost_usd: number }) => sum + row.cost_usd,
      0,
    );
  for (const path of ['/v1/ledger', '/v1/ledger?since=2d&by=day', '/v1/ledger?by=model,outcome']) {
    assert.equal(await cost(ann.call, path), 0.002, path);
    assert.equal(await cost(bob.call, path), 0.03, path);
    assert.equal((await cost((method, where) => fake.call(method, where), path)).toFixed(3), '0.532', path);
  }
  const lines = (await ann.call('GET', '/v1/entries?topic=llm_cost')).body.entries;
  assert.deepEqual(
    lines.map((line: { task_id: string }) => line.task_id),
    ['of-ann'],
  );
  assert.equal((await ann.call('GET', '/v1/ledger?action_id=of-bob')).status, 404);
});

test('what is open to a client is closed once its token is worth nothing', async (t) => {
  const { memory, path } = await temporaryMemory(t);
  const its = makeClient(path, 'ann', { scopes: ['read'] });
  const access = createAccess(token, memory.clients);
  const app = fastify();
  const seen: FastifyRequest[] = [];
  app.addHook('onRequest', async (request) => access.admit(request));
  app.get('/stream', { config: { access: 'read' } }, async (request) => seen.push(request));
  for (const one of [its, token])
    await app.inject({ url: '/stream', headers: { authorization: `Bearer ${one}` } });
  const [hers, owners] = seen;
  assert.ok(hers !== undefined && owners !== undefined);
  assert.deepEqual([hers, owners].map(access.stillAdmitted), [true, true]);
  changeMemory(path, (store) => removeClient(store, { name: 'ann' }));
  assert.deepEqual([hers, owners].map(access.stillAdmitted), [false, true]);
});

test('a route that does not say who may use it is the owner’s alone', async (t) => {
  const { memory, path } = await temporaryMemory(t);
  const access = createAccess(token, memory.clients);
  const app = fastify();
  app.addHook('onRequest', async (request) => access.admit(request));
  app.setErrorHandler((error, _request, reply) => reply.code(418).send((error as Error).message));
  app.get('/new', async () => 'here');
  const all = makeClient(path, 'ann', { scopes: ['read', 'submit', 'admin'] });
  const ask = async (one: string) =>
    (await app.inject({ url: '/new', headers: { authorization: `Bearer ${one}` } })).body;
  assert.equal(await ask(token), 'here');
  assert.match(await ask(all), /GET \/new is for the owner alone/);
});

test('of the budget a client sees its own limit, with admin all of it', async (t) => {
  const fake = await startFake(t);
  for (const [name, value] of [
    ['ann', 2_000_000_000],
    ['bob', 7_000_000_000],
  ] as const)
    await fake.memory.budget.change({ kind: 'set', setting: `client_budgets.${name}`, value });
  const budget = async (...scopes: ClientScope[]) =>
    (await asClient(fake, scopes.includes('admin') ? 'root' : 'ann', ...scopes).call('GET', '/v1/budget'))
      .body;
  const own = await budget('read');
  assert.deepEqual(
    own.limits.map(({ name, value, left }: Record<string, unknown>) => [name, value, left]),
    [['ann', 2, 2]],
  );
  assert.equal(own.spent_usd, undefined);
  const all = await budget('admin');
  assert.ok(all.limits.some(({ name }: { name: string }) => name === 'bob') && all.spent_usd === 0);
});
