import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse } from './exchange.ts';
import { messages } from './protocols/anthropic.ts';
import { ollamaEmbed, openaiEmbeddings } from './protocols/embeddings.ts';
import { chat, generate } from './protocols/ollama.ts';
import { ps, pull, sendJson, show, tags } from './protocols/ollama-models.ts';
import { chatCompletions } from './protocols/openai-chat.ts';
import { listModels } from './protocols/openai-models.ts';
import { responses } from './protocols/openai-responses.ts';
import { type Body, isBody } from './protocols/reading.ts';
import type { Simulation } from './simulation.ts';
import type { Protocol } from './types.ts';

/** The version of Ollama whose behaviour is played. */
const ollamaVersion = '0.32.9';

type Take = (
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  raw: string,
  body: Body,
) => void;
type Show = (simulation: Simulation, request: IncomingMessage, response: ServerResponse) => void;

const taking: Readonly<Record<string, { protocol: Protocol; take: Take }>> = {
  'POST /api/chat': { protocol: 'ollama', take: chat },
  'POST /api/generate': { protocol: 'ollama', take: generate },
  'POST /api/embed': { protocol: 'ollama', take: ollamaEmbed },
  'POST /api/show': {
    protocol: 'ollama',
    take: (simulation, _, response, __, body) => show(simulation, response, body),
  },
  'POST /api/pull': {
    protocol: 'ollama',
    take: (simulation, _, response, __, body) => pull(simulation, response, body),
  },
  'POST /v1/chat/completions': { protocol: 'openai', take: chatCompletions },
  'POST /v1/responses': { protocol: 'openai', take: responses },
  'POST /v1/embeddings': { protocol: 'openai', take: openaiEmbeddings },
  'POST /v1/messages': { protocol: 'anthropic', take: messages },
};

const showing: Readonly<Record<string, Show>> = {
  'GET /api/tags': (simulation, _, response) => tags(simulation, response),
  'GET /api/ps': (simulation, _, response) => ps(simulation, response),
  'GET /api/version': (_, __, response) => sendJson(response, { version: `${ollamaVersion}-simulated` }),
  'GET /v1/models': listModels,
  'GET /': (_, __, response) => {
    response
      .writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
      .end('Ollama is running (simulated)');
  },
  'HEAD /': (_, __, response) => {
    response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' }).end();
  },
};

/** Sends a request to the endpoint of its path. */
export function handle(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  raw: string,
): void {
  const route = `${request.method} ${path}`;
  const taken = taking[route];
  const shown = showing[route];
  if (taken !== undefined) {
    const body = readBody(raw);
    if (body === undefined) refuse(response, taken, 'bad_request', simulation, badJson(taken.protocol, raw));
    else taken.take(simulation, request, response, raw, body);
  } else if (shown !== undefined) shown(simulation, request, response);
  else sendJson(response, { error: `the simulator has no ${route}` }, 404);
}

function readBody(raw: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(raw);
    return isBody(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function badJson(protocol: Protocol, raw: string): string {
  if (protocol === 'ollama')
    return raw === '' ? 'missing request body' : 'invalid character looking for beginning of value';
  return protocol === 'openai'
    ? 'We could not parse the JSON body of your request.'
    : 'The request body is not valid JSON.';
}
