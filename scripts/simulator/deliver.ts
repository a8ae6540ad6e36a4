import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallOutcome } from './bill.ts';
import type { FaultRule } from './faults.ts';

/** A piece of a stream, in the protocol's framing. */
export interface Frame {
  data: string;
  /** Output tokens generated when it is sent. */
  tokens: number;
  part: 'start' | 'content' | 'finish' | 'usage' | 'end';
}

export interface Pace {
  /** Milliseconds until the first token. */
  firstMs: number;
  msPerToken: number;
}

export interface Delivery {
  request: IncomingMessage;
  response: ServerResponse;
  headers: Record<string, string | number>;
  pace: Pace;
  fault: FaultRule | undefined;
  /** A stream's error in the protocol's framing, for the fault `error_event`. */
  errorFrame: string;
  /** Called exactly once, before the last byte is sent: how much of the output was generated, and how it ended. */
  settle: (outputTokens: number, outcome: CallOutcome) => void;
  /** Pending timers end with the simulator. */
  timers: Timers;
}

/** All timers of a simulator, so that closing it leaves nothing behind. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  after(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      run();
    }, ms);
    this.#pending.add(timer);
    return timer;
  }

  cancel(timer: NodeJS.Timeout | undefined): void {
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#pending.delete(timer);
  }

  clear(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}

/** Sends a stream at the model's pace, or as the fault has it. */
export function deliverStream(delivery: Delivery, frames: readonly Frame[]): void {
  const { response, pace, fault, timers } = delivery;
  const kind = fault?.fault;
  const content = frames.filter((frame) => frame.part === 'start' || frame.part === 'content');
  const half = content.slice(0, Math.max(1, Math.ceil(content.length / 2)));
  const last = half.at(-1)?.tokens ?? 0;
  const faulty: CallOutcome = kind === undefined ? 'ok' : `fault:${kind}`;
  const total = frames.at(-1)?.tokens ?? 0;

  if (kind === 'empty_200') {
    delivery.settle(0, faulty);
    response.writeHead(200, delivery.headers).end();
    return;
  }
  if (kind === 'hang_after_headers') {
    hang(delivery, half, last, faulty, frames);
    return;
  }
  let ending: () => void = () => response.end();
  let sent: readonly Frame[] = frames;
  let settled = total;
  switch (kind) {
    case 'cut_clean':
      sent = half;
      settled = last;
      break;
    case 'cut_event':
      sent = withLast(half, (data) => data.slice(0, Math.max(8, Math.floor(data.length * 0.6))));
      settled = last;
      break;
    case 'cut_destroy':
      sent = half;
      settled = last;
      // A moment later, so that what was written reaches the client before the reset does.
      ending = () => void timers.after(20, () => response.destroy());
      break;
    case 'error_event':
      sent = [...half, { data: delivery.errorFrame, tokens: last, part: 'end' }];
      settled = last;
      break;
    case 'malformed_chunk':
      sent = withLast(half, (data) => data.replace(/[{](.*)/, '{"broken": $1')).concat(
        frames.slice(half.length),
      );
      break;
    case 'done_without_finish':
      sent = frames.filter((frame) => frame.part !== 'finish' && frame.part !== 'usage');
      break;
    default:
      break;
  }
  const drip = kind === 'slow_drip' ? (fault?.delay_ms ?? 1_000) : undefined;
  const headers =
    kind === 'wrong_content_type' ? { ...delivery.headers, 'content-type': 'text/html' } : delivery.headers;
  if (drip === undefined && pace.firstMs <= 0 && pace.msPerToken <= 0) {
    delivery.settle(settled, faulty);
    response.writeHead(200, headers);
    let all = '';
    for (const frame of sent) all += frame.data;
    if (kind === undefined) response.end(all);
    else {
      response.write(all);
      ending();
    }
    return;
  }
  paced(delivery, sent, { headers, drip, settled, faulty, ending });
}

function withLast(frames: readonly Frame[], change: (data: string) => string): Frame[] {
  return frames.map((frame, index) =>
    index === frames.length - 1 ? { ...frame, data: change(frame.data) } : frame,
  );
}

function paced(
  delivery: Delivery,
  frames: readonly Frame[],
  how: {
    headers: Record<string, string | number>;
    drip: number | undefined;
    settled: number;
    faulty: CallOutcome;
    ending: () => void;
  },
): void {
  const { response, pace, timers } = delivery;
  const start = performance.now();
  let at = 0;
  let timer: NodeJS.Timeout | undefined;
  let finished = false;
  const dueAt = (index: number): number =>
    how.drip !== undefined
      ? pace.firstMs + index * how.drip
      : pace.firstMs + (frames[index]?.tokens ?? 0) * pace.msPerToken;
  response.on('close', () => {
    if (finished) return;
    finished = true;
    timers.cancel(timer);
    // The client left: what was generated until now is billed.
    delivery.settle(frames[at - 1]?.tokens ?? 0, 'client_gone');
  });
  const step = (): void => {
    if (finished) return;
    if (!response.headersSent) response.writeHead(200, how.headers);
    const elapsed = performance.now() - start;
    let due = '';
    while (at < frames.length && dueAt(at) <= elapsed + 1) {
      due += frames[at]?.data ?? '';
      at += 1;
    }
    if (at === frames.length) {
      finished = true;
      delivery.settle(how.settled, how.faulty);
    }
    if (due !== '') response.write(due);
    if (at === frames.length) how.ending();
    else timer = timers.after(Math.max(5, dueAt(at) - (performance.now() - start)), step);
  };
  if (pace.firstMs <= 0) step();
  else timer = timers.after(pace.firstMs, step);
}

/** Sends the beginning and then nothing; after `delay_ms`, where given, the rest. */
function hang(
  delivery: Delivery,
  half: readonly Frame[],
  tokens: number,
  outcome: CallOutcome,
  frames: readonly Frame[],
): void {
  const { response, fault, timers } = delivery;
  response.writeHead(200, delivery.headers);
  response.write(half.map((frame) => frame.data).join(''));
  let settled = false;
  response.on('close', () => {
    if (settled) return;
    settled = true;
    delivery.settle(tokens, outcome);
  });
  if (fault?.delay_ms === undefined) return;
  timers.after(fault.delay_ms, () => {
    if (settled) return;
    settled = true;
    delivery.settle(frames.at(-1)?.tokens ?? tokens, outcome);
    response.end(
      frames
        .slice(half.length)
        .map((frame) => frame.data)
        .join(''),
    );
  });
}

/** Sends a whole answer when the model has finished it, or as the fault has it. */
export function deliverBody(delivery: Delivery, body: string, outputTokens: number): void {
  const { response, pace, fault, timers } = delivery;
  const wait = pace.firstMs + outputTokens * pace.msPerToken;
  const kind = fault?.fault;
  const outcome: CallOutcome = kind === undefined ? 'ok' : `fault:${kind}`;
  let settled = false;
  const settle = (how: CallOutcome): void => {
    if (settled) return;
    settled = true;
    // A provider finishes an answer whose client has left, and bills it.
    delivery.settle(kind === 'empty_200' ? 0 : outputTokens, how);
  };
  const send = (): void => {
    if (settled) return;
    settle(outcome);
    sendBody(delivery, kind, body, timers);
  };
  if (wait <= 0) {
    send();
    return;
  }
  const timer = timers.after(wait, send);
  response.on('close', () => {
    timers.cancel(timer);
    settle('client_gone');
  });
}

function sendBody(delivery: Delivery, kind: string | undefined, body: string, timers: Timers): void {
  const { response, headers, fault } = delivery;
  const half = body.slice(0, Math.floor(body.length / 2));
  switch (kind) {
    case 'empty_200':
      response.writeHead(200, { ...headers, 'content-length': 0 }).end();
      return;
    case 'cut_clean':
    case 'cut_event':
      response.writeHead(200, headers).end(half);
      return;
    case 'cut_destroy':
      response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(body) }).write(half);
      timers.after(20, () => response.destroy());
      return;
    case 'hang_after_headers':
      response.writeHead(200, headers).write(half);
      if (fault?.delay_ms !== undefined)
        timers.after(fault.delay_ms, () => response.end(body.slice(half.length)));
      return;
    case 'malformed_chunk':
      response.writeHead(200, headers).end(body.replace('{', '{"broken": '));
      return;
    case 'error_event':
      response.writeHead(500, headers).end(delivery.errorFrame.replace(/^[\s\S]*?(?=\{)/, '').trim());
      return;
    case 'wrong_content_type':
      response
        .writeHead(200, { ...headers, 'content-type': 'text/html' })
        .end('<html><body>upstream ok</body></html>');
      return;
    case 'slow_drip': {
      response.writeHead(200, headers);
      drip(response, timers, body, fault?.delay_ms ?? 1_000);
      return;
    }
    default:
      response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
  }
}

function drip(response: ServerResponse, timers: Timers, body: string, ms: number): void {
  const piece = Math.max(1, Math.ceil(body.length / 10));
  const next = (at: number): void => {
    if (response.destroyed) return;
    if (at >= body.length) {
      response.end();
      return;
    }
    response.write(body.slice(at, at + piece));
    timers.after(ms, () => next(at + piece));
  };
  next(0);
}
