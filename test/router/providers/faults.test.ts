import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { CallError } from '../../../router/call-error.ts';
import { createProviders } from '../../../router/providers/providers.ts';
import type { CallErrorClass, Settlement } from '../../../router/types/call.ts';
import {
  answerWell,
  contentType,
  errorBody,
  goodPieces,
  lastTextPiece,
  type Protocol,
  protocols,
} from './good-answers.ts';
import { generate, modelOf, requestOf, scriptedServer, stream } from './scripted-server.ts';

/** Both ways to the network: ours, and the standard's fetch that a user may put in its place. */
const transports = [
  { name: 'own transport', options: {} },
  { name: 'global fetch', options: { fetch } },
] as const;

interface Fault {
  name: string;
  respond(response: ServerResponse, protocol: Protocol): void | Promise<void>;
  expected: {
    class: CallErrorClass;
    settlement: Settlement;
    /** What had arrived before it failed. */
    seen?: string;
    retryAfterMs?: number;
    retryable?: boolean;
  };
  /** The protocols that know this fault; default all. */
  only?: readonly Protocol[];
}

function status(
  code: number,
  type: string,
  message: string,
  more: { headers?: Record<string, string>; errorCode?: string } = {},
): Fault['respond'] {
  return (response, protocol) => {
    response.writeHead(code, { 'content-type': 'application/json', ...more.headers });
    response.end(errorBody(protocol, type, message, more.errorCode));
  };
}

function cutAfterText(end: (response: ServerResponse) => void): Fault['respond'] {
  return (response, protocol) => {
    response.writeHead(200, { 'content-type': contentType(protocol) });
    for (const piece of goodPieces[protocol].slice(0, lastTextPiece[protocol] + 1)) response.write(piece);
    setTimeout(() => end(response), 20);
  };
}

const faults: readonly Fault[] = [
  {
    name: '400 bad request',
    respond: status(400, 'invalid_request_error', 'messages: must not be empty'),
    expected: { class: 'bad_request', settlement: 'free', retryable: false },
  },
  {
    name: '400 context too long',
    respond: status(400, 'invalid_request_error', 'prompt is too long: 250000 tokens > 200000 maximum'),
    expected: { class: 'retry_elsewhere', settlement: 'free' },
  },
  {
    name: "400 the account's own spend limit",
    respond: status(400, 'invalid_request_error', 'You have reached your specified API usage limits.'),
    expected: { class: 'spend_cap', settlement: 'free' },
    only: ['anthropic'],
  },
  {
    name: '401 wrong key',
    respond: status(401, 'authentication_error', 'Incorrect API key provided: sk-abc***********xyz'),
    expected: { class: 'retry_elsewhere', settlement: 'free', retryable: false },
  },
  {
    name: '402 billing',
    respond: status(402, 'billing_error', 'your card was declined'),
    expected: { class: 'spend_cap', settlement: 'free' },
  },
  {
    name: '404 no such model',
    respond: status(404, 'not_found_error', 'model "some-model" not found'),
    expected: { class: 'retry_elsewhere', settlement: 'free', retryable: false },
  },
  {
    name: '429 with retry-after in seconds',
    respond: status(429, 'rate_limit_error', 'slow down', { headers: { 'retry-after': '7' } }),
    expected: { class: 'rate_limited', settlement: 'free', retryAfterMs: 7_000 },
  },
  {
    name: '429 without retry-after',
    respond: status(429, 'rate_limit_error', 'slow down'),
    expected: { class: 'rate_limited', settlement: 'free' },
  },
  {
    name: '429 quota used up',
    respond: status(429, 'insufficient_quota', 'You exceeded your current quota', {
      headers: { 'retry-after': '7' },
    }),
    expected: { class: 'spend_cap', settlement: 'free' },
    only: ['openai'],
  },
  {
    name: '429 spend limit enforced',
    respond: status(429, 'rate_limit_error', 'limit reached', { errorCode: 'enforced_spend_limit_reached' }),
    expected: { class: 'spend_cap', settlement: 'free' },
    only: ['anthropic'],
  },
  {
    name: '500',
    respond: status(500, 'api_error', 'internal error'),
    expected: { class: 'retry_here', settlement: 'free', retryable: true },
  },
  {
    name: '503 with an HTML page',
    respond: (response) => {
      response.writeHead(503, { 'content-type': 'text/html', 'retry-after': '2' });
      response.end('<html><body>Service Unavailable</body></html>');
    },
    expected: { class: 'retry_here', settlement: 'free', retryAfterMs: 2_000 },
  },
  {
    name: '529 overloaded',
    respond: status(529, 'overloaded_error', 'Overloaded'),
    expected: { class: 'retry_here', settlement: 'free' },
  },
  {
    name: 'clean end without the terminator',
    respond: cutAfterText((response) => response.end()),
    expected: { class: 'retry_here', settlement: 'unknown', seen: 'Hello, world' },
  },
  {
    name: 'end in the middle of an event',
    respond: cutAfterText((response) => response.end('data: {"choices":[{"del')),
    expected: { class: 'retry_here', settlement: 'unknown', seen: 'Hello, world' },
  },
  {
    name: 'socket destroyed in mid-stream',
    respond: cutAfterText((response) => response.socket?.destroy()),
    expected: { class: 'retry_here', settlement: 'unknown', seen: 'Hello, world' },
  },
  {
    name: 'socket destroyed before headers',
    respond: (response) => void response.socket?.destroy(),
    expected: { class: 'retry_here', settlement: 'unknown' },
  },
  {
    name: 'error event in mid-stream',
    respond: cutAfterText((response) => {
      const event = '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}';
      const wasOllama = String(response.getHeader('content-type')).includes('ndjson');
      response.end(
        wasOllama ? '{"error":"llama runner process has terminated"}\n' : `event: error\ndata: ${event}\n\n`,
      );
    }),
    expected: { class: 'retry_here', settlement: 'unknown', seen: 'Hello, world' },
  },
  {
    name: 'malformed chunk',
    respond: cutAfterText((response) => {
      const wasOllama = String(response.getHeader('content-type')).includes('ndjson');
      response.end(wasOllama ? '{"message":{"cont\n' : 'data: {"choices":[{"del\n\n');
    }),
    expected: { class: 'retry_here', settlement: 'unknown', seen: 'Hello, world' },
  },
  {
    name: 'empty 200',
    respond: (response, protocol) => {
      response.writeHead(200, { 'content-type': contentType(protocol) });
      response.end();
    },
    expected: { class: 'retry_here', settlement: 'unknown' },
  },
  {
    name: 'wrong content type',
    respond: (response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<html><body>Please log in</body></html>');
    },
    expected: { class: 'retry_elsewhere', settlement: 'unknown' },
  },
];

for (const transport of transports) {
  for (const protocol of protocols) {
    for (const fault of faults) {
      if (fault.only !== undefined && !fault.only.includes(protocol)) continue;
      test(`${protocol} over the ${transport.name}: ${fault.name} is ${fault.expected.class}`, async (t) => {
        const error = await failureOf(t, protocol, fault, transport.options);
        const { expected } = fault;
        assert.equal(error.class, expected.class, error.message);
        assert.equal(error.settlement, expected.settlement);
        assert.equal(error.partial?.text, expected.seen ?? '');
        assert.equal(error.retryAfterMs, expected.retryAfterMs);
        if (expected.retryable !== undefined) assert.equal(error.retryable, expected.retryable);
        assert.doesNotMatch(error.message, /sk-abc/);
      });
    }
  }
}

async function failureOf(
  t: TestContext,
  protocol: Protocol,
  fault: Fault,
  options: { fetch?: typeof fetch },
): Promise<CallError> {
  const server = await scriptedServer(t, (response) => fault.respond(response, protocol));
  const failure = await generate(requestOf(modelOf(protocol, server.url)), options).then(
    (generation) => assert.fail(`answered: ${JSON.stringify(generation)}`),
    (error: unknown) => error,
  );
  assert.equal(server.received.length, 1, 'exactly one call: the SDKs do not retry');
  assert.ok(failure instanceof CallError, String(failure));
  return failure;
}

for (const transport of transports) {
  for (const protocol of protocols) {
    test(`${protocol} over the ${transport.name}: a good stream is an answer with its usage`, async (t) => {
      const server = await scriptedServer(t, (response) => answerWell(response, protocol));
      const generation = await generate(requestOf(modelOf(protocol, server.url)), transport.options);
      assert.equal(generation.text, 'Hello, world');
      assert.equal(generation.finishReason, 'stop');
      assert.deepEqual(
        [generation.usage.inputTokens, generation.usage.outputTokens, generation.usage.reported],
        [14, 4, true],
      );
      assert.equal(generation.timing.loadMs, protocol === 'ollama' ? 1_500 : undefined);
    });

    test(`${protocol} over the ${transport.name}: an abort in mid-stream closes the connection`, async (t) => {
      const stop = new AbortController();
      const server = await scriptedServer(t, async (response) => {
        response.writeHead(200, { 'content-type': contentType(protocol) });
        for (const piece of goodPieces[protocol].slice(0, lastTextPiece[protocol] + 1)) response.write(piece);
        setTimeout(() => stop.abort(), 30);
      });
      const error = await generate(requestOf(modelOf(protocol, server.url)), {
        ...transport.options,
        signal: stop.signal,
      }).then(
        () => assert.fail('answered'),
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof CallError);
      assert.equal(error.class, 'cancelled');
      assert.equal(error.settlement, 'bounded');
      assert.equal(error.partial?.text, 'Hello, world');
      await closedBy(server);
    });

    test(`${protocol} over the ${transport.name}: an abort before headers closes the connection`, async (t) => {
      const stop = new AbortController();
      const server = await scriptedServer(t, () => void setTimeout(() => stop.abort(), 30));
      const error = await generate(requestOf(modelOf(protocol, server.url)), {
        ...transport.options,
        signal: stop.signal,
      }).catch((thrown: unknown) => thrown);
      assert.ok(error instanceof CallError);
      assert.equal(error.class, 'cancelled');
      await closedBy(server);
    });
  }
}

for (const protocol of protocols) {
  test(`${protocol}: a reader that stops in mid-stream closes the connection`, async (t) => {
    const server = await scriptedServer(t, (response) => {
      response.writeHead(200, { 'content-type': contentType(protocol) });
      for (const piece of goodPieces[protocol].slice(0, lastTextPiece[protocol] + 1)) response.write(piece);
    });
    const model = modelOf(protocol, server.url);
    const provider = createProviders({ apiKey: () => 'k' })(model);
    for await (const delta of provider.generate(requestOf(model), new AbortController().signal)) {
      if (delta.kind === 'text' && delta.text !== '') break;
    }
    await closedBy(server);
  });
}

for (const [provider, modelId] of [
  ['openai', 'gpt-6-luna'],
  ['anthropic', 'claude-opus-5-5'],
] as const) {
  test(`${modelId} thinks unseen: what it cost until an abort is unknown, not bounded by what was seen`, async (t) => {
    const stop = new AbortController();
    const server = await scriptedServer(t, (response) => {
      response.writeHead(200, { 'content-type': contentType(provider) });
      for (const piece of goodPieces[provider].slice(0, lastTextPiece[provider] + 1)) response.write(piece);
      setTimeout(() => stop.abort(), 30);
    });
    const model = modelOf(provider, server.url, { modelId });
    const error = await generate(requestOf(model), { signal: stop.signal }).catch(
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof CallError);
    assert.equal(error.settlement, 'unknown');
  });
}

async function closedBy(server: { closedEarly: number }): Promise<void> {
  for (let turn = 0; turn < 200 && server.closedEarly === 0; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.equal(server.closedEarly, 1, 'the server saw the connection close');
}

for (const protocol of protocols) {
  const slow = { connect: 5_000, firstToken: 60, idle: 60, total: 5_000 };

  test(`${protocol}: a server that never answers is left after the first-token timeout`, async (t) => {
    const server = await scriptedServer(t, () => undefined);
    const error = await generate(requestOf(modelOf(protocol, server.url), { timeouts: slow })).catch(
      (e) => e,
    );
    assert.ok(error instanceof CallError);
    assert.match(error.message, /no first token within 60 ms/);
    assert.equal(error.class, 'retry_elsewhere');
    await closedBy(server);
  });

  test(`${protocol}: headers without a token do not count as an answer begun`, async (t) => {
    const server = await scriptedServer(t, (response) => {
      response.writeHead(200, { 'content-type': contentType(protocol) });
      response.flushHeaders();
    });
    const error = await generate(requestOf(modelOf(protocol, server.url), { timeouts: slow })).catch(
      (e) => e,
    );
    assert.match(error.message, /no first token within 60 ms/);
    await closedBy(server);
  });

  test(`${protocol}: silence in mid-stream is left after the idle timeout, with what was seen`, async (t) => {
    const server = await scriptedServer(t, (response) => {
      response.writeHead(200, { 'content-type': contentType(protocol) });
      for (const piece of goodPieces[protocol].slice(0, lastTextPiece[protocol] + 1)) response.write(piece);
    });
    const timeouts = { ...slow, firstToken: 5_000 };
    const error = await generate(requestOf(modelOf(protocol, server.url), { timeouts })).catch((e) => e);
    assert.match(error.message, /silent for 60 ms/);
    assert.equal(error.partial.text, 'Hello, world');
    assert.ok(error.partial.outputTokens >= 3);
    assert.equal(error.settlement, 'bounded');
    await closedBy(server);
  });

  test(`${protocol}: a slow drip is left after the total timeout`, async (t) => {
    const server = await scriptedServer(t, async (response) => {
      response.writeHead(200, { 'content-type': contentType(protocol) });
      const pieces = goodPieces[protocol].slice(0, lastTextPiece[protocol] + 1);
      for (let index = 0; !response.destroyed; index += 1) {
        response.write(pieces[Math.min(index, pieces.length - 1)]);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    });
    const timeouts = { connect: 5_000, firstToken: 5_000, idle: 5_000, total: 150 };
    const error = await generate(requestOf(modelOf(protocol, server.url), { timeouts })).catch((e) => e);
    assert.match(error.message, /no complete answer within 150 ms/);
    await closedBy(server);
  });

  test(`${protocol}: a refused connection costs nothing and is tried elsewhere`, async (t) => {
    const server = await scriptedServer(t, () => undefined);
    const { url } = server;
    const free = url.replace(/\d+$/, '1');
    const error = await generate(requestOf(modelOf(protocol, free))).catch((e) => e);
    assert.ok(error instanceof CallError);
    assert.equal(error.class, 'retry_elsewhere');
    assert.equal(error.settlement, 'free');
    assert.match(error.message, /ECONNREFUSED/);
  });

  test(`${protocol}: connections are kept alive from call to call`, async (t) => {
    const ports = new Set<unknown>();
    const server = await scriptedServer(t, (response) => {
      ports.add(response.socket?.remotePort);
      return stream(response, contentType(protocol), goodPieces[protocol]);
    });
    const model = modelOf(protocol, server.url);
    for (let call = 0; call < 5; call += 1) await generate(requestOf(model));
    // undici frees a connection just after the response's last callback, so a prompt next call may open a second.
    assert.ok(ports.size <= 2, `${ports.size} connections for 5 calls`);
  });
}
