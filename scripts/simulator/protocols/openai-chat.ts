import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Frame } from '../deliver.ts';
import { type Encoder, exchange, type Outcome, refuse } from '../exchange.ts';
import { label, type Simulation } from '../simulation.ts';
import type { Ask, SimMessage, TokenCount } from '../types.ts';
import { knownModel, refuseUnsupported } from './openai-models.ts';
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

/** POST /v1/chat/completions */
export function chatCompletions(
  simulation: Simulation,
  request: IncomingMessage,
  response: ServerResponse,
  raw: string,
  body: Body,
): void {
  const named = knownModel(simulation, request, response, body.model);
  if (named === undefined) return;
  const { profile } = named;
  const openai = { protocol: 'openai' } as const;
  if (asList(body.messages).length === 0) {
    refuse(response, openai, 'bad_request', simulation, "Missing required parameter: 'messages'.");
    return;
  }
  const tools = functionTools(body.tools);
  const effort = typeof body.reasoning_effort === 'string' ? body.reasoning_effort : undefined;
  if (
    refuseUnsupported(simulation, response, profile, {
      body,
      effort,
      hasTools: tools.length > 0,
      api: 'chat',
    })
  )
    return;
  const format = asBody(body.response_format);
  const schema = format.type === 'json_schema' ? schemaOf(asBody(format.json_schema).schema) : undefined;
  const choice = body.tool_choice;
  const forced = asText(asBody(asBody(choice).function).name);
  const ask: Ask = {
    protocol: 'openai',
    profile,
    messages: asList(body.messages).map(asMessage),
    tools,
    toolChoice:
      choice === 'none' || choice === 'required' ? choice : forced !== '' ? { name: forced } : 'auto',
    schema,
    json: format.type === 'json_object' || schema !== undefined,
    constrained:
      schema !== undefined && profile.price !== undefined && asBody(format.json_schema).strict === true,
    maxTokens: asNumber(body.max_completion_tokens) ?? asNumber(body.max_tokens),
    stop: stopList(body.stop),
    think: profile.kind === 'thinking' && effort !== 'none' && effort !== 'minimal',
  };
  const withUsage = asBody(body.stream_options).include_usage === true;
  exchange(simulation, {
    request,
    response,
    raw,
    path: '/v1/chat/completions',
    named,
    ask,
    stream: body.stream === true,
    encoder: withUsage ? encoderWithUsage : encoderWithout,
    idPrefix: 'chatcmpl-sim-',
    contextTokens: profile.contextTokens,
    keepAliveMs: 300_000,
    caching: profile.price === undefined ? 'off' : 'auto',
  });
}

function asMessage(value: unknown): SimMessage {
  const message = asBody(value);
  const role =
    message.role === 'developer'
      ? 'system'
      : message.role === 'system' || message.role === 'assistant' || message.role === 'tool'
        ? message.role
        : 'user';
  return { role, content: contentText(message.content), toolCalls: asList(message.tool_calls).length };
}

/** `prompt_tokens` includes cached and written ones, `completion_tokens` includes reasoning. */
function chatUsage(usage: TokenCount): Body {
  const prompt = usage.input + usage.cached + usage.cacheWrite + usage.cacheWrite1h;
  return {
    prompt_tokens: prompt,
    completion_tokens: usage.output,
    total_tokens: prompt + usage.output,
    prompt_tokens_details: {
      cached_tokens: usage.cached,
      cache_write_tokens: usage.cacheWrite,
      audio_tokens: 0,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

function finishReason(outcome: Outcome): string {
  const { finish } = outcome.reply;
  return finish === 'refusal' ? 'stop' : finish;
}

/** Structured output that is refused comes in `refusal`, not in `content`. */
function refused(outcome: Outcome): boolean {
  return outcome.ask.constrained && /^(?:I'm sorry|I cannot|Unfortunately)/.test(outcome.reply.text);
}

function calls(outcome: Outcome): Body[] {
  return outcome.reply.toolCalls.map((call) => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }));
}

/** Reasoning text is the model's own business at OpenAI; vLLM and other compatible servers show it. */
function reasoning(outcome: Outcome): Body {
  return outcome.ask.profile.price === undefined && outcome.reply.reasoning !== ''
    ? { reasoning_content: outcome.reply.reasoning }
    : {};
}

function body(outcome: Outcome): string {
  const { reply } = outcome;
  const no = refused(outcome);
  const message = {
    role: 'assistant',
    content: no || (reply.text === '' && reply.toolCalls.length > 0) ? null : reply.text,
    refusal: no ? reply.text : null,
    annotations: [],
    ...reasoning(outcome),
    ...(reply.toolCalls.length > 0 ? { tool_calls: calls(outcome) } : {}),
  };
  return JSON.stringify({
    id: outcome.id,
    object: 'chat.completion',
    created: Math.floor(outcome.at / 1_000),
    model: label(outcome.ask.profile.name),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(outcome) }],
    ...(outcome.withUsage ? { usage: chatUsage(outcome.usage) } : {}),
    service_tier: 'default',
    system_fingerprint: 'fp_simulated',
  });
}

function frames(
  outcome: Outcome,
  piecesFor: Parameters<Encoder['frames']>[1],
  includeUsage: boolean,
): Frame[] {
  const head = `{"id":${JSON.stringify(outcome.id)},"object":"chat.completion.chunk","created":${Math.floor(outcome.at / 1_000)},"model":${JSON.stringify(label(outcome.ask.profile.name))},"service_tier":"default","system_fingerprint":"fp_simulated"`;
  const made: Frame[] = [];
  const add = (delta: Body, part: Frame['part'], tokens: number, finish: string | null = null): void => {
    const choices = JSON.stringify([{ index: 0, delta, logprobs: null, finish_reason: finish }]);
    made.push({
      data: `data: ${head},"choices":${choices}${includeUsage ? ',"usage":null' : ''}}\n\n`,
      tokens,
      part,
    });
  };
  const { reply } = outcome;
  const hidden = outcome.ask.profile.price !== undefined;
  let tokens = hidden ? outcome.usage.reasoning : 0;
  add({ role: 'assistant', content: reply.toolCalls.length > 0 ? null : '', refusal: null }, 'start', 0);
  if (!hidden) {
    for (const piece of piecesFor(reply.reasoning)) {
      tokens += piece.tokens;
      add({ reasoning_content: piece.text }, 'content', tokens);
    }
  }
  const no = refused(outcome);
  for (const piece of piecesFor(reply.text)) {
    tokens += piece.tokens;
    add(no ? { refusal: piece.text } : { content: piece.text }, 'content', tokens);
  }
  reply.toolCalls.forEach((call, index) => {
    add(
      {
        tool_calls: [{ index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } }],
      },
      'content',
      tokens,
    );
    for (let at = 0; at < call.arguments.length; at += 24) {
      add(
        { tool_calls: [{ index, function: { arguments: call.arguments.slice(at, at + 24) } }] },
        'content',
        tokens,
      );
    }
  });
  const total = Math.max(tokens, outcome.usage.output);
  add({}, 'finish', total, finishReason(outcome));
  if (includeUsage && outcome.withUsage) {
    made.push({
      data: `data: ${head},"choices":[],"usage":${JSON.stringify(chatUsage(outcome.usage))}}\n\n`,
      tokens: total,
      part: 'usage',
    });
  }
  made.push({ data: 'data: [DONE]\n\n', tokens: total, part: 'end' });
  return made;
}

const streamType = 'text/event-stream; charset=utf-8';
const encoderWithUsage: Encoder = {
  streamType,
  body,
  frames: (outcome, piecesFor) => frames(outcome, piecesFor, true),
};
const encoderWithout: Encoder = {
  streamType,
  body,
  frames: (outcome, piecesFor) => frames(outcome, piecesFor, false),
};
