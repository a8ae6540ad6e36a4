import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkNotifications, tryNotifications } from '../../../daemon/doctor/notifications.ts';
import { aConfig } from '../../router/support.ts';
import { startReceiver } from '../notify/receiver.ts';

function config(url: string) {
  const plain = aConfig();
  return {
    ...plain,
    notifications: { ...plain.notifications, webhook: { url, events: ['failed', 'kill'] as const } },
  };
}

test('a webhook without its signing key is a failure that says what to set', () => {
  const [finding] = checkNotifications(config('https://hooks.example.com/T0P/SECRETPATH'), {});
  assert.equal(finding?.level, 'failure');
  assert.equal(
    finding.message,
    'webhook to hooks.example.com: NOTIFY_WEBHOOK_SECRET is not set, so nothing is sent',
  );
  assert.match(finding.fix ?? '', /NOTIFY_WEBHOOK_SECRET_FILE/);
});

test('with the key it is said what is told, and where the key comes from, never the key', () => {
  const findings = checkNotifications(config('https://hooks.example.com/T0P/SECRETPATH'), {
    NOTIFY_WEBHOOK_SECRET: 'the-key',
  });
  assert.deepEqual(findings, [
    {
      check: 'notify',
      level: 'ok',
      message: 'webhook to hooks.example.com: failed, kill, with the secret of NOTIFY_WEBHOOK_SECRET',
    },
  ]);
});

test('without channels nothing is said, and trying them is a failure', async () => {
  assert.deepEqual(checkNotifications(aConfig(), {}), []);
  const [finding] = await tryNotifications(aConfig(), {}, AbortSignal.timeout(5_000));
  assert.equal(finding?.level, 'failure');
});

test('a test message is really sent, and a receiver that refuses it is a failure', async (t) => {
  const receiver = await startReceiver(t);
  const env = { NOTIFY_WEBHOOK_SECRET: 'the-key' };
  const [taken] = await tryNotifications(config(`${receiver.url}/hook`), env, AbortSignal.timeout(5_000));
  assert.equal(taken?.level, 'ok');
  const [message] = await receiver.messages(1);
  assert.equal(message?.event, 'test');
  receiver.answer(500);
  const [refused] = await tryNotifications(config(`${receiver.url}/hook`), env, AbortSignal.timeout(5_000));
  assert.match(refused?.message ?? '', /answered 500/);
  assert.equal(refused?.level, 'failure');
});
