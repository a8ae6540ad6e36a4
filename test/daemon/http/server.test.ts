import assert from 'node:assert/strict';
import { request as rawRequest } from 'node:http';
import { test } from 'node:test';
import { startFake, token } from './fake-control.ts';

/** fetch cannot send a Host of its own. */
function withHeaders(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = rawRequest(`${url}/v1/status`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end();
  });
}

test('without the token nothing but the health checks answers', async (t) => {
  const fake = await startFake(t);
  for (const [authorization, status] of [
    [undefined, 401],
    ['', 401],
    ['Bearer ', 401],
    ['Bearer wrong', 401],
    [`Bearer ${token}x`, 401],
    [`Basic ${token}`, 401],
    [`Bearer ${token}`, 200],
    [`bearer ${token}`, 200],
  ] as const) {
    const response = await fetch(`${fake.url}/v1/status`, {
      headers: authorization === undefined ? {} : { authorization },
    });
    assert.equal(response.status, status, String(authorization));
    const text = await response.text();
    assert.ok(!text.includes(token), 'the token is never in an answer');
  }
  for (const path of ['/healthz', '/readyz']) assert.equal((await fetch(`${fake.url}${path}`)).status, 200);
  assert.equal((await fetch(`${fake.url}/metrics`)).status, 401);
});

test('pages of other sites and rebound names are refused even with the token', async (t) => {
  const fake = await startFake(t);
  const authorization = `Bearer ${token}`;
  const { host } = new URL(fake.url);
  const port = host.split(':')[1];
  for (const [headers, status] of [
    [{ host }, 200],
    [{ host: `localhost:${port}` }, 200],
    [{ host: `evil.example:${port}` }, 403],
    [{ host: `127.0.0.1.evil.example:${port}` }, 403],
    [{ host: 'not a host' }, 403],
    [{ host, origin: `http://${host}` }, 200],
    [{ host, origin: 'http://evil.example' }, 403],
    [{ host, origin: 'null' }, 403],
  ] as const) {
    assert.equal(await withHeaders(fake.url, { authorization, ...headers }), status, JSON.stringify(headers));
  }
});

test('every error has one shape', async (t) => {
  const fake = await startFake(t);
  for (const [method, path, body, status, code] of [
    ['GET', '/v1/actions/none', undefined, 404, 'NOT_FOUND'],
    ['GET', '/v1/action', undefined, 404, 'NOT_FOUND'],
    ['POST', '/v1/actions', '{"prompt":', 400, 'INPUT_INVALID'],
    ['POST', '/v1/actions', '', 400, 'INPUT_INVALID'],
    ['POST', '/v1/actions', { promt: 'x' }, 400, 'INPUT_INVALID'],
    ['POST', '/v1/actions', [], 400, 'INPUT_INVALID'],
    ['POST', '/v1/actions', { prompt: 'x'.repeat(9 * 1024 * 1024) }, 400, 'INPUT_INVALID'],
    ['GET', '/v1/actions?stauts=queued', undefined, 400, 'INPUT_INVALID'],
    ['GET', '/v1/actions?status=done', undefined, 400, 'INPUT_INVALID'],
    ['GET', '/v1/actions?limit=0', undefined, 400, 'INPUT_INVALID'],
    ['GET', '/v1/ledger?by=colour', undefined, 400, 'INPUT_INVALID'],
    ['POST', '/v1/control/kill', { raeson: 'x' }, 400, 'INPUT_INVALID'],
  ] as const) {
    const reply = await fake.call(method, path, body);
    assert.equal(reply.status, status, `${method} ${path}`);
    assert.equal(reply.body.error.code, code, `${method} ${path}`);
    assert.ok(reply.body.error.message.length > 0);
    assert.equal(typeof reply.body.error.retryable, 'boolean');
  }
  assert.match((await fake.call('GET', '/v1/action')).body.error.message, /did you mean "\/v1\/actions"/);
  assert.match(
    (await fake.call('GET', '/v1/actions?stauts=queued')).body.error.message,
    /did you mean "status"/,
  );
});

test('a body that is no JSON by its type is refused', async (t) => {
  const fake = await startFake(t);
  const reply = await fake.call('POST', '/v1/actions', 'prompt=x', { 'content-type': 'text/csv' });
  assert.equal(reply.status, 400);
  assert.equal(reply.body.error.where, 'Content-Type');
});

test('readiness says 503 and why', async (t) => {
  const fake = await startFake(t);
  fake.ready = { ready: false, reasons: ['SQLite takes no write'] };
  const reply = await fake.call('GET', '/readyz');
  assert.equal(reply.status, 503);
  assert.deepEqual(reply.body, { ready: false, reasons: ['SQLite takes no write'] });
  assert.equal((await fake.call('GET', '/healthz')).status, 200);
});

test('control routes do what they name', async (t) => {
  const fake = await startFake(t);
  assert.equal((await fake.call('POST', '/v1/control/pause')).body.state, 'paused');
  assert.equal((await fake.call('POST', '/v1/control/resume')).body.state, 'running');
  assert.deepEqual((await fake.call('POST', '/v1/control/reload')).body, {
    changed: ['routing.qualityThreshold'],
    need_restart: [],
  });
  assert.equal((await fake.call('POST', '/v1/control/drain')).status, 202);
  assert.equal((await fake.call('POST', '/v1/control/kill', { reason: 'fire' })).status, 202);
  assert.deepEqual(fake.asked, ['pause', 'resume', 'reload', 'drain', 'kill: fire']);
});

test('a taken port is named, with what to do', async (t) => {
  const fake = await startFake(t);
  const { startHttp } = await import('../../../daemon/http/server.ts');
  const { pino } = await import('pino');
  const { config } = await import('./fake-control.ts');
  const port = Number(new URL(fake.url).port);
  await assert.rejects(
    startHttp({
      control: { subscribe: () => () => {} } as never,
      memory: fake.memory,
      embedTexts: () => Promise.reject(new Error('nobody is asked here')),
      searchEntries: () => Promise.resolve({ results: [], wordsOnly: 'nobody is asked here' }),
      config: { ...config, http: { host: '127.0.0.1', port } },
      token,
      logger: pino({ level: 'silent' }),
    }),
    { code: 'CONFLICT', message: new RegExp(`port ${port} .* taken`) },
  );
});
