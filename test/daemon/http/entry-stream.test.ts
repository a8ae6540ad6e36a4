import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startTestDaemon, type TestDaemon } from '../../support/daemon.ts';
import { hasRedis } from '../../support/redis.ts';

const skip = !hasRedis;

/** Reads a stream of entries until so many have come; their texts. */
async function read(
  { daemon }: TestDaemon,
  query: string,
  count: number,
  lastId?: string,
): Promise<string[]> {
  const stop = new AbortController();
  const response = await fetch(`${daemon.url}/v1/entries/events${query}`, {
    headers: {
      authorization: `Bearer ${daemon.token}`,
      ...(lastId === undefined ? {} : { 'last-event-id': lastId }),
    },
    signal: AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)]),
  });
  assert.equal(response.status, 200);
  const texts: string[] = [];
  let buffered = '';
  for await (const chunk of response.body ?? []) {
    buffered += new TextDecoder().decode(chunk as Uint8Array);
    const events = buffered.split('\n\n');
    buffered = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) texts.push((JSON.parse(data) as { text: string }).text);
    }
    if (texts.length >= count) break;
  }
  stop.abort();
  return texts;
}

test('new entries arrive as they are written, filtered, and a reader goes on where it was', {
  skip,
}, async (t) => {
  const test = await startTestDaemon(t);
  const { entries } = test.daemon.memory;
  const first = await entries.write({ type: 'f', topic: 'build', text: 'before' });
  const reading = read(test, '?topic=build', 2, String(first.id));
  await entries.write({ type: 'f', topic: 'build', text: 'one' });
  await entries.write({ type: 'f', topic: 'other', text: 'not asked for' });
  await entries.write({ type: 'f', topic: 'build', text: 'two' });
  assert.deepEqual(await reading, ['one', 'two']);
  assert.deepEqual(await read(test, '?topic=build', 2, String(first.id)), ['one', 'two']);
});

test('a filter that does not exist is an answer with a status, not a broken stream', { skip }, async (t) => {
  const { daemon } = await startTestDaemon(t);
  const headers = { authorization: `Bearer ${daemon.token}` };
  for (const query of ['/events?topik=x', '/events?after=x', '?topik=x', '?count=true', '?by=topic']) {
    const response = await fetch(`${daemon.url}/v1/entries${query}`, { headers });
    assert.equal(response.status, 400, query);
  }
});
