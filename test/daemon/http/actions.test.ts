import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callEnd, callStart, newAction } from '../../memory/temporary-memory.ts';
import { startFake } from './fake-control.ts';

test('one action is accepted with 201 and can be read, its input included', async (t) => {
  const fake = await startFake(t);
  const created = await fake.call('POST', '/v1/actions', { prompt: 'hello', priority: 1, budget_usd: 0.5 });
  assert.equal(created.status, 201);
  assert.equal(created.body.status, 'queued');
  const { body } = await fake.call('GET', `/v1/actions/${created.body.id}`);
  assert.equal(body.priority, 1);
  assert.equal(body.budget_usd, 0.5);
  assert.deepEqual(body.input, { prompt: 'hello' });
  assert.match(body.created_at, /^\d{4}-\d\d-\d\dT/);
});

test('a batch is all or nothing, and every fault has its index', async (t) => {
  const fake = await startFake(t);
  const bad = await fake.call('POST', '/v1/actions', [{ prompt: 'a' }, { prompt: '' }, { tier: 'x' }]);
  assert.equal(bad.status, 400);
  const places = bad.body.error.errors.map((error: { index: number; field: string }) => [
    error.index,
    error.field,
  ]);
  assert.deepEqual(places, [
    [1, 'prompt'],
    [2, 'tier'],
  ]);
  assert.equal((await fake.call('GET', '/v1/actions')).body.actions.length, 0);
  const good = await fake.call('POST', '/v1/actions', [{ prompt: 'a' }, { prompt: 'b' }]);
  assert.equal(good.body.actions.length, 2);
  assert.equal((await fake.call('GET', '/v1/actions')).body.actions.length, 2);
});

test('the same Idempotency-Key gives the same actions, one by one and in a batch', async (t) => {
  const fake = await startFake(t);
  const key = { 'idempotency-key': 'order-17' };
  const first = await fake.call('POST', '/v1/actions', { prompt: 'a' }, key);
  const again = await fake.call('POST', '/v1/actions', { prompt: 'a' }, key);
  assert.equal(again.status, 200);
  assert.equal(again.body.id, first.body.id);
  assert.equal(again.body.duplicate, true);
  const batch = await fake.call('POST', '/v1/actions', [{ prompt: 'a' }, { prompt: 'b' }], key);
  const batchAgain = await fake.call('POST', '/v1/actions', [{ prompt: 'a' }, { prompt: 'b' }], key);
  const ids = (reply: typeof batch) => reply.body.actions.map((one: { id: string }) => one.id);
  assert.deepEqual(ids(batchAgain), ids(batch));
  assert.equal(new Set(ids(batch)).size, 2);
});

test('a result is 202 while the action is open and 200 with tier, model, quality, cost and why after', async (t) => {
  const fake = await startFake(t);
  const { id } = (await fake.call('POST', '/v1/actions', { prompt: 'hello' })).body;
  const open = await fake.call('GET', `/v1/actions/${id}/result`);
  assert.equal(open.status, 202);
  assert.equal(open.body.status, 'queued');
  const waiting = fake.call('GET', `/v1/actions/${id}/result?wait=30`);
  await fake.complete(id, 'Hello!');
  const done = await waiting;
  assert.equal(done.status, 200);
  const { answer, tier, model, quality, cost_usd, reason } = done.body;
  assert.deepEqual(
    { answer, tier, model, quality, cost_usd, reason },
    { answer: 'Hello!', tier: 'local_fast', model: 'small', quality: 0.9, cost_usd: 0, reason: 'simple' },
  );
});

test('a wait ends with the server, with the state so far', async (t) => {
  const fake = await startFake(t);
  const { id } = (await fake.call('POST', '/v1/actions', { prompt: 'hello' })).body;
  const waiting = fake.call('GET', `/v1/actions/${id}/result?wait=60`).catch(() => undefined);
  // The request must have arrived before the server goes.
  await fake.call('GET', `/v1/actions/${id}`);
  await fake.close();
  const reply = await waiting;
  assert.ok(reply === undefined || reply.status === 202);
});

test('cancel names what it cancelled, retry brings it back, and both know their limits', async (t) => {
  const fake = await startFake(t);
  const { id } = (await fake.call('POST', '/v1/actions', { prompt: 'hello' })).body;
  assert.equal((await fake.call('POST', `/v1/actions/${id}/retry`)).status, 409);
  assert.deepEqual((await fake.call('DELETE', `/v1/actions/${id}?reason=no%20need`)).body.cancelled, [id]);
  assert.deepEqual((await fake.call('DELETE', `/v1/actions/${id}`)).body.cancelled, []);
  assert.equal((await fake.call('POST', `/v1/actions/${id}/retry`)).body.status, 'queued');
  await fake.complete(id, 'x');
  assert.equal((await fake.call('POST', `/v1/actions/${id}/retry`)).body.error.code, 'CONFLICT');
  assert.equal((await fake.call('DELETE', '/v1/actions/none')).status, 404);
});

test('lists filter by status, type, tag and time', async (t) => {
  const fake = await startFake(t);
  await fake.call('POST', '/v1/actions', { prompt: 'a', tags: ['x'] });
  const { id } = (await fake.call('POST', '/v1/actions', { prompt: 'b' })).body;
  await fake.complete(id, 'B');
  const count = async (query: string) => (await fake.call('GET', `/v1/actions?${query}`)).body.actions.length;
  assert.equal(await count('status=queued'), 1);
  assert.equal(await count('status=queued,completed'), 2);
  assert.equal(await count('tag=x'), 1);
  assert.equal(await count('since=1h'), 2);
  assert.equal(await count('since=2099-01-01'), 0);
  assert.equal(await count('limit=1'), 1);
});

test('explain shows each call with its checks and cost; the ledger adds them up', async (t) => {
  const fake = await startFake(t);
  const { id } = (await fake.call('POST', '/v1/actions', { prompt: 'hello' })).body;
  const start = callStart({ origin: { actionId: id }, startedAt: Date.now() });
  await fake.memory.ledger.begin(start);
  await fake.memory.ledger.finish(callEnd(start.callId, { cost: 2_500_000 }));
  const explained = (await fake.call('GET', `/v1/actions/${id}/explain`)).body;
  assert.equal(explained.calls.length, 1);
  assert.equal(explained.calls[0].cost_usd, 0.0025);
  assert.equal(explained.classification, null);
  const ledger = (await fake.call('GET', '/v1/ledger?by=tier,model&since=1h')).body;
  assert.deepEqual(
    ledger.sums.map((one: Record<string, unknown>) => [one.tier, one.model, one.calls, one.cost_usd]),
    [['api_fallback', 'gpt-4o', 1, 0.0025]],
  );
  assert.equal((await fake.call('GET', `/v1/ledger?action_id=${id}`)).body.calls.length, 1);
});

test('metrics have the promised names and the ledger’s sums', async (t) => {
  const fake = await startFake(t);
  const start = callStart({ startedAt: Date.now() - 1000 });
  await fake.memory.ledger.begin(start);
  await fake.memory.ledger.finish(callEnd(start.callId, { cost: 2_500_000 }));
  const { action } = await fake.memory.actions.accept(newAction());
  const claimed = await fake.memory.actions.claim(action.id, 1);
  await fake.memory.actions.park({
    id: action.id,
    fence: claimed?.fence ?? 0,
    status: 'delayed',
    waitingFor: 'budget_paused',
    at: 2,
  });
  await fake.call('GET', '/metrics');
  fake.tell({ actionId: 'x', kind: 'assessed', quality: 0.55, tier: 'local_fast' });
  const { body, headers } = await fake.call('GET', '/metrics');
  assert.match(headers.get('content-type') ?? '', /text\/plain/);
  for (const line of [
    'swarmd_llm_cost_usd_total{tier="api_fallback",model="gpt-4o"} 0.0025',
    'swarmd_llm_calls_total{tier="api_fallback",outcome="ok"} 1',
    'swarmd_quality_score_bucket{le="0.6",tier="local_fast"} 1',
    'swarmd_quality_score_bucket{le="0.5",tier="local_fast"} 0',
    'swarmd_budget_remaining_usd +Inf',
    'swarmd_agents_live 0',
    'swarmd_queue_jobs{queue="actions",state="waiting"} 2',
    'swarmd_actions_waiting{for="budget_paused"} 1',
    'swarmd_stalled_total 3',
    'swarmd_host_slots{host="gpu",state="waiting"} 43',
    'swarmd_model_swaps_total{host="gpu",outcome="ok"} 4',
    'swarmd_model_swap_seconds_total{host="gpu"} 52.5',
    'swarmd_build_info{version="0.0.0"',
  ]) {
    assert.ok(body.includes(line), `${line} is not in\n${body}`);
  }
});

test('entries are written and found by the grammar of mem-db', async (t) => {
  const fake = await startFake(t);
  const written = await fake.call('POST', '/v1/entries', {
    type: 'd',
    topic: 'auth',
    text: 'Use JWT',
    choice: 'jwt',
  });
  assert.equal(written.status, 201);
  await fake.call('POST', '/v1/entries', { type: 'n', topic: 'other', text: 'Nothing' });
  const found = (await fake.call('GET', '/v1/entries?topic=auth&recent=7d')).body.entries;
  assert.deepEqual(
    found.map((entry: { text: string }) => entry.text),
    ['Use JWT'],
  );
  assert.equal((await fake.call('GET', '/v1/entries?topc=auth')).status, 400);
  assert.equal((await fake.call('POST', '/v1/entries', { type: 'd', txt: 'x' })).status, 400);
});

test('a tree is listed from any of its members', async (t) => {
  const fake = await startFake(t);
  const { id } = (await fake.call('POST', '/v1/actions', { objective: 'all' })).body;
  const child = (await fake.call('POST', '/v1/actions', { prompt: 'part', parent_id: id })).body.id;
  const tree = (await fake.call('GET', `/v1/trees/${child}`)).body;
  assert.equal(tree.root_id, id);
  assert.deepEqual(tree.actions.map((one: { id: string }) => one.id).sort(), [id, child].sort());
});
