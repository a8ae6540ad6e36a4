import type { Config } from '../config/config.ts';
import { crashPoint } from '../config/crash-points.ts';
import type { ActionRecord, NewAction } from '../memory/types/actions.ts';
import { type ActionInputContext, parseActionInput, parseActionInputs } from './action-input.ts';
import { resultOf } from './action-result.ts';
import type { ChatResult, Control, DaemonStatus, Submitted } from './control.ts';
import type { Deps } from './deps.ts';
import { atEnd } from './notify/deliveries.ts';
import { clientPrivacy } from './privacy.ts';
import { directJobPrefix } from './reconcile.ts';
import { requestFor } from './request-for.ts';
import { tellFinished } from './tell.ts';

/** What the control needs of the daemon's life besides the parts its work uses. */
export interface Life {
  pause(): Promise<void>;
  resume(): Promise<void>;
  drain(): Promise<void>;
  kill(reason: string): Promise<void>;
  reload(): Promise<{ changed: readonly string[]; needRestart: readonly string[] }>;
  status(): Promise<DaemonStatus>;
  ready(): Promise<{ ready: boolean; reasons: readonly string[] }>;
}

export function createControl(deps: Deps, life: Life): Control {
  const context = (client: string | undefined): ActionInputContext => ({
    config: deps.config(),
    now: deps.clock.now(),
    newId: deps.newId,
    agents: deps.agents,
    ...(client === undefined
      ? {}
      : { client, clientPrivacy: clientPrivacy(client, deps.config(), deps.memory.clients) }),
  });
  return {
    ...life,
    config: deps.config,
    subscribe: deps.events.subscribe,
    submit: (inputs, options) => submit(inputs, context(options?.client), deps),
    cancel: (id, reason) => cancel(id, reason, deps),
    retry: (id) => retry(id, deps),
    chat: (input, options) => chat(input, context(options.client), options.signal, deps),
  };
}

/** Validate -> commit -> enqueue. What is committed is acknowledged: a queue that is down gets it later. */
async function submit(
  inputs: readonly unknown[],
  context: ActionInputContext,
  deps: Deps,
): Promise<Submitted> {
  const parsed = parseActionInputs(inputs, context);
  if (!parsed.ok) return parsed;
  const accepted = await deps.memory.actions.acceptAll(parsed.actions);
  crashPoint('accepted');
  const fresh = accepted.filter((one) => !one.duplicate).map((one) => one.action);
  for (const action of fresh) {
    deps.events.tell({
      kind: 'queued',
      actionId: action.id,
      rootId: action.rootId,
      ...(action.parentId === undefined ? {} : { parentId: action.parentId }),
      type: action.type,
      client: action.client,
      at: context.now,
      line: 'accepted',
    });
  }
  try {
    await deps.queue.enqueue(fresh);
  } catch (error) {
    deps.logger.warn(
      { err: error, actions: fresh.length },
      'accepted, but the queue does not take it now; the reconciler will enqueue it',
    );
  }
  return {
    ok: true,
    accepted: accepted.map(({ action, duplicate }) => ({
      id: action.id,
      type: action.type,
      status: action.status,
      duplicate,
    })),
  };
}

async function cancel(
  id: string,
  reason: string,
  deps: Deps,
): Promise<{ cancelled: readonly string[] } | undefined> {
  if (deps.memory.actions.get(id) === undefined) return undefined;
  const cancelled = await deps.memory.actions.cancel(id, reason, deps.clock.now());
  for (const one of cancelled) {
    const action = deps.memory.actions.get(one);
    if (action === undefined) continue;
    // What runs here is stopped; what only waits in the queue is forgotten; a worker elsewhere finds it ended.
    if (!deps.inFlight.stop(one, 'cancelled')) await deps.queue.forget(action);
    const at = deps.clock.now();
    const rows = atEnd(action, 'cancelled', { config: deps.config(), newId: deps.newId, at });
    if (rows.length > 0) await deps.memory.outbox.put(rows);
    tellFinished(deps, action);
  }
  return { cancelled };
}

async function retry(id: string, deps: Deps): ReturnType<Control['retry']> {
  const before = deps.memory.actions.get(id);
  if (before === undefined) return { ok: false, reason: 'not_found' };
  if (before.status === 'completed') return { ok: false, reason: 'completed' };
  if (before.status !== 'failed' && before.status !== 'cancelled')
    return { ok: false, reason: 'not_terminal' };
  const action = await deps.memory.actions.retry(id, deps.clock.now());
  if (action === undefined) return { ok: false, reason: 'not_terminal' };
  await deps.queue.forget(action);
  await deps.queue.enqueue([action]);
  return { ok: true };
}

/** One request routed now: recorded as an action like any other, but its answer is its acknowledgement. */
async function chat(
  input: unknown,
  context: ActionInputContext,
  signal: AbortSignal,
  deps: Deps,
): Promise<ChatResult> {
  const parsed = parseActionInput(withType(input), context);
  if (!parsed.ok) return parsed;
  const direct: NewAction = { ...parsed.action, queueJob: `${directJobPrefix}${parsed.action.id}` };
  const stopped = deps.inFlight.start(direct.id, direct.id);
  try {
    await deps.memory.actions.accept(direct);
    const action = await deps.memory.actions.claim(direct.id, deps.clock.now());
    if (action === undefined) throw new Error(`the request ${direct.id} was ended before it began`);
    const outcome = await deps.router.route(requestFor(action, deps), AbortSignal.any([signal, stopped]));
    await finishChat(action, resultOf(outcome), deps);
    const calls = deps.memory.calls.forAction(action.id).filter((call) => call.role === 'answer');
    return {
      ok: true,
      id: action.id,
      outcome,
      usage: {
        inputTokens: calls.reduce(
          (sum, call) => sum + call.inputTokens + call.cachedInputTokens + call.cacheWriteTokens,
          0,
        ),
        outputTokens: calls.reduce((sum, call) => sum + call.outputTokens, 0),
      },
    };
  } finally {
    deps.inFlight.end(direct.id);
  }
}

function withType(input: unknown): unknown {
  return input !== null && typeof input === 'object' && !Array.isArray(input)
    ? { type: 'chat', ...input }
    : input;
}

async function finishChat(
  action: ActionRecord,
  result: Parameters<Deps['memory']['actions']['finish']>[2],
  deps: Deps,
): Promise<void> {
  await deps.memory.actions.finish(action.id, action.fence, result, deps.clock.now());
  tellFinished(deps, deps.memory.actions.get(action.id) ?? action);
}

/** Names of the settings that differ, as `section.key`, and which of them only a restart applies. */
export function configDifference(
  before: Config,
  after: Config,
): { changed: string[]; needRestart: string[] } {
  const changed: string[] = [];
  for (const section of Object.keys(after) as (keyof Config)[]) {
    const [was, is] = [before[section] as unknown, after[section] as unknown];
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    if (was === null || typeof was !== 'object' || is === null || typeof is !== 'object') {
      changed.push(section);
      continue;
    }
    const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
    for (const key of keys) {
      if (
        JSON.stringify((was as Record<string, unknown>)[key]) !==
        JSON.stringify((is as Record<string, unknown>)[key])
      )
        changed.push(`${section}.${key}`);
    }
  }
  const fixed = ['queue', 'hosts', 'http', 'memory', 'dataDir', 'roles', 'costControl.timeZone'];
  return {
    changed,
    needRestart: changed.filter((name) => fixed.some((one) => name === one || name.startsWith(`${one}.`))),
  };
}
