import type { ServerResponse } from 'node:http';
import { lines, sse, stream } from './scripted-server.ts';

/** A well-formed streamed answer "Hello, world" in each protocol, as its pieces. */
export const goodPieces: Readonly<Record<'ollama' | 'openai' | 'anthropic', readonly string[]>> = {
  ollama: lines(
    { model: 'm', message: { role: 'assistant', content: 'Hello, ' }, done: false },
    { model: 'm', message: { role: 'assistant', content: 'world' }, done: false },
    {
      model: 'm',
      message: { role: 'assistant', content: '' },
      done: true,
      done_reason: 'stop',
      load_duration: 1_500_000_000,
      prompt_eval_count: 14,
      eval_count: 4,
    },
  ),
  openai: [
    ...sse(
      {
        id: 'c',
        object: 'chat.completion.chunk',
        choices: [{ index: 0, delta: { role: 'assistant', content: '' } }],
      },
      { id: 'c', choices: [{ index: 0, delta: { content: 'Hello, ' }, finish_reason: null }] },
      { id: 'c', choices: [{ index: 0, delta: { content: 'world' }, finish_reason: null }] },
      { id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
      { id: 'c', choices: [], usage: { prompt_tokens: 14, completion_tokens: 4, total_tokens: 18 } },
      '[DONE]',
    ),
  ],
  anthropic: sse(
    { type: 'message_start', message: { id: 'm', usage: { input_tokens: 14, output_tokens: 1 } } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'ping' },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello, ' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'world' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 4 } },
    { type: 'message_stop' },
  ),
};

export type Protocol = keyof typeof goodPieces;
export const protocols: readonly Protocol[] = ['ollama', 'openai', 'anthropic'];

export function contentType(protocol: Protocol): string {
  return protocol === 'ollama' ? 'application/x-ndjson' : 'text/event-stream';
}

export function answerWell(response: ServerResponse, protocol: Protocol): Promise<void> {
  return stream(response, contentType(protocol), goodPieces[protocol]);
}

/** Where the pieces may be cut without the terminator having been sent. */
export const lastTextPiece: Readonly<Record<Protocol, number>> = { ollama: 1, openai: 2, anthropic: 4 };

/** An error body as the provider words it. */
export function errorBody(protocol: Protocol, type: string, message: string, code?: string): string {
  if (protocol === 'ollama') return JSON.stringify({ error: message });
  if (protocol === 'openai')
    return JSON.stringify({ error: { message, type, code: code ?? type, param: null } });
  return JSON.stringify({
    type: 'error',
    error: { type, message, ...(code === undefined ? {} : { details: { error_code: code } }) },
  });
}
