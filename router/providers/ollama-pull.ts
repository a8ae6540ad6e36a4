import { SwarmdError } from '../../config/errors.ts';
import { isRecord } from './classify-error.ts';

export interface PullProgress {
  /** Ollama's own word for what it does: `pulling manifest`, `verifying sha256 digest` … */
  status: string;
  /** Bytes of the layer it is on; undefined between layers. */
  completed: number | undefined;
  total: number | undefined;
}

/**
 * Lets an Ollama server fetch a model, telling the progress as it comes. Resolves when the server says
 * `success`; a stream that ends before that is an error, because half a model is none. Throws
 * MODEL_UNAVAILABLE.
 */
export async function pullModel(
  endpoint: string,
  modelId: string,
  onProgress: (progress: PullProgress) => void,
  signal: AbortSignal,
): Promise<void> {
  const fail = (why: string, retryable: boolean, cause?: unknown) =>
    new SwarmdError('MODEL_UNAVAILABLE', `${modelId} was not pulled by ${endpoint}: ${why}`, {
      where: endpoint,
      retryable,
      cause,
    });
  let response: Response;
  try {
    response = await fetch(`${endpoint}/api/pull`, {
      method: 'POST',
      redirect: 'error',
      signal,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: modelId, stream: true }),
    });
  } catch (cause) {
    throw fail('no Ollama answers there', true, cause);
  }
  if (!response.ok || response.body === null) throw fail(`HTTP ${response.status}`, response.status >= 500);
  let done = false;
  try {
    for await (const line of lines(response.body)) {
      const event: unknown = JSON.parse(line);
      if (!isRecord(event)) continue;
      if (typeof event.error === 'string') throw fail(event.error, false);
      const status = typeof event.status === 'string' ? event.status : '';
      done ||= status === 'success';
      onProgress({ status, completed: bytes(event.completed), total: bytes(event.total) });
    }
  } catch (cause) {
    if (cause instanceof SwarmdError) throw cause;
    throw fail(signal.aborted ? 'stopped' : 'the connection broke; what was fetched is kept', true, cause);
  }
  if (!done) throw fail('it ended without saying that it succeeded; what was fetched is kept', true);
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const parts = rest.split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part.trim() !== '') yield part;
  }
  if (rest.trim() !== '') yield rest;
}

function bytes(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
