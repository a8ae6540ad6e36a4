import { CallError } from '../call-error.ts';

/** One server-sent event, its JSON parsed. */
export interface SseEvent {
  /** The `event:` field; empty where the server sends none (OpenAI Chat). */
  event: string;
  data: unknown;
}

/** A body as the SDKs hand it over: ours, or the global fetch's web stream. */
export type Bytes = AsyncIterable<Uint8Array>;

/** What OpenAI's Chat API ends its streams with; the only event that is not JSON. */
const doneMarker = '[DONE]';

/** No event of a model's stream comes near this; a server that never ends a line must not fill the memory. */
const longestEvent = 32 * 1_048_576;

/**
 * Decodes server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), yielding what one
 * network read completed as one batch: fewer turns of the event loop, and deltas can be joined. Ours rather
 * than the SDKs' decoders because those end silently on a stream cut in the middle of an event (anthropic) and
 * on abort (both), *measured*. Throws `CallError` on an event that is not JSON, complete or cut.
 */
export async function* sseEvents(body: Bytes): AsyncGenerator<readonly SseEvent[]> {
  const decoder = new TextDecoder();
  let rest = '';
  let event = '';
  let data: string | undefined;
  let done = false;

  const takeLines = (text: string): SseEvent[] => {
    const events: SseEvent[] = [];
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      const last = text.charCodeAt(end - 1) === 13 && end > start ? end - 1 : end;
      const line = text.slice(start, last);
      start = end + 1;
      if (line === '') {
        if (data === doneMarker) done = true;
        else if (data !== undefined && data !== '') events.push({ event, data: parse(data) });
        event = '';
        data = undefined;
      } else if (line.startsWith('data:')) {
        const value = line.charCodeAt(5) === 32 ? line.slice(6) : line.slice(5);
        data = data === undefined ? value : `${data}\n${value}`;
      } else if (line.startsWith('event:')) {
        event = line.slice(line.charCodeAt(6) === 32 ? 7 : 6);
      }
    }
    rest = text.slice(start);
    if (rest.length + (data?.length ?? 0) > longestEvent) {
      throw new CallError('retry_elsewhere', 'the stream holds an event of more than 32 MB');
    }
    return events;
  };

  for await (const chunk of body) {
    const events = takeLines(rest + decoder.decode(chunk, { stream: true }));
    if (events.length > 0) yield events;
    // A server that keeps the connection open after its last word must not keep us.
    if (done) return;
  }
  // A last event without its blank line is taken when it is whole; a cut one does not parse.
  const events = takeLines(`${rest + decoder.decode()}\n\n`);
  if (events.length > 0) yield events;
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (error) {
    throw new CallError('retry_here', 'the stream holds an event that is not JSON (cut or damaged)', {
      cause: error,
    });
  }
}
