import type { Notifications } from '../../config/notifications.ts';
import { type Message, wordsOf } from './message.ts';
import { SendError } from './send-error.ts';

const timeoutMs = 10_000;

/** Sends one e-mail by SMTP. Throws SendError. */
export async function sendEmail(
  { host, port, security, user, from, to }: Notifications['email'],
  message: Message,
  options: { password: string | undefined; signal: AbortSignal },
): Promise<void> {
  if (host === undefined || from === undefined) throw new SendError('no SMTP server', { final: true });
  if (user !== undefined && options.password === undefined)
    throw new SendError('no password: set NOTIFY_SMTP_PASSWORD or NOTIFY_SMTP_PASSWORD_FILE');
  const { createTransport } = await import('nodemailer');
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user === undefined ? {} : { auth: { user, pass: options.password ?? '' } }),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    // What it says may hold addresses and the login.
    logger: false,
  });
  const stop = () => transport.close();
  options.signal.addEventListener('abort', stop, { once: true });
  const { title, text } = wordsOf(message);
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject: title,
      text: `${text}\n`,
      headers: { 'X-Swarmd-Delivery': message.id, 'Auto-Submitted': 'auto-generated' },
    });
  } catch (error) {
    throw new SendError(`${host}:${port} took no e-mail: ${reasonOf(error)}`, { cause: error });
  } finally {
    options.signal.removeEventListener('abort', stop);
    transport.close();
  }
}

/** The step it failed at and the server's code; not its text, which may quote the login. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const answer =
    'responseCode' in error && typeof error.responseCode === 'number' ? ` ${error.responseCode}` : '';
  return `${code}${answer}`;
}
