/** What has to be told to whom: pure, so that it can be written in the transaction of what happened. */
import type { Config } from '../../config/config.ts';
import type { NotificationEvent, Notifications } from '../../config/notifications.ts';
import type { OutboxRow } from '../../memory/outbox.ts';
import type { ActionRecord, ActionResult } from '../../memory/types/actions.ts';
import type { BudgetAlert } from '../budget-alert.ts';
import { directJobPrefix } from '../reconcile.ts';

export const channels = ['webhook', 'ntfy', 'email', 'callback'] as const;
export type Channel = (typeof channels)[number];

/** As it is kept until it is sent. What is said of an action is read from the record then. */
export interface Delivery {
  event: NotificationEvent | 'cancelled' | 'test';
  /** When it happened, in milliseconds since 1970. */
  at: number;
  actionId?: string;
  alert?: BudgetAlert;
  reason?: string;
}

interface Context {
  config: Config;
  newId: () => string;
  at: number;
}

/** An action has ended: the channels hear of it, where it is nobody's child, and whoever gave a callback. */
export function atEnd(
  action: Pick<ActionRecord, 'id' | 'parentId' | 'queueJob' | 'input'>,
  status: ActionResult['status'],
  context: Context,
): OutboxRow[] {
  // Whoever asked directly has the answer on the same connection.
  if (action.queueJob?.startsWith(directJobPrefix) === true) return [];
  const event = status === 'completed' ? 'done' : status;
  const delivery: Delivery = { event, at: context.at, actionId: action.id };
  const told =
    event === 'cancelled' || action.parentId !== undefined ? [] : rowsFor(event, delivery, context);
  if (typeof action.input.callback_url !== 'string') return told;
  return [...told, { channel: 'callback', id: context.newId(), message: delivery }];
}

/** A limit is nearly used up. The same alert of a day has the same id: told again, it replaces itself. */
export function atAlert(alert: BudgetAlert, context: Context): OutboxRow[] {
  const id = [alert.day, alert.limit, alert.name, alert.value].filter((part) => part !== undefined).join('-');
  return rowsFor('budget_alert', { event: 'budget_alert', at: context.at, alert }, context, id);
}

/** A rollout went on to its next step, or came back. */
export function atRollout(line: string, context: Context): OutboxRow[] {
  return rowsFor('rollout', { event: 'rollout', at: context.at, reason: line }, context);
}

export function atKill(reason: string, context: Context): OutboxRow[] {
  return rowsFor('kill', { event: 'kill', at: context.at, reason }, context);
}

function rowsFor(event: NotificationEvent, message: Delivery, context: Context, id?: string): OutboxRow[] {
  return channelsFor(event, context.config.notifications).map((channel) => ({
    channel,
    id: id ?? context.newId(),
    message,
  }));
}

/** The channels that are on and hear of this. */
function channelsFor(event: NotificationEvent, { webhook, ntfy, email }: Notifications): Channel[] {
  const all = {
    webhook: { on: webhook.url, events: webhook.events },
    ntfy: { on: ntfy.url, events: ntfy.events },
    email: { on: email.host, events: email.events },
  };
  return (['webhook', 'ntfy', 'email'] as const).filter(
    (name) => all[name].on !== undefined && all[name].events.includes(event),
  );
}

/** The channels that are on at all. */
export function liveChannels(notifications: Notifications): Exclude<Channel, 'callback'>[] {
  const { webhook, ntfy, email } = notifications;
  const on = { webhook: webhook.url, ntfy: ntfy.url, email: email.host };
  return (['webhook', 'ntfy', 'email'] as const).filter((name) => on[name] !== undefined);
}
