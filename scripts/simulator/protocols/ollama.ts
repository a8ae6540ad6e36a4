import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Encoder, exchange, refuse } from '../exchange.ts';
import { findModel, label, type Named, type Simulation } from '../simulation.ts';
import type { Ask, SimMessage } from '../types.ts';
import { chatEncoder, generateEncoder, ndjson } from './ollama-encoding.ts';
import {
  asBody,
  asList,
  asNumber,
  asText,
  type Body,
  contentText,
  functionTools,
  schemaOf,
  stopList,
} from './reading.ts';

const ollama = { protocol: 'ollama' } as const;

/** POST /api/chat */
export function chat(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  raw: string,
  body: Body,
): void {
  const named = known(simulation, response, body.model);
  if (named === undefined) return;
  const messages = asList(body.messages).map(asMessage);
  start(simulation, {
    request,
    response,
    raw,
    body,
    named,
    messages,
    path: '/api/chat',
    encoder: chatEncoder,
  });
}

/** POST /api/generate */
export function generate(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  raw: string,
  body: Body,
): void {
  const named = known(simulation, response, body.model);
  if (named === undefined) return;
  const messages: SimMessage[] = [];
  if (asText(body.system) !== '')
    messages.push({ role: 'system', content: asText(body.system), toolCalls: 0 });
  if (asText(body.prompt) !== '') messages.push({ role: 'user', content: asText(body.prompt), toolCalls: 0 });
  start(simulation, {
    request,
    response,
    raw,
    body,
    named,
    messages,
    path: '/api/generate',
    encoder: generateEncoder,
  });
}

type KnownModel = Named & { profile: NonNullable<Named['profile']> };

function known(simulation: Simulation, response: ServerResponse, model: unknown): KnownModel | undefined {
  if (asText(model) === '') {
    refuse(response, ollama, 'bad_request', simulation, 'model is required');
    return undefined;
  }
  const named = findModel(simulation, model);
  const { profile } = named;
  if (profile?.servedBy !== 'ollama') {
    refuse(response, ollama, 'not_found', simulation, `model '${named.name}' not found`);
    return undefined;
  }
  return { ...named, profile };
}

interface Start {
  request: IncomingMessage;
  response: ServerResponse;
  raw: string;
  body: Body;
  named: KnownModel;
  messages: SimMessage[];
  path: string;
  encoder: Encoder;
}

function start(simulation: Simulation, given: Start): void {
  const { body, named, response, messages } = given;
  const { profile } = named;
  const tools = functionTools(body.tools);
  const unloads = messages.length === 0 && keepAlive(body.keep_alive) === 0;
  // Ollama unloads before it looks at what the model can do: embedding models too.
  const problem = unloads ? undefined : problemWith(given, tools.length > 0);
  if (problem !== undefined) {
    refuse(response, ollama, 'bad_request', simulation, problem);
    return;
  }
  const thinks = profile.kind === 'thinking';
  const options = asBody(body.options);
  const keepAliveMs = keepAlive(body.keep_alive);
  const contextTokens = Math.min(
    asNumber(options.num_ctx) ?? simulation.defaultContextTokens,
    profile.contextTokens,
  );
  const stream = body.stream !== false;
  if (messages.length === 0) {
    loadOnly(simulation, given, keepAliveMs, contextTokens, stream);
    return;
  }
  const ask: Ask = {
    protocol: 'ollama',
    profile,
    messages,
    tools,
    toolChoice: 'auto',
    schema: schemaOf(body.format),
    json: body.format === 'json',
    // Ollama decodes against a grammar, but answers that break it are reported all the same (ollama#8063).
    constrained: false,
    maxTokens: asNumber(options.num_predict),
    stop: stopList(options.stop),
    // The thinking-only models of this list think whatever `think` says; it only hides or shows.
    think: thinks && body.think !== false,
  };
  const encoder = given.encoder;
  exchange(simulation, {
    request: given.request,
    response,
    raw: given.raw,
    path: given.path,
    named,
    ask,
    stream,
    encoder,
    idPrefix: 'ollama_',
    contextTokens,
    keepAliveMs,
    caching: 'off',
  });
}

/** What Ollama refuses with 400, in its words. */
function problemWith(given: Start, hasTools: boolean): string | undefined {
  const { body, named, path } = given;
  const { kind, tools } = named.profile;
  if (kind === 'embedding')
    return `"${named.name}" does not support ${path === '/api/chat' ? 'chat' : 'generate'}`;
  if (hasTools && !tools) return `registry.ollama.ai/library/${named.name} does not support tools`;
  if (body.think !== undefined && body.think !== false && kind !== 'thinking')
    return `"${named.name}" does not support thinking`;
  if (typeof body.format === 'string' && body.format !== 'json' && body.format !== '') {
    return `invalid format: "${body.format}"; expected "json" or a valid JSON Schema object`;
  }
  return undefined;
}

/** No messages: load the model, or with `keep_alive: 0` unload it. */
function loadOnly(
  simulation: Simulation,
  given: Start,
  keepAliveMs: number,
  contextTokens: number,
  stream: boolean,
): void {
  const { response, named, path } = given;
  const answer = (reason: 'load' | 'unload'): void => {
    const empty = path === '/api/chat' ? { message: { role: 'assistant', content: '' } } : { response: '' };
    const text = JSON.stringify({
      model: label(named.name),
      created_at: new Date(simulation.now()).toISOString(),
      ...empty,
      done_reason: reason,
      done: true,
    });
    response
      .writeHead(200, { 'content-type': stream ? ndjson : 'application/json' })
      .end(stream ? `${text}\n` : text);
  };
  if (keepAliveMs === 0) {
    simulation.host.unload(named.profile);
    answer('unload');
    return;
  }
  const ticket = simulation.host.acquire(named.profile, contextTokens, keepAliveMs, () => {
    simulation.host.release(named.profile);
    if (!response.destroyed) answer('load');
  });
  if (ticket === undefined) refuse(response, ollama, 'busy', simulation);
}

/** Milliseconds; below zero for ever; five minutes where nothing is said. */
function keepAlive(value: unknown): number {
  if (typeof value === 'number') return value < 0 ? -1 : value * 1_000;
  if (typeof value !== 'string') return 300_000;
  if (value.startsWith('-')) return -1;
  const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  let total: number | undefined;
  for (const match of value.matchAll(/([\d.]+)(ms|s|m|h)?/g))
    total = (total ?? 0) + Number(match[1]) * (units[match[2] ?? 's'] ?? 1_000);
  return total ?? 300_000;
}

function asMessage(value: unknown): SimMessage {
  const message = asBody(value);
  const role =
    message.role === 'system' || message.role === 'assistant' || message.role === 'tool'
      ? message.role
      : 'user';
  return { role, content: contentText(message.content), toolCalls: asList(message.tool_calls).length };
}
