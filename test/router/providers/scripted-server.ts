import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { ModelSpec, ProviderName } from '../../../config/config.ts';
import { systemClock } from '../../../daemon/clock.ts';
import { collect } from '../../../router/collect.ts';
import { createProviders } from '../../../router/providers/providers.ts';
import type { GenerateRequest, Generation } from '../../../router/types/call.ts';

interface Received {
  path: string;
  headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the adapter sent
  body: any;
}

export interface ScriptedServer {
  url: string;
  received: Received[];
  /** How many requests had their connection closed by the client before the response was complete. */
  closedEarly: number;
}

export type Script = (response: ServerResponse, request: Received, count: number) => void | Promise<void>;

/** A real HTTP server on a free port that answers as the test says; closed with its connections at its end. */
export async function scriptedServer(t: TestContext, script: Script): Promise<ScriptedServer> {
  const state: ScriptedServer = { url: '', received: [], closedEarly: 0 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const received = {
      path: request.url ?? '',
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    state.received.push(received);
    response.on('close', () => {
      if (!response.writableFinished) state.closedEarly += 1;
    });
    await script(response, received, state.received.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return state;
}

/** Writes the pieces one at a time, each in a packet of its own, and ends the response. */
export async function stream(
  response: ServerResponse,
  type: string,
  pieces: readonly string[],
): Promise<void> {
  response.writeHead(200, { 'content-type': type });
  for (const piece of pieces) {
    response.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end();
}

export function sse(...events: readonly unknown[]): string[] {
  return events.map((event) => {
    if (typeof event === 'string') return `data: ${event}\n\n`;
    const type = (event as { type?: string }).type;
    return `${type === undefined ? '' : `event: ${type}\n`}data: ${JSON.stringify(event)}\n\n`;
  });
}

export function lines(...parts: readonly unknown[]): string[] {
  return parts.map((part) => `${JSON.stringify(part)}\n`);
}

/** Models that show all they generate, so that what was seen bounds what was generated. */
const modelIds: Readonly<Record<ProviderName, string>> = {
  ollama: 'llama3:8b',
  openai: 'gpt-4o-mini',
  'openai-compatible': 'some-model',
  anthropic: 'claude-haiku-4-5',
};

export function modelOf(provider: ProviderName, endpoint: string, more: Partial<ModelSpec> = {}): ModelSpec {
  return {
    name: `test-${provider}`,
    tier: provider === 'ollama' ? 'local_fast' : 'api_fallback',
    provider,
    modelId: modelIds[provider],
    endpoint,
    host: 'here',
    selfHosted: provider === 'ollama' || provider === 'openai-compatible',
    kind: 'instruct',
    contextWindow: 32_768,
    maxTokens: 4_096,
    temperature: undefined,
    timeouts: { connect: 5_000, firstToken: 5_000, idle: 5_000, total: 10_000 },
    sizeGb: undefined,
    apiKeyEnv: undefined,
    supports: { tools: true, structuredOutput: true },
    prices: undefined,
    ...more,
  };
}

export function requestOf(model: ModelSpec, more: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    model,
    messages: [{ role: 'user', content: 'Say hello to the world.' }],
    maxTokens: 100,
    contextTokens: 4_096,
    timeouts: model.timeouts,
    ...more,
  };
}

/** One call through the real adapter. */
export function generate(
  request: GenerateRequest,
  options: { signal?: AbortSignal; fetch?: typeof fetch } = {},
): Promise<Generation> {
  const provider = createProviders({
    apiKey: () => 'a-key-for-tests',
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  })(request.model);
  return collect(provider, request, options.signal ?? new AbortController().signal, systemClock);
}
