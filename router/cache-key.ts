import { createHash } from 'node:crypto';
import type { Request } from './types.ts';

/**
 * The key of an answer in the cache: everything that shapes the answer except the model, and everything it
 * must not cross: privacy and client. Undefined for requests whose answers are not reusable (tools act on a
 * world that changes).
 */
export function cacheKey(request: Request): string | undefined {
  if (!request.cacheable || (request.tools !== undefined && request.tools.length > 0)) return undefined;
  const parts = {
    client: request.origin.client ?? null,
    privacy: request.privacy,
    type: request.type,
    messages: request.messages.map((message) => [message.role, message.content]),
    schema: request.schema ?? null,
    // By itself: within the messages it may be where it is no source, and the answer was judged without it.
    ...(request.sourceText === undefined ? {} : { source: request.sourceText }),
    maxTokens: request.maxTokens ?? null,
    temperature: request.temperature ?? null,
    tier: request.tier ?? null,
    model: request.model ?? null,
    qualityThreshold: request.qualityThreshold,
  };
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
