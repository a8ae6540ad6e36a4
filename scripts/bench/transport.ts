/**
 * Calls a second of our adapters (always streaming, over our own transport, every fault checked) against the
 * SDKs themselves over the global fetch, whole answers and streamed ones, on the same server in the same run.
 *
 *   node scripts/bench/transport.ts [seconds per figure, default 2]
 *
 * The server is a process of its own and answers at once with ten pieces of text, so what is measured is what
 * a call costs on our side. Prints one ratio a line: ours divided by the baseline's.
 */
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import type { ModelSpec, ProviderName } from '../../config/config.ts';
import { systemClock } from '../../daemon/clock.ts';
import { collect } from '../../router/collect.ts';
import { createProviders } from '../../router/providers/providers.ts';
import type { GenerateRequest } from '../../router/types/call.ts';

const words = ['The ', 'quick ', 'brown ', 'fox ', 'jumps ', 'over ', 'the ', 'lazy ', 'dog', '.'];
const text = words.join('');

if (process.send !== undefined) serve();
else await measure(Number(process.argv[2] ?? 2));

function serve(): void {
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const streaming = /"stream":\s*true/.test(body);
      const answer = answers[request.url ?? '']?.[streaming ? 'stream' : 'whole'];
      if (answer === undefined) return void response.writeHead(404).end();
      response.writeHead(200, { 'content-type': answer.type });
      for (const piece of answer.pieces) response.write(piece);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

interface Body {
  type: string;
  pieces: readonly string[];
}

const sse = (events: readonly object[]): string[] =>
  events.map(
    (event) => `${'type' in event ? `event: ${event.type}\n` : ''}data: ${JSON.stringify(event)}\n\n`,
  );

const answers: Readonly<Record<string, { stream: Body; whole: Body }>> = {
  '/api/chat': {
    stream: {
      type: 'application/x-ndjson',
      pieces: [
        ...words.map(
          (content) => `${JSON.stringify({ message: { role: 'assistant', content }, done: false })}\n`,
        ),
        `${JSON.stringify({ message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', prompt_eval_count: 9, eval_count: 10 })}\n`,
      ],
    },
    whole: {
      type: 'application/json',
      pieces: [
        JSON.stringify({
          message: { role: 'assistant', content: text },
          done: true,
          prompt_eval_count: 9,
          eval_count: 10,
        }),
      ],
    },
  },
  '/v1/chat/completions': {
    stream: {
      type: 'text/event-stream',
      pieces: [
        ...sse([
          ...words.map((content) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })),
          { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
          { choices: [], usage: { prompt_tokens: 9, completion_tokens: 10, total_tokens: 19 } },
        ]),
        'data: [DONE]\n\n',
      ],
    },
    whole: {
      type: 'application/json',
      pieces: [
        JSON.stringify({
          choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 9, completion_tokens: 10, total_tokens: 19 },
        }),
      ],
    },
  },
  '/v1/messages': {
    stream: {
      type: 'text/event-stream',
      pieces: sse([
        { type: 'message_start', message: { usage: { input_tokens: 9, output_tokens: 1 } } },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        ...words.map((word) => ({
          type: 'content_block_delta',
          index: 0,
          delta: { type: 'text_delta', text: word },
        })),
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 10 } },
        { type: 'message_stop' },
      ]),
    },
    whole: {
      type: 'application/json',
      pieces: [
        JSON.stringify({
          type: 'message',
          role: 'assistant',
          content: [{ type: 'text', text }],
          stop_reason: 'end_turn',
          usage: { input_tokens: 9, output_tokens: 10 },
        }),
      ],
    },
  },
};

async function measure(seconds: number): Promise<void> {
  const server = fork(import.meta.filename, [], { stdio: 'inherit' });
  const port = await new Promise<number>((resolve) =>
    server.once('message', (value) => resolve(Number(value))),
  );
  const url = `http://127.0.0.1:${port}`;
  const prompt = 'Say something short.';
  const messages = [{ role: 'user' as const, content: prompt }];
  const ollama = new Ollama({ host: url });
  const openai = new OpenAI({ apiKey: 'none', baseURL: `${url}/v1`, maxRetries: 0 });
  const anthropic = new Anthropic({ apiKey: 'none', baseURL: url, maxRetries: 0 });
  const drain = async (events: AsyncIterable<unknown>): Promise<void> => {
    for await (const _ of events);
  };

  const baselines: Record<string, { whole: () => Promise<unknown>; streamed: () => Promise<unknown> }> = {
    ollama: {
      whole: () => ollama.chat({ model: 'm', messages }),
      streamed: async () => drain(await ollama.chat({ model: 'm', messages, stream: true })),
    },
    openai: {
      whole: () => openai.chat.completions.create({ model: 'm', messages }),
      streamed: async () =>
        drain(await openai.chat.completions.create({ model: 'm', messages, stream: true })),
    },
    anthropic: {
      whole: () => anthropic.messages.create({ model: 'm', messages, max_tokens: 100 }),
      streamed: async () =>
        drain(await anthropic.messages.create({ model: 'm', messages, max_tokens: 100, stream: true })),
    },
  };

  const providers = createProviders({ apiKey: () => 'none' });
  console.log(
    '                      calls/s: ours  SDK whole  SDK streamed   ratio whole/streamed   CPU us a call: ours  whole  streamed',
  );
  for (const [name, baseline] of Object.entries(baselines)) {
    const model = modelAt(name as ProviderName, name === 'openai' ? `${url}/v1` : url);
    const request: GenerateRequest = {
      model,
      messages,
      maxTokens: 100,
      contextTokens: 4_096,
      timeouts: model.timeouts,
    };
    const never = new AbortController().signal;
    const ours = () => collect(providers(model), request, never, systemClock);
    for (const concurrency of [1, 50]) {
      // One warm-up round for everyone, then the three measured one after the other.
      for (const call of [ours, baseline.whole, baseline.streamed]) await rate(call, concurrency, 0.5);
      const own = await rate(ours, concurrency, seconds);
      const whole = await rate(baseline.whole, concurrency, seconds);
      const streamed = await rate(baseline.streamed, concurrency, seconds);
      const calls = [own, whole, streamed].map((one) => one.calls.toFixed(0).padStart(11)).join('');
      const ratios = `${(own.calls / whole.calls).toFixed(2)} / ${(own.calls / streamed.calls).toFixed(2)}`;
      const cpu = [own, whole, streamed].map((one) => one.cpuMicros.toFixed(0).padStart(8)).join('');
      console.log(
        `${name} at concurrency ${concurrency}`.padEnd(26) + calls + ratios.padStart(24) + cpu.padStart(36),
      );
    }
  }
  server.kill();
}

async function rate(
  call: () => Promise<unknown>,
  concurrency: number,
  seconds: number,
): Promise<{ calls: number; cpuMicros: number }> {
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const until = startedAt + seconds * 1_000;
  let calls = 0;
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (performance.now() < until) {
        await call();
        calls += 1;
      }
    }),
  );
  const cpu = process.cpuUsage(cpuBefore);
  return {
    calls: calls / ((performance.now() - startedAt) / 1_000),
    cpuMicros: (cpu.user + cpu.system) / calls,
  };
}

function modelAt(provider: ProviderName, endpoint: string): ModelSpec {
  return {
    name: `bench-${provider}`,
    tier: 'api_fallback',
    provider,
    modelId: provider === 'anthropic' ? 'claude-haiku-4-5' : 'm',
    endpoint,
    host: 'bench',
    selfHosted: true,
    kind: 'instruct',
    contextWindow: 8_192,
    maxTokens: 1_000,
    temperature: undefined,
    timeouts: { connect: 5_000, firstToken: 30_000, idle: 30_000, total: 60_000 },
    sizeGb: undefined,
    apiKeyEnv: undefined,
    supports: { tools: true, structuredOutput: true },
    prices: undefined,
  };
}
