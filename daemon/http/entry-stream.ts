import type { FastifyReply, FastifyRequest } from 'fastify';
import { SwarmdError } from '../../config/errors.ts';
import { toJson } from '../../memory/entry-rows.ts';
import { identityOf } from './access.ts';
import type { HttpContext } from './context.ts';
import { openEventStream } from './sse.ts';

/** Entries are written by other processes too, which nobody tells us of: the file is asked this often (an indexed look). */
const lookEveryMs = 500;

/** Sends every entry that matches and was written after `after` (undefined: from now on), oldest first. */
export function streamEntries(
  context: HttpContext,
  request: FastifyRequest,
  reply: FastifyReply,
  wanted: { after: number | undefined; terms: readonly string[] },
): void {
  const { entries } = context.memory;
  const identity = identityOf(context.access.callerOf(request));
  // Asked before the stream is opened: a filter that is wrong is an answer with a status, not a broken stream.
  let { entries: fresh, after } = entries.newer(wanted.after, wanted.terms, identity);
  const stream = openEventStream(context, request, reply);
  const send = (): void => {
    for (const entry of fresh) {
      stream.write(`id: ${entry.id}\nevent: entry\ndata: ${JSON.stringify(toJson(entry))}\n\n`);
    }
  };
  send();
  const timer = setInterval(() => {
    ({ entries: fresh, after } = entries.newer(after, wanted.terms, identity));
    send();
  }, lookEveryMs);
  stream.onClose(() => clearInterval(timer));
}

/** The id in `?after=` or `Last-Event-ID`. */
export function entryId(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw new SwarmdError('INPUT_INVALID', `after: "${text.slice(0, 40)}" is no id of an entry`, {
      where: 'after',
      allowed: 'the id of the last entry you saw',
    });
  }
  return Number(text);
}
