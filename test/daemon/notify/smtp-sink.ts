import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A mail server that takes everything without encryption and keeps it; just enough of SMTP for a client. */
export interface SmtpSink {
  port: number;
  mails: { from: string; to: string[]; data: string }[];
  /** Name and password of who logged in, as they came. */
  logins: string[];
  /** Refuse recipients from now on. */
  refuse: () => void;
}

export async function startSmtpSink(t: TestContext): Promise<SmtpSink> {
  const sink: SmtpSink = {
    port: 0,
    mails: [],
    logins: [],
    refuse: () => {
      refusing = true;
    },
  };
  let refusing = false;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let mail = { from: '', to: [] as string[], data: '' };
    let inData = false;
    let text = '';
    const say = (line: string) => socket.write(`${line}\r\n`);
    say('220 sink');
    socket.on('data', (chunk) => {
      text += chunk;
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (inData && line === '.') {
          inData = false;
          sink.mails.push(mail);
          mail = { from: '', to: [], data: '' };
          say('250 kept');
        } else if (inData) mail.data += `${line}\n`;
        else answer(line);
      }
    });
    function answer(line: string): void {
      const word = line.slice(0, 4).toUpperCase();
      if (word === 'EHLO') {
        say('250-sink');
        say('250 AUTH PLAIN');
      } else if (word === 'AUTH') {
        const login = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString();
        sink.logins.push(login.split('\0').slice(1).join(' '));
        say('235 welcome');
      } else if (word === 'MAIL') {
        mail.from = line;
        say('250 ok');
      } else if (word === 'RCPT') {
        if (refusing) say('550 no such user topsecret');
        else {
          mail.to.push(line);
          say('250 ok');
        }
      } else if (word === 'DATA') {
        inData = true;
        say('354 go on');
      } else if (word === 'QUIT') {
        say('221 bye');
        socket.end();
      } else say(word === 'STAR' ? '502 not here' : '250 ok');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  sink.port = (server.address() as AddressInfo).port;
  return sink;
}
