import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Frame } from '../deliver.ts';
import type { ErrorKind } from '../errors.ts';
import { type Encoder, type Exchange, exchange, type Outcome, refuse } from '../exchange.ts';
import { findModel, label, type Named, type Simulation } from '../simulation.ts';
import type { Ask, SimMessage, SimTool, TokenCount } from '../types.ts';
import {
  asBody,
  asList,
  asNumber,
  asText,
  type Body,
  contentText,
  parsedArguments,
  schemaOf,
  stopList,
} from './reading.ts';

const anthropic = { protocol: 'anthropic' } as const;

/** POST /v1/messages */
export function messages(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  raw: string,
  body: Body,
): void {
  const named = findModel(simulation, body.model);
  const { profile } = named;
  const problem = problemWith(request, body, named);
  if (problem !== undefined || profile === undefined) {
    refuse(response, anthropic, problem?.kind ?? 'not_found', simulation, problem?.message);
    return;
  }
  const given = asList(body.messages);
  const thinking = asText(asBody(body.thinking).type);
  const format = asBody(asBody(body.output_config).format);
  const schema = format.type === 'json_schema' ? schemaOf(format.schema) : undefined;
  const tools = asList(body.tools).map(asBody).map(asTool);
  const ask: Ask = {
    protocol: 'anthropic',
    profile,
    messages: allMessages(body, given),
    tools,
    toolChoice: toolChoice(asBody(body.tool_choice)),
    schema,
    json: schema !== undefined,
    constrained: schema !== undefined,
    maxTokens: asNumber(body.max_tokens),
    stop: stopList(body.stop_sequences),
    think: thinking === 'enabled' || thinking === 'adaptive',
  };
  exchange(simulation, {
    request,
    response,
    raw,
    path: '/v1/messages',
    named: { ...named, profile },
    ask,
    stream: body.stream === true,
    encoder,
    idPrefix: 'msg_sim_',
    contextTokens: profile.contextTokens,
    keepAliveMs: 300_000,
    caching: cachingOf(body, given, (tools.length > 0 ? 1 : 0) + (schema === undefined ? 0 : 1)),
  });
}

function problemWith(
  request: IncomingMessage,
  body: Body,
  named: Named,
): { kind: ErrorKind; message: string } | undefined {
  const bad = (message: string): { kind: ErrorKind; message: string } => ({ kind: 'bad_request', message });
  const key = request.headers['x-api-key'] ?? request.headers.authorization ?? '';
  const { profile } = named;
  if (key === '') return { kind: 'unauthorized', message: 'x-api-key header is required' };
  if (request.headers['anthropic-version'] === undefined) return bad('anthropic-version: header is required');
  if (asText(body.model) === '') return bad('model: Field required');
  if (profile?.servedBy !== 'anthropic') return { kind: 'not_found', message: `model: ${named.name}` };
  const maxTokens = asNumber(body.max_tokens);
  if (maxTokens === undefined) return bad('max_tokens: Field required');
  if (maxTokens < 1) return bad('max_tokens: Input should be greater than or equal to 1');
  if (maxTokens > profile.maxOutputTokens) {
    return bad(
      `max_tokens: ${maxTokens} > ${profile.maxOutputTokens}, which is the maximum allowed number of output tokens for ${profile.name}`,
    );
  }
  return asList(body.messages).length === 0 ? bad('messages: at least one message is required') : undefined;
}

function asTool(tool: Body): SimTool {
  return {
    name: asText(tool.name),
    description: asText(tool.description),
    parameters: asBody(tool.input_schema),
  };
}

function toolChoice(choice: Body): Ask['toolChoice'] {
  if (choice.type === 'tool') return { name: asText(choice.name) };
  if (choice.type === 'any') return 'required';
  return choice.type === 'none' ? 'none' : 'auto';
}

function allMessages(body: Body, given: readonly unknown[]): SimMessage[] {
  const result: SimMessage[] = [];
  const system = contentText(body.system);
  if (system !== '') result.push({ role: 'system', content: system, toolCalls: 0 });
  for (const entry of given) {
    const message = asBody(entry);
    const blocks = asList(message.content).map(asBody);
    const results = blocks.filter((block) => block.type === 'tool_result');
    if (message.role === 'assistant') {
      const calls = blocks.filter((block) => block.type === 'tool_use').length;
      result.push({ role: 'assistant', content: contentText(message.content), toolCalls: calls });
    } else if (results.length > 0) {
      // Results of tools come in a user's message; text beside them comments on them.
      const comment = contentText(blocks.filter((block) => block.type !== 'tool_result'));
      results.forEach((block, index) => {
        const text = contentText(block.content);
        result.push({
          role: 'tool',
          content: index === results.length - 1 && comment !== '' ? `${text}\n${comment}` : text,
          toolCalls: 0,
        });
      });
    } else
      result.push({
        role: message.role === 'system' ? 'system' : 'user',
        content: contentText(message.content),
        toolCalls: 0,
      });
  }
  return result;
}

/** Anthropic caches only up to a mark: on the request as a whole, on system blocks, on tools or in messages. */
function cachingOf(body: Body, given: readonly unknown[], before: number): Exchange['caching'] {
  let parts = 0;
  let oneHour = false;
  const mark = (holder: unknown, upTo: number): void => {
    const control = asBody(holder).cache_control;
    if (typeof control !== 'object' || control === null) return;
    parts = Math.max(parts, upTo);
    if (asBody(control).ttl === '1h') oneHour = true;
  };
  const system = contentText(body.system) === '' ? 0 : 1;
  for (const tool of asList(body.tools)) mark(tool, 1);
  for (const block of asList(body.system)) mark(block, before + 1);
  given.forEach((message, index) => {
    for (const block of asList(asBody(message).content)) mark(block, before + system + index + 1);
  });
  mark(body, Number.MAX_SAFE_INTEGER);
  return parts === 0 ? 'off' : { parts, oneHour };
}

function usageOf(usage: TokenCount, output: number): Body {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite + usage.cacheWrite1h,
    cache_read_input_tokens: usage.cached,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite,
      ephemeral_1h_input_tokens: usage.cacheWrite1h,
    },
    output_tokens: output,
    output_tokens_details: { thinking_tokens: Math.min(output, usage.reasoning) },
    server_tool_use: null,
    service_tier: 'standard',
    speed: 'standard',
    inference_geo: 'simulated',
  };
}

function stopReason(outcome: Outcome): string {
  const { reply } = outcome;
  if (reply.finish === 'length') return 'max_tokens';
  if (reply.finish === 'tool_calls') return 'tool_use';
  if (reply.finish === 'refusal') return 'refusal';
  return reply.stopSequence === undefined ? 'end_turn' : 'stop_sequence';
}

function stopFields(outcome: Outcome): Body {
  const reason = stopReason(outcome);
  return {
    stop_reason: reason,
    stop_sequence: outcome.reply.stopSequence ?? null,
    stop_details: reason === 'refusal' ? { type: 'refusal', category: null, explanation: null } : null,
    container: null,
  };
}

function blocks(outcome: Outcome): Body[] {
  const { reply } = outcome;
  const made: Body[] = [];
  if (reply.reasoning !== '')
    made.push({ type: 'thinking', thinking: reply.reasoning, signature: 'c2ltdWxhdGVk' });
  if (reply.text !== '' || reply.toolCalls.length === 0)
    made.push({ type: 'text', text: reply.text, citations: null });
  for (const call of reply.toolCalls) {
    made.push({
      type: 'tool_use',
      id: call.id,
      name: call.name,
      input: parsedArguments(call.arguments),
      caller: { type: 'direct' },
    });
  }
  return made;
}

function body(outcome: Outcome): string {
  return JSON.stringify({
    id: outcome.id,
    type: 'message',
    role: 'assistant',
    model: label(outcome.ask.profile.name),
    content: blocks(outcome),
    ...stopFields(outcome),
    diagnostics: null,
    ...(outcome.withUsage ? { usage: usageOf(outcome.usage, outcome.usage.output) } : {}),
  });
}

function frames(outcome: Outcome, piecesFor: Parameters<Encoder['frames']>[1]): Frame[] {
  const made: Frame[] = [];
  let tokens = 0;
  const add = (type: string, rest: Body, part: Frame['part']): void => {
    made.push({ data: `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`, tokens, part });
  };
  const usage = outcome.withUsage ? { usage: usageOf(outcome.usage, 1) } : {};
  const message = {
    id: outcome.id,
    type: 'message',
    role: 'assistant',
    model: label(outcome.ask.profile.name),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    stop_details: null,
    container: null,
    diagnostics: null,
    ...usage,
  };
  add('message_start', { message }, 'start');
  blocks(outcome).forEach((block, index) => {
    const delta = (rest: Body): void => add('content_block_delta', { index, delta: rest }, 'content');
    if (block.type === 'thinking') {
      add(
        'content_block_start',
        { index, content_block: { type: 'thinking', thinking: '', signature: '' } },
        'content',
      );
      for (const piece of piecesFor(outcome.reply.reasoning)) {
        tokens += piece.tokens;
        delta({ type: 'thinking_delta', thinking: piece.text });
      }
      delta({ type: 'signature_delta', signature: 'c2ltdWxhdGVk' });
    } else if (block.type === 'text') {
      add('content_block_start', { index, content_block: { ...block, text: '' } }, 'content');
      if (index === 0) add('ping', {}, 'content');
      for (const piece of piecesFor(outcome.reply.text)) {
        tokens += piece.tokens;
        delta({ type: 'text_delta', text: piece.text });
      }
    } else {
      const call = outcome.reply.toolCalls.find((entry) => entry.id === block.id);
      const text = call?.arguments ?? '{}';
      add('content_block_start', { index, content_block: { ...block, input: {} } }, 'content');
      delta({ type: 'input_json_delta', partial_json: '' });
      for (let at = 0; at < text.length; at += 24)
        delta({ type: 'input_json_delta', partial_json: text.slice(at, at + 24) });
    }
    add('content_block_stop', { index }, 'content');
  });
  tokens = Math.max(tokens, outcome.usage.output);
  const final = outcome.withUsage
    ? { usage: usageOf(outcome.usage, outcome.usage.output) }
    : { usage: { output_tokens: 0 } };
  add('message_delta', { delta: stopFields(outcome), ...final }, 'finish');
  add('message_stop', {}, 'end');
  return made;
}

const encoder: Encoder = { streamType: 'text/event-stream; charset=utf-8', body, frames };
