/** What is said: never a prompt, an answer only where the configuration allows it, of a private action its end alone. */
import { formatUsd, toUsd } from '../../config/money.ts';
import type { ActionRecord } from '../../memory/types/actions.ts';
import type { Delivery } from './deliveries.ts';

/** The JSON of a webhook or a callback. */
export interface Message {
  event: Delivery['event'];
  /** Names this delivery: the same again is the same message again. */
  id: string;
  at: string;
  action?: ActionNews;
  budget?: {
    limit: string;
    name: string | null;
    percent: number;
    /** One line for people. */
    line: string;
  };
  reason?: string;
}

/** Of a private action: `id` and `status`; of one that was tried again since, `type` as well. */
export interface ActionNews {
  id: string;
  status: string;
  type?: string;
  tier?: string | null;
  quality?: number | null;
  cost_usd?: number | null;
  degraded?: boolean;
  /** `BUDGET_REFUSED` …: messages may quote what was asked. */
  error?: string | null;
  answer?: string;
  truncated?: boolean;
}

/** The most of an answer that is sent along, in characters. */
const longestAnswer = 64_000;

/** Undefined when the action is not in the record any more. */
export function messageOf(
  id: string,
  delivery: Delivery,
  { action, includeAnswer }: { action: ActionRecord | undefined; includeAnswer: boolean },
): Message | undefined {
  if (delivery.actionId !== undefined && action === undefined) return undefined;
  const { event, alert, reason } = delivery;
  return {
    event,
    id,
    at: new Date(delivery.at).toISOString(),
    ...(action === undefined ? {} : { action: newsOf(event, action, includeAnswer) }),
    ...(alert === undefined
      ? {}
      : {
          budget: {
            limit: alert.limit,
            name: alert.name ?? null,
            percent: alert.percent,
            line: alert.line,
          },
        }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function newsOf(event: Delivery['event'], action: ActionRecord, includeAnswer: boolean): ActionNews {
  const { id, answer } = action;
  // What happened then: a retry may have the record at something else by now.
  const status = event === 'done' ? 'completed' : event;
  if (isPrivate(action)) return { id, status };
  if (action.status !== status) return { id, status, type: action.type };
  return {
    id,
    status,
    type: action.type,
    tier: action.tier,
    quality: action.quality,
    cost_usd: toUsd(action.parentId === undefined ? action.treeCost : action.cost),
    degraded: action.degraded !== null,
    error: action.error?.code ?? null,
    ...(!includeAnswer || answer === null || status !== 'completed'
      ? {}
      : {
          answer: answer.slice(0, longestAnswer).toWellFormed(),
          truncated: answer.length > longestAnswer,
        }),
  };
}

/** Marked so, or found to be by what it contains. */
function isPrivate({ privacy, trail }: ActionRecord): boolean {
  return privacy === 'local' || trail?.plan.excluded.some(({ rule }) => rule === 'privacy') === true;
}

/** The same for people: a title, and a text without anything of the action's content. */
export function wordsOf(message: Message): { title: string; text: string } {
  const { event, action, budget, reason } = message;
  if (event === 'test') return { title: 'swarmd: test', text: 'Notifications of swarmd arrive here.' };
  if (budget !== undefined) return { title: 'swarmd: budget alert', text: budget.line };
  if (event === 'rollout') return { title: 'swarmd: rollout', text: reason ?? '' };
  if (event === 'kill')
    return {
      title: 'swarmd: stopped by the kill switch',
      text: `${reason ?? ''}\nLift it with: swarmd unkill`.trim(),
    };
  const facts = [
    action?.type,
    action?.tier ?? undefined,
    action?.error ?? undefined,
    action?.cost_usd === undefined || action.cost_usd === null
      ? undefined
      : formatUsd(Math.round(action.cost_usd * 1e9)),
  ].filter((fact) => fact !== undefined);
  return {
    title: `swarmd: action ${action?.status ?? event}`,
    text: [`${action?.id ?? ''}`, ...facts].join(', '),
  };
}
