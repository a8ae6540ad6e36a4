import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { writeAddress } from '../../daemon/address.ts';
import { connect } from '../../daemon/client.ts';
import type { InputRefused } from '../../daemon/http/errors.ts';
import { type FakeDaemon, startFake, token } from './http/fake-control.ts';

/** A data directory that says where the fake daemon is. */
function dataDirOf(t: TestContext, fake: FakeDaemon): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'swarmd-client-'));
  t.after(() => rmSync(dataDir, { recursive: true, force: true }));
  writeFileSync(join(dataDir, 'token'), `${token}\n`);
  writeAddress(dataDir, { pid: process.pid, url: fake.url, startedAt: 0 });
  return dataDir;
}

test('a client finds the daemon by its data directory, submits and waits for the result', async (t) => {
  const fake = await startFake(t);
  const client = await connect({ dataDir: dataDirOf(t, fake) });
  const { id } = await client.submit({ prompt: 'hello' });
  const waiting = client.waitFor(id);
  await fake.complete(id, 'Hello!');
  assert.equal((await waiting).answer, 'Hello!');
  assert.equal((await client.list({ status: 'completed' })).length, 1);
  assert.equal((await client.explain(id)).calls.length, 0);
  assert.equal((await client.tree(id)).root_id, id);
});

test('the token appears nowhere in what a client shows', async (t) => {
  const fake = await startFake(t);
  const client = await connect({ dataDir: dataDirOf(t, fake) });
  assert.ok(!inspect(client, { depth: 9, showHidden: true }).includes(token));
  assert.ok(!JSON.stringify(client).includes(token));
});

test('errors come back as what they are, with each fault of a batch', async (t) => {
  const fake = await startFake(t);
  const client = await connect({ url: fake.url, token });
  await assert.rejects(client.action('none'), { code: 'NOT_FOUND' });
  await assert.rejects(client.submitAll([{ prompt: 'a' }, { tier: 'x' }]), (error: InputRefused) => {
    assert.equal(error.code, 'INPUT_INVALID');
    assert.equal(error.exitCode, 64);
    assert.deepEqual(
      error.errors.map((one) => [one.index, one.field]),
      [[1, 'tier']],
    );
    return true;
  });
  await assert.rejects(
    connect({ url: fake.url, token: 'wrong' }).then((other) => other.status()),
    {
      code: 'DENIED',
      exitCode: 77,
    },
  );
});

test('without a daemon, with a dead one, or with another program there, it is unreachable', async (t) => {
  const fake = await startFake(t);
  const dataDir = dataDirOf(t, fake);
  await fake.close();
  await assert.rejects(connect({ dataDir }), { code: 'DAEMON_UNREACHABLE', exitCode: 69 });
  await assert.rejects(connect({ dataDir: join(dataDir, 'none') }), { code: 'DAEMON_UNREACHABLE' });
  const other = createServer((_request, response) => response.writeHead(418).end('teapot'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => other.close());
  const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  await assert.rejects(connect({ url, token }), { code: 'DAEMON_UNREACHABLE', message: /418.*not swarmd/ });
});

test('events are read until the action ends', async (t) => {
  const fake = await startFake(t);
  const client = await connect({ url: fake.url, token });
  const { id } = await client.submit({ prompt: 'hello' });
  const kinds: string[] = [];
  // Told until it is heard: the stream opens when it opens. On a busy machine several are under way by then.
  const timer = setInterval(() => fake.tell({ actionId: id, kind: 'started' }), 20);
  t.after(() => clearInterval(timer));
  let heard = false;
  for await (const event of client.events({ id })) {
    kinds.push(event.kind);
    if (heard) continue;
    heard = true;
    clearInterval(timer);
    await fake.complete(id, 'Hello!');
  }
  assert.equal(kinds[0], 'started');
  assert.equal(kinds.at(-1), 'finished');
});

test('an abort ends the reading of events without an error', async (t) => {
  const fake = await startFake(t);
  const client = await connect({ url: fake.url, token });
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _event of client.events({ signal: stop.signal })) stop.abort();
  })();
  const timer = setInterval(() => fake.tell({ actionId: 'x', kind: 'queued' }), 20);
  t.after(() => clearInterval(timer));
  await reading;
});
