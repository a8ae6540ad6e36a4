import { type Message, wordsOf } from './message.ts';
import { post } from './post.ts';

/** Publishes to a topic, as JSON to the server's root: titles in headers could only be ASCII. */
export async function sendNtfy(
  address: string,
  message: Message,
  options: { token: string | undefined; signal: AbortSignal },
): Promise<void> {
  const url = new URL(address);
  const topic = url.pathname.replaceAll('/', '');
  const { title, text } = wordsOf(message);
  const urgent = message.event === 'kill' || message.event === 'budget_alert';
  await post(
    new URL('/', url),
    JSON.stringify({ topic, title, message: text, priority: urgent ? 4 : 3, tags: ['swarmd'] }),
    {
      headers: options.token === undefined ? {} : { authorization: `Bearer ${options.token}` },
      signal: options.signal,
    },
  );
}
