import { z } from 'zod';

export const notificationEvents = ['done', 'failed', 'budget_alert', 'rollout', 'kill'] as const;
export const smtpSecurity = ['starttls', 'tls', 'none'] as const;

const events = z
  .array(z.enum(notificationEvents))
  .default(['failed', 'budget_alert', 'rollout', 'kill'])
  .describe('What is told here; of a tree its root only.');

/** `notifications`. Secrets are not here: they come from the environment (docs/notifications.md). */
export const notificationSettings = z.strictObject({
  webhook: z
    .strictObject({
      url: z.string().min(1).optional().describe('Gets a POST with JSON, signed with NOTIFY_WEBHOOK_SECRET.'),
      events,
    })
    .prefault({}),
  ntfy: z
    .strictObject({
      url: z
        .string()
        .min(1)
        .optional()
        .describe('A topic of ntfy.sh or of your own server; NOTIFY_NTFY_TOKEN where it needs one.'),
      events,
    })
    .prefault({}),
  email: z
    .strictObject({
      host: z.string().min(1).optional().describe('The SMTP server.'),
      port: z.int().min(1).max(65_535).default(587).describe('Its port.'),
      security: z
        .enum(smtpSecurity)
        .default('starttls')
        .describe('starttls: encrypted after the greeting, or not sent; tls: from the start; none.'),
      user: z.string().min(1).optional().describe('Who logs in, with NOTIFY_SMTP_PASSWORD.'),
      from: z.email().optional().describe('The sender.'),
      to: z.array(z.email()).default([]).describe('Who gets it.'),
      events,
    })
    .prefault({}),
  include_answer: z
    .boolean()
    .default(false)
    .describe('Put answers into webhooks and callbacks; never those of private actions.'),
  callback_hosts: z
    .array(z.string().regex(/^\.?[\w.:[\]-]+$/, 'a host such as hooks.example.com, or .example.com'))
    .default([])
    .describe(
      'Hosts that callback_url of an action may name; .example.com: all below it. None: no callbacks.',
    ),
  callback_private_addresses: z
    .boolean()
    .default(false)
    .describe('May those hosts be on this machine or in a private network?'),
});
