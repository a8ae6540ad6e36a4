import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { terminalStatuses } from '../../memory/types/actions.ts';
import type { ActionEvent } from '../control.ts';
import { clientName, ownAction } from './access.ts';
import type { HttpContext } from './context.ts';
import type { LoggedEvent } from './event-log.ts';
import { parseFields } from './query.ts';
import { eventJson } from './wire/event-json.ts';

/** A reader who lets this much pile up is not reading; it may come back and go on by its last id. */
const maxBufferedBytes = 1024 * 1024;
/** Proxies and clients take a silent line for a dead one. */
const heartbeatMs = 15_000;

const read = { config: { access: 'read' } } as const;
const allQuery = z.strictObject({ after: z.string().optional() });
const oneQuery = z.strictObject({
  after: z.string().optional(),
  tree: z.enum(['true', 'false'], 'true or false').optional(),
});

/** Server-sent events, with ids; `Last-Event-ID` (or `?after=`) goes on where a reader was cut off. */
export function eventRoutes(app: FastifyInstance, context: HttpContext): void {
  app.get('/v1/events', read, async (request, reply) => {
    const { after } = parseFields(allQuery, request.query);
    stream(context, request, reply, { after, wanted: () => true, last: () => false });
  });

  app.get(
    '/v1/actions/:id/events',
    read,
    async (request: FastifyRequest<{ Params: { id: string } }>, reply) => {
      const { id } = request.params;
      const { after, tree } = parseFields(oneQuery, request.query);
      const action = ownAction(context.access.callerOf(request), context.memory.actions.get(id), id);
      const wanted = (event: ActionEvent) =>
        event.actionId === id || (tree === 'true' && event.rootId === action.rootId);
      const last = (event: ActionEvent) => event.actionId === id && event.kind === 'finished';
      const send = stream(context, request, reply, { after, wanted, last });
      // Finished before anyone listened: said from the record, or the reader would wait for ever.
      const now = context.memory.actions.get(id);
      if (now !== undefined && terminalStatuses.includes(now.status))
        send({
          kind: 'finished',
          actionId: id,
          rootId: now.rootId,
          type: now.type,
          client: now.client,
          at: now.finishedAt ?? context.now(),
          line: `${now.status}: ${now.error?.message ?? now.reason ?? 'ended'}`,
          status: now.status,
          ...(now.tier === null ? {} : { tier: now.tier }),
          ...(now.model === null ? {} : { model: now.model }),
          ...(now.quality === null ? {} : { quality: now.quality }),
          cost: now.cost,
        });
    },
  );
}

interface Wanted {
  after: string | undefined;
  wanted: (event: ActionEvent) => boolean;
  /** The stream ends after this one. */
  last: (event: ActionEvent) => boolean;
}

/** Opens the stream and returns how to send an event that has no id of its own. */
function stream(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { after, wanted, last }: Wanted,
): (event: ActionEvent) => void {
  const client = clientName(context.access.callerOf(request));
  const line = openEventStream(context, request, reply);
  const { write } = line;
  const sendEvent = (event: ActionEvent, id: string | undefined): void => {
    if (!wanted(event) || (client !== undefined && event.client !== client)) return;
    const idLine = id === undefined ? '' : `id: ${id}\n`;
    write(`${idLine}event: ${event.kind}\ndata: ${JSON.stringify(eventJson(event))}\n\n`);
    if (last(event)) line.end();
  };
  const onLogged = ({ id, event }: LoggedEvent) => sendEvent(event, id);

  const lastId = request.headers['last-event-id'];
  const from = (typeof lastId === 'string' ? lastId : undefined) ?? after;
  if (from !== undefined) {
    const missed = context.events.after(from);
    if (missed.gap)
      write('event: gap\ndata: {"message":"events before these are no longer known; ask for the state"}\n\n');
    for (const logged of missed.events) onLogged(logged);
  }
  const unsubscribe = context.events.subscribe(onLogged);
  line.onClose(unsubscribe);
  return (event) => sendEvent(event, undefined);
}

/** A stream of server-sent events to one reader. */
interface EventStream {
  /** Quiet when the reader has gone; a reader who does not read is cut off. */
  write(text: string): void;
  end(): void;
  /** Called once, when the reader has gone, the stream was ended or the server closes. */
  onClose(cleanUp: () => void): void;
}

export function openEventStream(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
): EventStream {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.write(': swarmd events\n\n');
  const write = (text: string): void => {
    if (raw.writableEnded || raw.destroyed) return;
    raw.write(text);
    if (raw.writableLength > maxBufferedBytes) raw.destroy();
  };
  const end = () => raw.end();
  const heartbeat = setInterval(() => {
    // A token taken away ends what was opened with it.
    if (context.access.stillAdmitted(request)) write(': alive\n\n');
    else end();
  }, heartbeatMs);
  context.closing.addEventListener('abort', end);
  raw.once('close', () => {
    clearInterval(heartbeat);
    context.closing.removeEventListener('abort', end);
  });
  return { write, end, onClose: (cleanUp) => void raw.once('close', cleanUp) };
}
