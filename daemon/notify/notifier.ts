import type { Config } from '../../config/config.ts';
import { notificationSecrets } from '../../config/notifications.ts';
import { namedSecret } from '../../config/secrets.ts';
import type { OutboxRow } from '../../memory/outbox.ts';
import type { Memory } from '../../memory/types/memory.ts';
import type { Clock } from '../../router/types/outside.ts';
import type { Logger } from '../logger.ts';
import { callbackFault } from './callback-address.ts';
import { type Channel, channels, type Delivery } from './deliveries.ts';
import { sendEmail } from './email.ts';
import { type Message, messageOf } from './message.ts';
import { sendNtfy } from './ntfy.ts';
import { publicOnly } from './public-only.ts';
import { SendError } from './send-error.ts';
import { sendWebhook } from './webhook.ts';

export interface NotifierParts {
  config: () => Config;
  env: NodeJS.ProcessEnv;
  memory: Pick<Memory, 'outbox'> & { actions: Pick<Memory['actions'], 'get'> };
  clock: Pick<Clock, 'now'>;
  random: () => number;
  logger: Logger;
}

/** Sends what waits in the outbox. */
export interface Notifier {
  /** Keeps rows, to be sent soon. */
  keep(rows: readonly OutboxRow[]): Promise<void>;
  /** Sends once more what is due, for this long at most, and ends. */
  close(withinMs: number): Promise<void>;
}

const lookEveryMs = 1_000;
/** The pause after a first failure; it doubles up to the longest. */
const firstPauseMs = 5_000;
const longestPauseMs = 3_600_000;
/** What could not be delivered for a day is old news. */
const keptForMs = 86_400_000;
/** Rows of a channel looked at, and sent, at once. */
const rowsAtOnce = 200;
const sendsAtOnce = 4;

/**
 * At least once: a row goes when its receiver has answered, so a crash in between tells it twice, under the same
 * id. Never in the way of the work: it has its own pace, and nobody waits for it.
 */
export function startNotifier(parts: NotifierParts): Notifier {
  const { memory, clock, logger } = parts;
  const ending = new AbortController();
  const tries = new Map<string, { made: number; nextAt: number }>();
  let running: Promise<void> | undefined;

  async function deliver(row: OutboxRow & { channel: Channel }): Promise<void> {
    const delivery = row.message as Delivery;
    const key = `${row.channel}/${row.id}`;
    const about = {
      channel: row.channel,
      event: delivery.event,
      delivery: row.id,
      actionId: delivery.actionId,
    };
    const gone = async () => {
      tries.delete(key);
      await memory.outbox.drop(row);
    };
    if (clock.now() - delivery.at > keptForMs) {
      logger.error(about, 'notification given up: not delivered for a day');
      return await gone();
    }
    try {
      await send(row.channel, row.id, delivery, parts, ending.signal);
      await gone();
    } catch (error) {
      if (ending.signal.aborted) return;
      const { message, final } = error instanceof SendError ? error : new SendError(String(error));
      if (final) {
        logger.error({ ...about, reason: message }, 'notification given up');
        return await gone();
      }
      const made = (tries.get(key)?.made ?? 0) + 1;
      const pause = Math.min(longestPauseMs, firstPauseMs * 2 ** (made - 1)) * (0.75 + parts.random() / 2);
      tries.set(key, { made, nextAt: clock.now() + pause });
      logger.warn({ ...about, tries: made, reason: message }, 'notification not delivered; tried again');
    }
  }

  async function sendDue(): Promise<void> {
    const now = clock.now();
    const due = channels.flatMap((channel) =>
      memory.outbox
        .pending(channel, rowsAtOnce)
        .filter(({ id }) => (tries.get(`${channel}/${id}`)?.nextAt ?? 0) <= now)
        .map((row) => ({ ...row, channel })),
    );
    const hands = Array.from({ length: sendsAtOnce }, async () => {
      for (let row = due.shift(); row !== undefined && !ending.signal.aborted; row = due.shift())
        await deliver(row);
    });
    await Promise.all(hands);
  }

  function look(): Promise<void> {
    running ??= sendDue()
      .catch((error: unknown) => logger.warn({ err: error }, 'sending notifications failed'))
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  const timer = setInterval(() => void look(), lookEveryMs);
  timer.unref();
  return {
    async keep(rows) {
      if (rows.length === 0) return;
      const kept = await memory.outbox.put(rows);
      if (kept < rows.length) logger.error({ rows: rows.length - kept }, 'notifications lost: too many wait');
    },
    async close(withinMs) {
      clearInterval(timer);
      const late = setTimeout(() => ending.abort(), withinMs);
      await running;
      await look();
      clearTimeout(late);
      ending.abort();
    },
  };
}

/** Composes from the record as it is now, and sends. Throws SendError. */
async function send(
  channel: Channel,
  id: string,
  delivery: Delivery,
  { config, env, memory, clock }: NotifierParts,
  signal: AbortSignal,
): Promise<void> {
  const { notifications } = config();
  const action = delivery.actionId === undefined ? undefined : memory.actions.get(delivery.actionId);
  const message = messageOf(id, delivery, { action, includeAnswer: notifications.includeAnswer });
  if (message === undefined) throw new SendError('its action is not in the record any more', { final: true });
  if (channel !== 'callback') return await sendTo(channel, message, { config, env, clock, signal });
  const address = String(action?.input.callback_url);
  const fault = callbackFault(address, notifications);
  if (fault !== undefined) throw new SendError(`callback_url: ${fault}`, { final: true });
  const secret = namedSecret(notificationSecrets.webhook, env);
  if (notifications.callbackPrivateAddresses)
    return await sendWebhook(address, message, { secret, now: clock.now(), signal });
  const dispatcher = publicOnly();
  try {
    await sendWebhook(address, message, { secret, now: clock.now(), signal, dispatcher });
  } finally {
    await dispatcher.destroy();
  }
}

/** Sends one message through a channel that is on. Throws SendError. */
export async function sendTo(
  channel: Exclude<Channel, 'callback'>,
  message: Message,
  given: Pick<NotifierParts, 'config' | 'env' | 'clock'> & { signal: AbortSignal },
): Promise<void> {
  const { env, signal } = given;
  const { webhook, ntfy, email } = given.config().notifications;
  const key = namedSecret(notificationSecrets[channel], env);
  const off = new SendError(`notifications.${channel} is not configured any more`, { final: true });
  switch (channel) {
    case 'webhook':
      if (webhook.url === undefined) throw off;
      return await sendWebhook(webhook.url, message, { secret: key, now: given.clock.now(), signal });
    case 'ntfy':
      if (ntfy.url === undefined) throw off;
      return await sendNtfy(ntfy.url, message, { token: key, signal });
    case 'email':
      if (email.host === undefined) throw off;
      return await sendEmail(email, message, { password: key, signal });
  }
}
