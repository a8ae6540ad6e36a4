import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorBody } from '../errors.ts';
import { refuse } from '../exchange.ts';
import type { Profile } from '../profiles.ts';
import { findModel, type Named, type Simulation } from '../simulation.ts';
import { sendJson } from './ollama-models.ts';
import { asText, type Body } from './reading.ts';

const openai = { protocol: 'openai' } as const;

export type KnownModel = Named & { profile: Profile };

function hasKey(request: IncomingMessage): boolean {
  return /^Bearer\s+\S+/i.test(request.headers.authorization ?? '');
}

/** The model, or a refusal: 401 without a key (servers of local models need none), 404 for an unknown one. */
export function knownModel(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  model: unknown,
): KnownModel | undefined {
  const named = findModel(simulation, model);
  const { profile } = named;
  const local = profile?.servedBy === 'ollama' || profile?.servedBy === 'vllm';
  if (!local && !hasKey(request)) {
    refuse(
      response,
      openai,
      'unauthorized',
      simulation,
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    );
    return undefined;
  }
  if (asText(model) === '') {
    refuse(response, openai, 'bad_request', simulation, 'you must provide a model parameter');
    return undefined;
  }
  if (profile === undefined || profile.servedBy === 'anthropic') {
    refuse(
      response,
      openai,
      'not_found',
      simulation,
      `The model \`${named.name}\` does not exist or you do not have access to it.`,
    );
    return undefined;
  }
  return { ...named, profile };
}

interface Asked {
  body: Body;
  effort: string | undefined;
  hasTools: boolean;
  api: 'chat' | 'responses';
}

/** What OpenAI's models refuse with 400 and a parameter's name. True: refused. */
export function refuseUnsupported(
  simulation: Simulation,
  response: ServerResponse,
  profile: Profile,
  asked: Asked,
): boolean {
  if (profile.kind === 'embedding') {
    refuse(
      response,
      openai,
      'not_found',
      simulation,
      'This is not a chat model and thus not supported in the v1/chat/completions endpoint.',
    );
    return true;
  }
  if (profile.servedBy !== 'openai') {
    if (!asked.hasTools || profile.tools) return false;
    // What vLLM says of a model that is served without a parser for tool calls.
    refuse(
      response,
      openai,
      'bad_request',
      simulation,
      '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    );
    return true;
  }
  const refuseParameter = (param: string, message: string, code = 'unsupported_parameter'): boolean => {
    const { status, body } = errorBody('openai', 'unsupported', message, '');
    const shaped: unknown = JSON.parse(body);
    sendJson(response, withParam(shaped, param, code), status);
    return true;
  };
  const { body, effort, api } = asked;
  const effortName = api === 'chat' ? 'reasoning_effort' : 'reasoning.effort';
  if (effort !== undefined && profile.efforts === undefined) {
    return refuseParameter(
      effortName,
      `Unsupported parameter: '${effortName}' is not supported with this model.`,
    );
  }
  if (effort !== undefined && profile.efforts?.includes(effort) === false) {
    const known = profile.efforts.map((entry) => `'${entry}'`).join(', ');
    return refuseParameter(
      effortName,
      `Unsupported value: '${effort}' is not supported with the '${profile.name}' model. Supported values are: ${known}.`,
      'unsupported_value',
    );
  }
  const reasons = profile.kind === 'thinking';
  if (reasons && api === 'chat' && body.max_tokens !== undefined && body.max_tokens !== null) {
    return refuseParameter(
      'max_tokens',
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    );
  }
  for (const name of ['temperature', 'top_p'] as const) {
    const value = body[name];
    if (reasons && effort !== 'none' && value !== undefined && value !== null && value !== 1) {
      return refuseParameter(
        name,
        `Unsupported value: '${name}' does not support ${String(value)} with this model. Only the default (1) value is supported.`,
        'unsupported_value',
      );
    }
  }
  if (asked.hasTools && api === 'chat') {
    if (profile.toolsIn === 'responses')
      return refuseParameter(
        'tools',
        `Tools are not supported with ${profile.name} in Chat Completions. Use the Responses API instead.`,
      );
    if (profile.toolsIn === 'chat-without-effort' && effort !== 'none') {
      return refuseParameter(
        'tools',
        `Tools with ${profile.name} in Chat Completions need reasoning_effort 'none'. Use the Responses API instead.`,
      );
    }
  }
  return false;
}

function withParam(value: unknown, param: string, code: string): unknown {
  if (typeof value !== 'object' || value === null || !('error' in value)) return value;
  return { error: { ...(value.error as Body), param, code } };
}

/** GET /v1/models: both providers have this path; an `x-api-key` or `anthropic-version` header means Anthropic. */
export function listModels(simulation: Simulation, request: IncomingMessage, response: ServerResponse): void {
  const profiles = [...simulation.profiles.values()];
  if (request.headers['anthropic-version'] !== undefined) {
    const data = profiles
      .filter((profile) => profile.servedBy === 'anthropic')
      .map((profile) => ({
        type: 'model',
        id: profile.name,
        display_name: `${profile.name} (simulated)`,
        created_at: '2026-01-01T00:00:00Z',
        lifecycle: 'active',
        deprecated_at: null,
        retires_at: null,
        line: profile.name.split('-')[1] ?? null,
        capabilities: null,
        max_input_tokens: profile.contextTokens,
        max_tokens: profile.maxOutputTokens,
      }));
    sendJson(response, {
      data,
      has_more: false,
      first_id: data[0]?.id ?? null,
      last_id: data.at(-1)?.id ?? null,
    });
    return;
  }
  const data = profiles
    .filter((profile) => profile.servedBy !== 'anthropic')
    .map((profile) => ({ id: profile.name, object: 'model', created: 1_767_225_600, owned_by: 'simulator' }));
  sendJson(response, { object: 'list', data });
}
