/** What the daemon says of an action while it lives: one event for watchers and one log line a change of state. */
import { formatUsd } from '../config/money.ts';
import type { ActionRecord, ActionStatus } from '../memory/types/actions.ts';
import type { RouterEvent } from '../router/parts.ts';
import type { Swap } from '../router/residency/host-memory.ts';
import type { ActionEvent } from './control.ts';
import type { Deps } from './deps.ts';
import type { Logger } from './logger.ts';

type Who = Pick<ActionRecord, 'id' | 'rootId' | 'parentId' | 'type' | 'client'>;

export function tellStarted(deps: Deps, action: ActionRecord): void {
  deps.events.tell({
    ...subject(action, deps),
    kind: 'started',
    line: `attempt ${action.attemptsMade + 1} of ${action.attempts}`,
  });
}

export function tellParked(deps: Deps, action: ActionRecord, status: ActionStatus, line: string): void {
  deps.logger.info({ actionId: action.id, status, reason: line }, 'action put aside');
  deps.events.tell({ ...subject(action, deps), kind: 'parked', status, line: oneLine(line) });
}

export function tellFinished(deps: Deps, action: ActionRecord): void {
  const { id, status, tier, model, quality, cost } = action;
  const detail = action.error === null ? (action.degraded ?? action.reason) : action.error.message;
  deps.logger.info({ actionId: id, status, tier, model, quality, costNano: cost, detail }, 'action ended');
  const how =
    status === 'completed'
      ? `${tier} (${model}), quality ${quality?.toFixed(2)}, ${formatUsd(cost)}`
      : detail;
  deps.events.tell({
    ...subject(action, deps),
    kind: 'finished',
    status,
    line: oneLine(`${status}: ${how ?? ''}`),
    ...(tier === null ? {} : { tier }),
    ...(model === null ? {} : { model }),
    ...(quality === null ? {} : { quality }),
    cost,
  });
}

/** The router's events, in the words of the daemon's. */
export function tellRouting(deps: Pick<Deps, 'events' | 'clock'>, event: RouterEvent): void {
  const { type, origin } = event.request;
  const { actionId, rootId, parentId, client } = origin;
  deps.events.tell({
    actionId,
    rootId: rootId ?? actionId,
    ...(parentId === undefined ? {} : { parentId }),
    type,
    client,
    at: deps.clock.now(),
    ...wordsFor(event),
  });
}

function wordsFor(event: RouterEvent): Pick<ActionEvent, 'kind' | 'line'> & Partial<ActionEvent> {
  switch (event.kind) {
    case 'classified':
      return { kind: 'classified', line: oneLine(`${event.complexity}: ${event.reason}`) };
    case 'call':
      return {
        kind: 'call',
        tier: event.tier,
        model: event.model,
        line: event.role === 'answer' ? `asks ${event.model}` : `${event.role} by ${event.model}`,
      };
    case 'assessed':
      return {
        kind: 'assessed',
        tier: event.tier,
        model: event.model,
        quality: event.quality,
        line: oneLine(
          `${event.model} ${event.accepted ? 'accepted' : 'rejected'} (${event.quality.toFixed(2)}): ${event.reason}`,
        ),
      };
    case 'escalated':
      return { kind: 'escalated', line: oneLine(`from ${event.from}: ${event.reason}`) };
    case 'fell_back':
      return { kind: 'fell_back', line: oneLine(`from ${event.from}: ${event.reason}`) };
  }
}

/** A swap costs seconds in which a host answers nobody: each is in the log with its time. */
export function tellSwap(logger: Logger, swap: Swap): void {
  if (swap.error === undefined) logger.info(swap, 'model loaded');
  else logger.warn(swap, 'loading the model failed; its next call will say why');
}

function subject(action: Who, deps: Pick<Deps, 'clock'>) {
  return {
    actionId: action.id,
    rootId: action.rootId,
    ...(action.parentId === undefined || action.parentId === null ? {} : { parentId: action.parentId }),
    type: action.type,
    client: action.client,
    at: deps.clock.now(),
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 300);
}
