import { CallError } from '../call-error.ts';
import { type Bytes, type SseEvent, sseEvents } from './sse.ts';

/** The events of a successful response, once its type says that there are any. */
export function bodyEvents(response: Response, server: string): AsyncIterable<readonly SseEvent[]> {
  const type = response.headers.get('content-type') ?? '';
  if (response.body === null || (type !== '' && !type.includes('event-stream'))) {
    void response.body?.cancel();
    throw new CallError('retry_elsewhere', `${server}: answered with ${type} instead of a stream of events`, {
      status: response.status,
    });
  }
  return sseEvents(response.body as Bytes);
}
