import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Frame } from '../deliver.ts';
import { type Encoder, exchange, type Outcome, refuse } from '../exchange.ts';
import { label, type Simulation } from '../simulation.ts';
import type { Ask, SimMessage, SimTool, TokenCount } from '../types.ts';
import { knownModel, refuseUnsupported } from './openai-models.ts';
import { asBody, asList, asNumber, asText, type Body, contentText, schemaOf } from './reading.ts';

/** POST /v1/responses */
export function responses(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  raw: string,
  body: Body,
): void {
  const named = knownModel(simulation, request, response, body.model);
  if (named === undefined) return;
  const { profile } = named;
  const messages = inputMessages(body);
  if (messages.length === 0) {
    refuse(
      response,
      { protocol: 'openai' },
      'bad_request',
      simulation,
      "Missing required parameter: 'input'.",
    );
    return;
  }
  const tools = responseTools(body.tools);
  const effort =
    typeof asBody(body.reasoning).effort === 'string' ? asText(asBody(body.reasoning).effort) : undefined;
  if (
    refuseUnsupported(simulation, response, profile, {
      body,
      effort,
      hasTools: tools.length > 0,
      api: 'responses',
    })
  )
    return;
  const format = asBody(asBody(body.text).format);
  const schema = format.type === 'json_schema' ? schemaOf(format.schema) : undefined;
  const choice = body.tool_choice;
  const forced = asText(asBody(choice).name);
  const ask: Ask = {
    protocol: 'openai',
    profile,
    messages,
    tools,
    toolChoice:
      choice === 'none' || choice === 'required' ? choice : forced !== '' ? { name: forced } : 'auto',
    schema,
    json: format.type === 'json_object' || schema !== undefined,
    constrained: schema !== undefined && profile.price !== undefined && format.strict === true,
    maxTokens: asNumber(body.max_output_tokens),
    stop: [],
    think: profile.kind === 'thinking' && effort !== 'none' && effort !== 'minimal',
  };
  exchange(simulation, {
    request,
    response,
    raw,
    path: '/v1/responses',
    named,
    ask,
    stream: body.stream === true,
    encoder: encoderFor(body),
    idPrefix: 'resp_sim_',
    contextTokens: profile.contextTokens,
    keepAliveMs: 300_000,
    caching: profile.price === undefined ? 'off' : 'auto',
  });
}

function inputMessages(body: Body): SimMessage[] {
  const messages: SimMessage[] = [];
  if (asText(body.instructions) !== '')
    messages.push({ role: 'system', content: asText(body.instructions), toolCalls: 0 });
  if (typeof body.input === 'string' && body.input !== '')
    messages.push({ role: 'user', content: body.input, toolCalls: 0 });
  for (const entry of asList(body.input)) {
    const item = asBody(entry);
    if (item.type === 'function_call')
      messages.push({ role: 'assistant', content: asText(item.arguments), toolCalls: 1 });
    else if (item.type === 'function_call_output')
      messages.push({ role: 'tool', content: contentText(item.output), toolCalls: 0 });
    else if (item.type === undefined || item.type === 'message') {
      const role =
        item.role === 'assistant'
          ? 'assistant'
          : item.role === 'system' || item.role === 'developer'
            ? 'system'
            : 'user';
      messages.push({ role, content: contentText(item.content), toolCalls: 0 });
    }
  }
  return messages;
}

function responseTools(value: unknown): SimTool[] {
  return asList(value)
    .map(asBody)
    .filter((tool) => tool.type === 'function')
    .map((tool) => ({
      name: asText(tool.name),
      description: asText(tool.description),
      parameters: asBody(tool.parameters),
    }));
}

function usageOf(usage: TokenCount): Body {
  const input = usage.input + usage.cached + usage.cacheWrite + usage.cacheWrite1h;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cached, cache_write_tokens: usage.cacheWrite },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: input + usage.output,
  };
}

function outputItems(outcome: Outcome): Body[] {
  const { reply, id, ask } = outcome;
  const items: Body[] = [];
  if (reply.reasoning !== '') items.push({ type: 'reasoning', id: `rs_${id}`, summary: [] });
  for (const call of reply.toolCalls) {
    items.push({
      type: 'function_call',
      id: `fc_${call.id}`,
      call_id: call.id,
      name: call.name,
      arguments: call.arguments,
      status: 'completed',
    });
  }
  if (reply.text !== '') {
    const refused = ask.constrained && /^(?:I'm sorry|I cannot|Unfortunately)/.test(reply.text);
    const part = refused
      ? { type: 'refusal', refusal: reply.text }
      : { type: 'output_text', text: reply.text, annotations: [], logprobs: [] };
    const status = reply.finish === 'length' ? 'incomplete' : 'completed';
    items.push({ type: 'message', id: `msg_${id}`, status, role: 'assistant', content: [part] });
  }
  return items;
}

function whole(outcome: Outcome, asked: Body, state: 'in_progress' | 'done'): Body {
  const { reply } = outcome;
  const incomplete = state === 'done' && reply.finish === 'length';
  return {
    id: outcome.id,
    object: 'response',
    created_at: Math.floor(outcome.at / 1_000),
    status: state === 'in_progress' ? 'in_progress' : incomplete ? 'incomplete' : 'completed',
    background: false,
    error: null,
    incomplete_details: incomplete ? { reason: 'max_output_tokens' } : null,
    instructions: asked.instructions ?? null,
    max_output_tokens: asked.max_output_tokens ?? null,
    model: label(outcome.ask.profile.name),
    output: state === 'done' ? outputItems(outcome) : [],
    parallel_tool_calls: asked.parallel_tool_calls ?? true,
    previous_response_id: asked.previous_response_id ?? null,
    reasoning: asked.reasoning ?? { effort: null, summary: null },
    service_tier: 'default',
    store: asked.store ?? true,
    temperature: asked.temperature ?? 1,
    text: asked.text ?? { format: { type: 'text' } },
    tool_choice: asked.tool_choice ?? 'auto',
    tools: asked.tools ?? [],
    top_p: asked.top_p ?? 1,
    truncation: 'disabled',
    usage: state === 'done' && outcome.withUsage ? usageOf(outcome.usage) : null,
    user: null,
    metadata: asked.metadata ?? {},
  };
}

function frames(outcome: Outcome, piecesFor: Parameters<Encoder['frames']>[1], asked: Body): Frame[] {
  const made: Frame[] = [];
  let tokens = 0;
  const add = (type: string, rest: Body, part: Frame['part']): void => {
    const data = JSON.stringify({ type, ...rest, sequence_number: made.length });
    made.push({ data: `event: ${type}\ndata: ${data}\n\n`, tokens, part });
  };
  add('response.created', { response: whole(outcome, asked, 'in_progress') }, 'start');
  add('response.in_progress', { response: whole(outcome, asked, 'in_progress') }, 'start');
  outputItems(outcome).forEach((item, output_index) => {
    if (item.type === 'message') {
      const part = asBody(asList(item.content)[0]);
      const refused = part.type === 'refusal';
      const at = { item_id: item.id, output_index, content_index: 0 };
      add(
        'response.output_item.added',
        { output_index, item: { ...item, status: 'in_progress', content: [] } },
        'content',
      );
      add(
        'response.content_part.added',
        { ...at, part: refused ? { ...part, refusal: '' } : { ...part, text: '' } },
        'content',
      );
      for (const piece of piecesFor(outcome.reply.text)) {
        tokens += piece.tokens;
        if (refused) add('response.refusal.delta', { ...at, delta: piece.text }, 'content');
        else add('response.output_text.delta', { ...at, delta: piece.text, logprobs: [] }, 'content');
      }
      if (refused) add('response.refusal.done', { ...at, refusal: outcome.reply.text }, 'finish');
      else add('response.output_text.done', { ...at, text: outcome.reply.text, logprobs: [] }, 'finish');
      add('response.content_part.done', { ...at, part }, 'finish');
      add('response.output_item.done', { output_index, item }, 'finish');
      return;
    }
    if (item.type === 'reasoning') tokens += outcome.usage.reasoning;
    const opened = item.type === 'function_call' ? { ...item, arguments: '', status: 'in_progress' } : item;
    add('response.output_item.added', { output_index, item: opened }, 'content');
    if (item.type === 'function_call') {
      const text = asText(item.arguments);
      for (let at = 0; at < text.length; at += 24)
        add(
          'response.function_call_arguments.delta',
          { item_id: item.id, output_index, delta: text.slice(at, at + 24) },
          'content',
        );
      add(
        'response.function_call_arguments.done',
        { item_id: item.id, output_index, name: item.name, arguments: text },
        'content',
      );
    }
    add('response.output_item.done', { output_index, item }, 'content');
  });
  tokens = Math.max(tokens, outcome.usage.output);
  const ended = outcome.reply.finish === 'length' ? 'response.incomplete' : 'response.completed';
  add(ended, { response: whole(outcome, asked, 'done') }, 'finish');
  return made;
}

function encoderFor(asked: Body): Encoder {
  return {
    streamType: 'text/event-stream; charset=utf-8',
    body: (outcome) => JSON.stringify(whole(outcome, asked, 'done')),
    frames: (outcome, piecesFor) => frames(outcome, piecesFor, asked),
    errorFrame: `event: error\ndata: ${JSON.stringify({ type: 'error', code: 'server_error', message: 'The server had an error while processing your request (simulated).', param: null, sequence_number: 99 })}\n\n`,
  };
}
