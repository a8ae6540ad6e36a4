import { type Dispatcher, request } from 'undici';
import { SendError } from './send-error.ts';

const timeoutMs = 10_000;

/** POSTs a body and wants a 2xx. Redirects are not followed: they could lead anywhere. Throws SendError. */
export async function post(
  url: URL,
  body: string,
  options: { headers: Record<string, string>; signal: AbortSignal; dispatcher?: Dispatcher },
): Promise<void> {
  let status: number;
  try {
    const response = await request(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'user-agent': 'swarmd', ...options.headers },
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]),
      ...(options.dispatcher === undefined ? {} : { dispatcher: options.dispatcher }),
    });
    status = response.statusCode;
    await response.body.dump({ limit: 65_536 });
  } catch (error) {
    if (error instanceof SendError) throw error;
    const cause = error instanceof Error && error.cause instanceof SendError ? error.cause : undefined;
    throw cause ?? new SendError(`${url.host} did not answer: ${reasonOf(error)}`, { cause: error });
  }
  if (status >= 200 && status < 300) return;
  throw new SendError(`${url.host} answered ${status}`, { final: status === 410 });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
