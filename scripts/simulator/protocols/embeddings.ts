import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuse } from '../exchange.ts';
import { isFaultName } from '../faults.ts';
import { hash32 } from '../hash.ts';
import { findModel, keepReceived, label, type Simulation } from '../simulation.ts';
import { countTokens, cutToTokens } from '../tokens.ts';
import type { Protocol } from '../types.ts';
import { sendJson } from './ollama-models.ts';
import { asNumber, type Body } from './reading.ts';

/**
 * A vector of hashed features (words, pairs of words, groups of three letters; each adds its sign at its place),
 * of length one: texts that share words and parts of words lie near each other. The same text always gets the
 * same vector.
 */
function embed(text: string, dimensions: number): number[] {
  const vector = new Float64Array(dimensions);
  const add = (feature: string, weight: number): void => {
    const hash = hash32(feature);
    const at = hash % dimensions;
    vector[at] = (vector[at] ?? 0) + ((hash >>> 16) & 1 ? weight : -weight);
  };
  const tokens = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  tokens.forEach((token, index) => {
    add(`w:${token}`, 1);
    const next = tokens[index + 1];
    if (next !== undefined) add(`p:${token} ${next}`, 0.5);
    for (let at = 0; at + 3 <= token.length; at++) add(`g:${token.slice(at, at + 3)}`, 0.35);
  });
  if (tokens.length === 0) add('empty', 1);
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1;
  return Array.from(vector, (value) => Number((value / length).toFixed(7)));
}

interface Wanted {
  request: IncomingMessage;
  response: ServerResponse;
  raw: string;
  body: Body;
  protocol: Protocol;
  path: string;
}

/** Reads the inputs, applies faults, loads the model, bills, and hands the vectors to `send`. */
function embedAll(
  simulation: Simulation,
  wanted: Wanted,
  input: readonly string[],
  send: (vectors: number[][], tokens: number, name: string, loadMs: number) => void,
): void {
  const { response, protocol, path, body } = wanted;
  const named = findModel(simulation, body.model);
  const { profile } = named;
  const at = simulation.now();
  // Nothing to embed only loads the model, as an empty prompt does.
  if (input.length > 0)
    keepReceived(simulation, { api: protocol, path, model: named.name, body: wanted.raw, at });
  const servedHere =
    profile !== undefined &&
    (profile.servedBy === 'ollama' || (protocol === 'openai' && profile.servedBy !== 'anthropic'));
  if (profile === undefined || !servedHere) {
    refuse(
      response,
      { protocol },
      'not_found',
      simulation,
      protocol === 'ollama'
        ? `model '${named.name}' not found`
        : `The model \`${named.name}\` does not exist or you do not have access to it.`,
    );
    return;
  }
  if (profile.kind !== 'embedding') {
    refuse(response, { protocol }, 'bad_request', simulation, `"${named.name}" does not support embeddings`);
    return;
  }
  const fault =
    named.fault !== undefined && isFaultName(named.fault)
      ? { fault: named.fault }
      : simulation.faults.take(protocol, named.name);
  if (fault !== undefined) {
    if (fault.fault === 'refuse') wanted.request.socket.destroy();
    else if (/^[45]\d\d$/.test(fault.fault)) {
      const kinds = {
        '400': 'bad_request',
        '401': 'unauthorized',
        '402': 'payment',
        '404': 'not_found',
        '429': 'rate_limit',
        '503': 'unavailable',
        '529': 'overloaded',
      } as const;
      refuse(response, { protocol }, kinds[fault.fault as keyof typeof kinds] ?? 'internal', simulation);
    } else if (!fault.fault.startsWith('hang')) refuse(response, { protocol }, 'internal', simulation);
    return;
  }
  const dimensions = Math.min(profile.dimensions, asNumber(body.dimensions) ?? profile.dimensions);
  const factor = simulation.mind.tokenFactor;
  const texts = input.map((text) => cutToTokens(text, profile.contextTokens, factor));
  const tokens = texts.reduce((sum, text) => sum + countTokens(text, factor), 0);
  const finish = (loadMs: number): void => {
    if (input.length === 0) {
      send([], 0, profile.name, loadMs);
      return;
    }
    const usage = { input: tokens, cached: 0, cacheWrite: 0, cacheWrite1h: 0, output: 0, reasoning: 0 };
    simulation.bill.add(
      {
        id: simulation.nextId('embed_'),
        at,
        protocol,
        endpoint: path,
        profile,
        outcome: 'ok',
        verdict: undefined,
      },
      usage,
    );
    const vectors = texts.map((text) => embed(text, dimensions));
    const wait = (profile.firstTokenMs + (tokens / profile.tokensPerSecond) * 1_000) * simulation.speed;
    if (wait <= 0) send(vectors, tokens, profile.name, loadMs);
    else simulation.timers.after(wait, () => send(vectors, tokens, profile.name, loadMs));
  };
  if (profile.servedBy !== 'ollama') {
    finish(0);
    return;
  }
  const ticket = simulation.host.acquire(profile, profile.contextTokens, 300_000, (loadMs) => {
    simulation.host.release(profile);
    finish(loadMs);
  });
  if (ticket === undefined) refuse(response, { protocol }, 'busy', simulation);
}

function texts(value: unknown): string[] | undefined {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string') ? value : undefined;
}

/** POST /api/embed */
export function ollamaEmbed(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  raw: string,
  body: Body,
): void {
  const input = texts(body.input);
  if (input === undefined) {
    refuse(response, { protocol: 'ollama' }, 'bad_request', simulation, 'invalid input type');
    return;
  }
  const window = findModel(simulation, body.model).profile?.contextTokens ?? Number.POSITIVE_INFINITY;
  const factor = simulation.mind.tokenFactor;
  if (body.truncate === false && input.some((text) => countTokens(text, factor) > window)) {
    const tooLong = 'the input length exceeds the context length';
    refuse(response, { protocol: 'ollama' }, 'bad_request', simulation, tooLong);
    return;
  }
  embedAll(
    simulation,
    { request, response, raw, body, protocol: 'ollama', path: '/api/embed' },
    input,
    (embeddings, tokens, name, loadMs) => {
      const load = Math.round(Math.max(0.05, loadMs) * 1e6);
      sendJson(response, {
        model: label(name),
        embeddings,
        total_duration: load + 1_000_000,
        load_duration: load,
        prompt_eval_count: tokens,
      });
    },
  );
}

/** POST /v1/embeddings; the official client asks for base64 unless told otherwise. */
export function openaiEmbeddings(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  raw: string,
  body: Body,
): void {
  const input = texts(body.input);
  if (input === undefined || input.length === 0) {
    refuse(
      response,
      { protocol: 'openai' },
      'bad_request',
      simulation,
      "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
    );
    return;
  }
  embedAll(
    simulation,
    { request, response, raw, body, protocol: 'openai', path: '/v1/embeddings' },
    input,
    (vectors, tokens, name) => {
      const encode = (vector: number[]): number[] | string =>
        body.encoding_format === 'base64'
          ? Buffer.from(new Float32Array(vector).buffer).toString('base64')
          : vector;
      const data = vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: encode(vector),
      }));
      sendJson(response, {
        object: 'list',
        data,
        model: label(name),
        usage: { prompt_tokens: tokens, total_tokens: tokens },
      });
    },
  );
}
