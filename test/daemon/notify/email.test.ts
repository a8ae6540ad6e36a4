/** E-mail through a real connection to a mail server of the test's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendEmail } from '../../../daemon/notify/email.ts';
import type { Message } from '../../../daemon/notify/message.ts';
import { startSmtpSink } from './smtp-sink.ts';

const message: Message = {
  event: 'failed',
  id: '01DELIVERY',
  at: '2026-11-21T12:00:00.000Z',
  action: {
    id: '01ACTION',
    status: 'failed',
    type: 'summarize',
    tier: null,
    quality: null,
    cost_usd: 0.0123,
    degraded: false,
    error: 'BUDGET_REFUSED',
  },
};

function settings(port: number) {
  return {
    host: '127.0.0.1',
    port,
    security: 'none' as const,
    user: 'ops',
    from: 'swarmd@example.com',
    to: ['a@example.com', 'b@example.com'],
    events: [],
  };
}

const signal = () => AbortSignal.timeout(10_000);

test('an e-mail says what ended how, to everybody it is for, after the login', async (t) => {
  const sink = await startSmtpSink(t);
  await sendEmail(settings(sink.port), message, { password: 'pass word', signal: signal() });
  const [mail] = sink.mails;
  assert.ok(mail !== undefined);
  assert.deepEqual(sink.logins, ['ops pass word']);
  assert.match(mail.from, /<swarmd@example\.com>/);
  assert.equal(mail.to.length, 2);
  assert.match(mail.data, /^Subject: swarmd: action failed$/m);
  assert.match(mail.data, /^X-Swarmd-Delivery: 01DELIVERY$/m);
  assert.match(mail.data, /^01ACTION, summarize, BUDGET_REFUSED, \$0\.0123$/m);
});

test('a server that refuses is named with its code, not with its words', async (t) => {
  const sink = await startSmtpSink(t);
  sink.refuse();
  await assert.rejects(
    sendEmail(settings(sink.port), message, { password: 'x', signal: signal() }),
    (error: Error) =>
      /^127\.0\.0\.1:\d+ took no e-mail: EENVELOPE 550$/.test(error.message) &&
      !/topsecret/.test(error.message),
  );
});

test('what is to be encrypted is not sent to a server that cannot', async (t) => {
  const sink = await startSmtpSink(t);
  await assert.rejects(
    sendEmail({ ...settings(sink.port), security: 'starttls' }, message, {
      password: 'x',
      signal: signal(),
    }),
    /took no e-mail/,
  );
  assert.deepEqual([sink.mails, sink.logins], [[], []]);
});
