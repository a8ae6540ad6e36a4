/** `callback_url`: where an action's end may be told, and what is told there. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { callbackFault, isPrivateAddress } from '../../../daemon/notify/callback-address.ts';
import { post } from '../../../daemon/notify/post.ts';
import { publicOnly } from '../../../daemon/notify/public-only.ts';
import { aConfig } from '../../router/support.ts';
import { startTestDaemon } from '../../support/daemon.ts';
import { hasRedis, type PrivateRedis, startRedis } from '../../support/redis.ts';
import { startReceiver } from './receiver.ts';

const skip = !hasRedis;
let redis: PrivateRedis;
before(async () => {
  if (hasRedis) redis = await startRedis();
});
after(() => redis?.stop());

const notifications = {
  ...aConfig().notifications,
  callbackHosts: ['hooks.example.com', '.internal.example', '127.0.0.1:8080', '::1'],
};

for (const [url, fault] of [
  ['https://hooks.example.com/x?y=1', undefined],
  ['http://HOOKS.example.com:8080/', undefined],
  ['https://a.b.internal.example/', undefined],
  ['https://internal.example/', /not among/],
  ['https://hooks.example.com.evil.test/', /not among/],
  ['https://evil.test/?hooks.example.com', /not among/],
  ['https://hooks.example.com@evil.test/', /holds a login/],
  ['https://user:pass@hooks.example.com/', /holds a login/],
  ['ftp://hooks.example.com/', /no http or https/],
  ['file:///etc/passwd', /no http or https/],
  ['not an address', /no http or https/],
  ['http://127.0.0.1:8080/', /private/],
  ['http://127.0.0.1:9090/', /not among/],
  ['http://2130706433:8080/', /private/],
  ['http://[::1]/', /private/],
] as const)
  test(`a callback to ${url} is ${fault === undefined ? 'allowed' : `refused: ${fault.source}`}`, () => {
    const found = callbackFault(url, notifications);
    if (fault === undefined) assert.equal(found, undefined);
    else assert.match(found ?? '', fault);
  });

test('private addresses are known in every form', () => {
  const own = [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
  ];
  for (const address of [
    ...own,
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '224.0.0.1',
  ])
    assert.ok(isPrivateAddress(address), address);
  for (const address of ['1.1.1.1', '172.32.0.1', '8.8.8.8', '2606:4700::1111'])
    assert.ok(!isPrivateAddress(address), address);
});

test('a name that stands for a private address is not connected to', async (t) => {
  const receiver = await startReceiver(t);
  const url = new URL(receiver.url.replace('127.0.0.1', 'localhost'));
  const dispatcher = publicOnly();
  t.after(() => dispatcher.destroy());
  await assert.rejects(
    post(url, '{}', { headers: {}, signal: AbortSignal.timeout(5_000), dispatcher }),
    /localhost has only private addresses/,
  );
  assert.equal(receiver.received.length, 0);
});

test('whoever submits an action hears of its end at its callback, of a private one only that it ended', {
  skip,
}, async (t) => {
  const receiver = await startReceiver(t);
  const { run, submit, daemon } = await startTestDaemon(t, {
    queueUrl: redis.url,
    env: { NOTIFY_WEBHOOK_SECRET: 'key' },
    set: {
      'queue.prefix': 'callback',
      'notifications.callback_hosts': ['127.0.0.1'],
      'notifications.callback_private_addresses': true,
      'notifications.include_answer': true,
    },
  });
  const callback_url = `${receiver.url}/done?job=7`;
  const prompt = 'Classify as positive or negative: I love it';
  const open = await run({ prompt, callback_url });
  const [done] = await receiver.messages(1);
  assert.equal(receiver.received[0]?.path, '/done?job=7');
  assert.match(String(receiver.received[0]?.headers['x-swarmd-signature']), /^v1=[0-9a-f]{64}$/);
  assert.equal(done?.event, 'done');
  assert.equal(done.action?.answer, open.answer);
  const closed = await run({ prompt: `${prompt} too`, privacy: 'local', callback_url });
  const [, ofPrivate] = await receiver.messages(2);
  assert.deepEqual(ofPrivate?.action, { id: closed.id, status: 'completed' });
  const later = await submit({ prompt, callback_url, delay_ms: 600_000 });
  await daemon.control.cancel(later, 'for the test');
  const [, , cancelled] = await receiver.messages(3);
  assert.equal(cancelled?.event, 'cancelled');
  assert.deepEqual(cancelled.action?.status, 'cancelled');
  const again = await submit({ prompt, callback_url, delay_ms: 600_000 });
  receiver.answer(503);
  await daemon.control.cancel(again, 'for the test');
  await daemon.control.retry(again);
  receiver.answer(200);
  const told = await receiver.messages(4);
  const ofCancelled = told.find(({ event, action }) => event === 'cancelled' && action?.id === again);
  assert.equal(ofCancelled?.action?.status, 'cancelled', 'what it was when it was cancelled');
  await assert.rejects(
    submit({ prompt, callback_url: 'https://elsewhere.example/' }),
    /callback_url: its host elsewhere\.example is not among notifications\.callback_hosts; allowed: 127\.0\.0\.1/,
  );
});
