import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SwarmdError } from '../../config/errors.ts';
import { type ActionRecord, terminalStatuses } from '../../memory/types/actions.ts';
import { clientName, ownAction, ownCalls, ownLabels } from './access.ts';
import type { HttpContext } from './context.ts';
import { InputRefused, notFound } from './errors.ts';
import { listFilter, listQuery, ofCaller } from './list-filter.ts';
import { parseFields } from './query.ts';
import { actionJson, resultJson } from './wire/action-json.ts';
import { explanationJson } from './wire/explanation-json.ts';

const maxBatch = 10_000;

const waitQuery = z.strictObject({
  wait: z.coerce.number('seconds').min(0, 'seconds from 0 to 60').max(60, 'seconds from 0 to 60').optional(),
});

const cancelQuery = z.strictObject({ reason: z.string().max(200).optional() });

type WithId = FastifyRequest<{ Params: { id: string } }>;

export function actionRoutes(app: FastifyInstance, context: HttpContext): void {
  const { control, memory, access } = context;

  app.post('/v1/actions', { config: { access: 'submit' } }, async (request, reply) => {
    const { body } = request;
    const batch = Array.isArray(body);
    const inputs = withIdempotencyKey(batch ? body : [body], request.headers['idempotency-key'], batch);
    if (inputs.length === 0 || inputs.length > maxBatch)
      throw new SwarmdError('INPUT_INVALID', `a batch of ${inputs.length} actions`, {
        where: 'body',
        allowed: `1 to ${maxBatch} actions`,
      });
    const client = clientName(access.callerOf(request));
    const submitted = await control.submit(inputs, client === undefined ? {} : { client });
    if (!submitted.ok) throw new InputRefused(batch ? submitted.errors : withoutIndex(submitted.errors));
    reply.code(submitted.accepted.every((one) => one.duplicate) ? 200 : 201);
    return batch ? { actions: submitted.accepted } : submitted.accepted[0];
  });

  app.get('/v1/actions', { config: { access: 'read' } }, async (request) => {
    const query = parseFields(listQuery, request.query);
    const filter = listFilter(ofCaller(query, clientName(access.callerOf(request))), context.now());
    return { actions: memory.actions.list(filter).map(actionJson) };
  });

  app.get('/v1/actions/:id', { config: { access: 'read' } }, async (request: WithId) =>
    actionJson(find(context, request)),
  );

  app.get('/v1/actions/:id/result', { config: { access: 'read' } }, async (request: WithId, reply) => {
    const { wait } = parseFields(waitQuery, request.query);
    find(context, request);
    const action = await untilTerminal(context, request, (wait ?? 0) * 1000);
    // 202: known, not finished. The body has the status either way.
    if (!terminalStatuses.includes(action.status)) reply.code(202);
    return resultJson(action);
  });

  app.get('/v1/actions/:id/explain', { config: { access: 'read' } }, async (request: WithId) => {
    const action = find(context, request);
    const caller = access.callerOf(request);
    const calls = ownCalls(caller, memory.calls.forAction(action.id));
    return explanationJson(action, calls, ownLabels(caller, memory.labels.list({ actionId: action.id })));
  });

  app.delete('/v1/actions/:id', { config: { access: 'submit' } }, async (request: WithId) => {
    const { reason } = parseFields(cancelQuery, request.query);
    find(context, request);
    const done = await control.cancel(request.params.id, reason ?? 'cancelled by the user');
    if (done === undefined) throw notFound('action', request.params.id);
    return { id: request.params.id, cancelled: done.cancelled };
  });

  app.post('/v1/actions/:id/retry', { config: { access: 'submit' } }, async (request: WithId) => {
    const { id } = request.params;
    find(context, request);
    const done = await control.retry(id);
    if (done.ok) return actionJson(find(context, request));
    if (done.reason === 'not_found') throw notFound('action', id);
    const { status } = find(context, request);
    throw new SwarmdError('CONFLICT', `action ${id} is ${status}`, {
      where: id,
      allowed: 'retry of an action that failed or was cancelled',
    });
  });
}

/** The header names one submission; in a batch each action gets its own key from it, by its place. */
function withIdempotencyKey(
  inputs: readonly unknown[],
  header: string | readonly string[] | undefined,
  batch: boolean,
): readonly unknown[] {
  if (header === undefined) return inputs;
  const key = typeof header === 'string' ? header : header.join(',');
  return inputs.map((input, index) =>
    input !== null && typeof input === 'object' && !Array.isArray(input)
      ? { idempotency_key: batch ? `${key}/${index}` : key, ...input }
      : input,
  );
}

function withoutIndex(errors: InputRefused['errors']): InputRefused['errors'] {
  return errors.map(({ field, message, allowed }) => ({ field, message, allowed }));
}

function find({ memory, access }: HttpContext, request: WithId): ActionRecord {
  const { id } = request.params;
  return ownAction(access.callerOf(request), memory.actions.get(id), id);
}

/**
 * The action when it is terminal or the time is over. It looks again on the daemon's own event; and every
 * second, because on several machines another daemon may finish it, of which no event comes here.
 */
function untilTerminal(context: HttpContext, request: WithId, waitMs: number): Promise<ActionRecord> {
  const { id } = request.params;
  return new Promise((resolve, reject) => {
    const look = (last: boolean): void => {
      try {
        const action = find(context, request);
        if (!last && !terminalStatuses.includes(action.status)) return;
        stop();
        resolve(action);
      } catch (error) {
        stop();
        reject(error);
      }
    };
    const give = () => look(true);
    const stop = () => {
      clearTimeout(timer);
      clearInterval(again);
      unsubscribe();
      context.closing.removeEventListener('abort', give);
      request.raw.socket.removeListener('close', give);
    };
    const timer = setTimeout(give, waitMs);
    const again = setInterval(() => look(false), 1000);
    const unsubscribe = context.events.subscribe(({ event }) => {
      if (event.actionId === id && event.kind === 'finished') look(false);
    });
    context.closing.addEventListener('abort', give);
    request.raw.socket.once('close', give);
    look(waitMs === 0 || context.closing.aborted);
  });
}
