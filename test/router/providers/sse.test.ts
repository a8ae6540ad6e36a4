import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type SseEvent, sseEvents } from '../../../router/providers/sse.ts';

async function decode(chunks: readonly Uint8Array[]): Promise<SseEvent[]> {
  const body = (async function* () {
    yield* chunks;
  })();
  const events: SseEvent[] = [];
  for await (const batch of sseEvents(body)) events.push(...batch);
  return events;
}

test('events are the same however the network cuts the bytes, whatever ends their lines', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ event: fc.constantFrom('', 'a', 'b'), data: fc.jsonValue() }), { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n'),
      fc.array(fc.nat(500), { maxLength: 10 }),
      fc.boolean(),
      async (wanted, newline, cuts, comments) => {
        const text = wanted
          .map(({ event, data }) => {
            const comment = comments ? `: keep-alive${newline}` : '';
            const name = event === '' ? '' : `event: ${event}${newline}`;
            return `${comment}${name}data: ${JSON.stringify(data)}${newline}${newline}`;
          })
          .join('');
        const bytes = Buffer.from(text, 'utf8');
        const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
        const chunks = [...places, bytes.length].map((end, index) =>
          bytes.subarray(places[index - 1] ?? 0, end),
        );
        assert.deepEqual(
          await decode(chunks),
          wanted.map(({ event, data }) => ({ event, data: JSON.parse(JSON.stringify(data)) })),
        );
      },
    ),
  );
});

test('a last event without its blank line is taken when whole and is an error when cut', async () => {
  assert.deepEqual(await decode([Buffer.from('data: {"a":1}')]), [{ event: '', data: { a: 1 } }]);
  await assert.rejects(decode([Buffer.from('data: {"a":')]), { class: 'retry_here' });
});

test('nothing after [DONE] is read', async () => {
  assert.deepEqual(
    await decode([Buffer.from('data: 1\n\ndata: [DONE]\n\n'), Buffer.from('data: {broken\n\n')]),
    [{ event: '', data: 1 }],
  );
});

test('an event that never ends is given up before it fills the memory', async () => {
  const megabytes = Array.from({ length: 40 }, () => Buffer.alloc(1_048_576, 'x'));
  await assert.rejects(decode([Buffer.from('data: "'), ...megabytes]), /more than 32 MB/);
});
