import type { Problem } from './problems.ts';
import type { Settings } from './schema.ts';
import type { notificationEvents, smtpSecurity } from './schema-notifications.ts';

export type NotificationEvent = (typeof notificationEvents)[number];

/** Where is told what happens here. A channel without its address is off. */
export interface Notifications {
  webhook: { url: string | undefined; events: readonly NotificationEvent[] };
  ntfy: { url: string | undefined; events: readonly NotificationEvent[] };
  email: {
    host: string | undefined;
    port: number;
    security: (typeof smtpSecurity)[number];
    user: string | undefined;
    from: string | undefined;
    to: readonly string[];
    events: readonly NotificationEvent[];
  };
  /** May the answers of actions that are not private go into webhooks and callbacks? */
  includeAnswer: boolean;
  /** Hosts that an action's `callback_url` may name: `hooks.example.com`, `.example.com` with all below it. */
  callbackHosts: readonly string[];
  /** May their addresses be private ones (this machine, this network)? */
  callbackPrivateAddresses: boolean;
}

/** What signs, and what logs in; each also as NAME_FILE or as a systemd credential. */
export const notificationSecrets = {
  webhook: 'NOTIFY_WEBHOOK_SECRET',
  ntfy: 'NOTIFY_NTFY_TOKEN',
  email: 'NOTIFY_SMTP_PASSWORD',
} as const;

export function resolveNotifications(
  { notifications }: Pick<Settings, 'notifications'>,
  where: (path: readonly PropertyKey[]) => string,
): { notifications: Notifications; problems: Problem[] } {
  const { webhook, ntfy, email } = notifications;
  const problems: Problem[] = [];
  const problem = (path: readonly string[], message: string, allowed: string) =>
    problems.push({ where: where(path), key: path.join('.'), message, allowed });
  for (const [name, { url }] of Object.entries({ webhook, ntfy }))
    if (url !== undefined && !isWebAddress(url))
      problem(['notifications', name, 'url'], 'is no address', 'https://host/path or http://host/path');
  if (ntfy.url !== undefined && isWebAddress(ntfy.url) && !/^\/[-\w]+\/?$/.test(new URL(ntfy.url).pathname))
    problem(['notifications', 'ntfy', 'url'], 'names no topic', 'https://ntfy.sh/TOPIC');
  if (email.host !== undefined && (email.from === undefined || email.to.length === 0))
    problem(
      ['notifications', 'email', email.from === undefined ? 'from' : 'to'],
      'missing, but notifications.email.host is set',
      'an address such as ops@example.com',
    );
  return {
    notifications: {
      webhook: { url: webhook.url, events: webhook.events },
      ntfy: { url: ntfy.url, events: ntfy.events },
      email: {
        host: email.host,
        port: email.port,
        security: email.security,
        user: email.user,
        from: email.from,
        to: email.to,
        events: email.events,
      },
      includeAnswer: notifications.include_answer,
      callbackHosts: notifications.callback_hosts.map((host) => host.toLowerCase()),
      callbackPrivateAddresses: notifications.callback_private_addresses,
    },
    problems,
  };
}

function isWebAddress(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '');
}
