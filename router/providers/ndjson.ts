import { CallError } from '../call-error.ts';

/**
 * The same response with a body that fails on a line that is not JSON. The `ollama` package prints such a line
 * and goes on without it: an answer with a piece missing. Chunks are passed on as they came, only whole lines
 * are looked at, so the package's own parsing stays as it is.
 */
export function strictLines(response: Response): Response {
  const { body } = response;
  if (body === null) return response;
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  const check = (text: string): void => {
    const lines = text.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') assertJson(line);
  };
  const strictReader = {
    async read() {
      const result = await reader.read();
      if (result.done) {
        rest += decoder.decode();
        if (rest.trim() !== '') assertJson(rest);
      } else {
        check(rest + decoder.decode(result.value, { stream: true }));
      }
      return result;
    },
    cancel: () => reader.cancel(),
    releaseLock: () => reader.releaseLock(),
  };
  // The package reads `ok`, `headers`, `json()` and `body.getReader()` of a response, and nothing else.
  const partial = {
    ok: response.ok,
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
    body: { getReader: () => strictReader },
    json: () => response.json(),
    text: () => response.text(),
  };
  return partial as unknown as Response;
}

function assertJson(line: string): void {
  try {
    JSON.parse(line);
  } catch (error) {
    throw new CallError('retry_here', 'the stream holds a line that is not JSON (cut or damaged)', {
      cause: error,
    });
  }
}
