import { ulid } from 'ulid';
import type { Config } from '../../config/config.ts';
import { notificationSecrets } from '../../config/notifications.ts';
import { namedSecret, secretSource } from '../../config/secrets.ts';
import { liveChannels } from '../notify/deliveries.ts';
import type { Finding } from './finding.ts';

/** Which channels tell what, and whether their secrets are there. Sends nothing. */
export function checkNotifications(config: Config, env: NodeJS.ProcessEnv): Finding[] {
  const { notifications } = config;
  const findings: Finding[] = [];
  for (const channel of liveChannels(notifications)) {
    const variable = notificationSecrets[channel];
    const needed = channel === 'webhook' || (channel === 'email' && notifications.email.user !== undefined);
    const { events } = notifications[channel];
    const to = receiverOf(channel, notifications);
    if (needed && namedSecret(variable, env) === undefined)
      findings.push(unsigned(channel, `${channel} to ${to}: ${variable} is not set, so nothing is sent`));
    else
      findings.push({
        check: 'notify',
        level: events.length === 0 ? 'warning' : 'ok',
        message: `${channel} to ${to}: ${events.join(', ') || 'tells of nothing'}${from(variable, env)}`,
        ...(events.length === 0
          ? { fix: `notifications.${channel}.events: [failed, budget_alert, kill]` }
          : {}),
      });
  }
  const { webhook } = notificationSecrets;
  if (notifications.callbackHosts.length > 0 && namedSecret(webhook, env) === undefined)
    findings.push(unsigned('webhook', `callbacks: ${webhook} is not set, so nothing is sent`));
  return findings;
}

/** Sends a test message through every channel that is on. */
export async function tryNotifications(
  config: Config,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Finding[]> {
  const { sendTo } = await import('../notify/notifier.ts');
  const channels = liveChannels(config.notifications);
  if (channels.length === 0)
    return [
      {
        check: 'notify',
        level: 'failure',
        message: 'there is no channel to try',
        fix: 'notifications.webhook.url, notifications.ntfy.url or notifications.email.host',
      },
    ];
  const given = { config: () => config, env, clock: { now: () => Date.now() }, signal };
  return await Promise.all(
    channels.map(async (channel): Promise<Finding> => {
      const to = receiverOf(channel, config.notifications);
      try {
        const message = { event: 'test', id: ulid(), at: new Date().toISOString() } as const;
        await sendTo(channel, message, given);
        return { check: 'notify', level: 'ok', message: `${channel} to ${to}: a test message was taken` };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return { check: 'notify', level: 'failure', message: `${channel} to ${to}: ${reason}` };
      }
    }),
  );
}

/** The host alone: a path may hold a key. */
function receiverOf(
  channel: keyof typeof notificationSecrets,
  notifications: Config['notifications'],
): string {
  if (channel === 'email') return notifications.email.to.join(', ');
  return URL.parse(notifications[channel].url ?? '')?.host ?? '?';
}

function from(variable: string, env: NodeJS.ProcessEnv): string {
  const source = secretSource(variable, env);
  return source === undefined ? '' : `, with the secret of ${source}`;
}

function unsigned(channel: keyof typeof notificationSecrets, message: string): Finding {
  const variable = notificationSecrets[channel];
  return {
    check: 'notify',
    level: 'failure',
    message,
    fix: `export ${variable}=…, or ${variable}_FILE=/path`,
  };
}
