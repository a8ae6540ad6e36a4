import { createHmac } from 'node:crypto';
import type { Dispatcher } from 'undici';
import type { Message } from './message.ts';
import { post } from './post.ts';
import { SendError } from './send-error.ts';

/**
 * `v1=` and the HMAC-SHA256 of `TIMESTAMP.BODY` in hexadecimal: whoever has the key can tell that the message is
 * ours, and that it is not an old one sent again.
 */
export function signatureOf(secret: string, timestamp: number, body: string): string {
  return `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
}

/** Sends a message to a webhook or a callback, signed. Nothing is sent unsigned. */
export async function sendWebhook(
  address: string,
  message: Message,
  options: { secret: string | undefined; now: number; signal: AbortSignal; dispatcher?: Dispatcher },
): Promise<void> {
  const { secret, now, ...rest } = options;
  if (secret === undefined)
    throw new SendError('no signing key: set NOTIFY_WEBHOOK_SECRET or NOTIFY_WEBHOOK_SECRET_FILE');
  const body = JSON.stringify(message);
  const timestamp = Math.floor(now / 1000);
  await post(new URL(address), body, {
    ...rest,
    headers: {
      'x-swarmd-event': message.event,
      'x-swarmd-delivery': message.id,
      'x-swarmd-timestamp': String(timestamp),
      'x-swarmd-signature': signatureOf(secret, timestamp, body),
    },
  });
}
