import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActionEvent } from '../../../daemon/control.ts';
import { EventLog } from '../../../daemon/http/event-log.ts';
import { type FakeDaemon, startFake, token } from './fake-control.ts';

interface Seen {
  id: string | undefined;
  event: string;
  data: { action_id: string; line: string; message?: string };
}

/** Reads a stream until `count` events came or it ended. */
async function read(
  fake: FakeDaemon,
  path: string,
  count: number,
  onOpen: () => unknown = () => {},
  headers: Record<string, string> = {},
): Promise<Seen[]> {
  const response = await fetch(`${fake.url}${path}`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  assert.ok(response.body);
  const seen: Seen[] = [];
  let text = '';
  let opened = false;
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    if (!opened) {
      opened = true;
      await onOpen();
    }
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks.filter((one) => !one.startsWith(':'))) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      seen.push({ id: field('id'), event: field('event') ?? '', data: JSON.parse(field('data') ?? '{}') });
    }
    if (seen.length >= count) break;
  }
  return seen;
}

test('events come as they happen, each with an id, and a reader goes on after the last it saw', async (t) => {
  const fake = await startFake(t);
  const first = await read(fake, '/v1/events', 2, () => {
    fake.tell({ actionId: 'a', kind: 'queued' });
    fake.tell({ actionId: 'a', kind: 'started' });
  });
  assert.deepEqual(
    first.map((one) => one.event),
    ['queued', 'started'],
  );
  fake.tell({ actionId: 'b', kind: 'queued' });
  fake.tell({ actionId: 'b', kind: 'finished', status: 'failed' });
  const last = first.at(-1)?.id ?? '';
  for (const again of [
    await read(fake, `/v1/events?after=${last}`, 2),
    await read(fake, '/v1/events', 2, undefined, { 'last-event-id': last }),
  ]) {
    assert.deepEqual(
      again.map((one) => [one.data.action_id, one.event]),
      [
        ['b', 'queued'],
        ['b', 'finished'],
      ],
    );
  }
});

test('the stream of one action has its events only and ends when it is finished', async (t) => {
  const fake = await startFake(t);
  const { id } = (await fake.call('POST', '/v1/actions', { prompt: 'x' })).body;
  const seen = await read(fake, `/v1/actions/${id}/events`, 99, async () => {
    fake.tell({ actionId: 'other', kind: 'started' });
    fake.tell({ actionId: id, kind: 'started' });
    await fake.complete(id, 'X');
  });
  assert.deepEqual(
    seen.map((one) => one.event),
    ['started', 'finished'],
  );
});

test('the stream of an action that ended before tells so and ends', async (t) => {
  const fake = await startFake(t);
  const { id } = (await fake.call('POST', '/v1/actions', { prompt: 'x' })).body;
  await fake.complete(id, 'X');
  const seen = await read(fake, `/v1/actions/${id}/events`, 99);
  assert.equal(seen.length, 1);
  assert.equal(seen[0]?.event, 'finished');
  assert.equal((await fake.call('GET', '/v1/actions/none/events')).status, 404);
});

test('with tree=true the children’s events come too', async (t) => {
  const fake = await startFake(t);
  const { id } = (await fake.call('POST', '/v1/actions', { objective: 'x' })).body;
  const seen = await read(fake, `/v1/actions/${id}/events?tree=true`, 2, () => {
    fake.tell({ actionId: 'child', rootId: id, kind: 'started' });
    fake.tell({ actionId: id, kind: 'started' });
  });
  assert.deepEqual(
    seen.map((one) => one.data.action_id),
    ['child', id],
  );
});

test('an id of another life, or one too old, is answered with a gap and what is known', async (t) => {
  const fake = await startFake(t);
  fake.tell({ actionId: 'a', kind: 'queued' });
  const seen = await read(fake, '/v1/events?after=otherlife-5', 2);
  assert.deepEqual(
    seen.map((one) => one.event),
    ['gap', 'queued'],
  );
});

test('the log of events keeps the last ones and knows what it lost', () => {
  const log = new EventLog('life', 3);
  const event = (actionId: string): ActionEvent => ({
    actionId,
    rootId: actionId,
    kind: 'queued',
    type: 'prompt',
    client: undefined,
    at: 0,
    line: '',
  });
  for (let n = 1; n <= 9; n++) log.add(event(String(n)));
  const after = (id: string) => {
    const { events, gap } = log.after(id);
    return { ids: events.map((one) => one.event.actionId), gap };
  };
  assert.deepEqual(after('life-9'), { ids: [], gap: false });
  assert.deepEqual(after('life-7'), { ids: ['8', '9'], gap: false });
  assert.equal(after('life-1').gap, true);
  assert.equal(after('life-10').gap, true);
  assert.equal(after('nonsense').gap, true);
});
