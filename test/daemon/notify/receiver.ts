import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Message } from '../../../daemon/notify/message.ts';
import { until } from '../../support/until.ts';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A server that keeps what it is told. */
export interface Receiver {
  url: string;
  received: Received[];
  /** What it answers from now on; 200 unless told. */
  answer: (status: number) => void;
  /** Waits for so many requests, and returns what they said. */
  messages: (count: number) => Promise<Message[]>;
}

export async function startReceiver(t: TestContext): Promise<Receiver> {
  const received: Received[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body });
      response
        .writeHead(status, status >= 300 && status < 400 ? { location: 'http://127.0.0.1:1/' } : {})
        .end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    answer: (next) => {
      status = next;
    },
    async messages(count) {
      await until(`${count} messages`, () => received.length >= count);
      return received.map(({ body }) => JSON.parse(body) as Message);
    },
  };
}
