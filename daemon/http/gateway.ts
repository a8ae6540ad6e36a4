import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { tierNames } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import { toUsd } from '../../config/money.ts';
import type { Outcome } from '../../router/types.ts';
import type { ChatResult } from '../control.ts';
import { clientName } from './access.ts';
import type { HttpContext } from './context.ts';
import { InputRefused } from './errors.ts';
import { readChatBody } from './openai-request.ts';

/** A comment now and then keeps proxies from closing a line on which the answer is still being judged. */
const keepOpenMs = 5000;

type Answered = Extract<Outcome, { kind: 'answered' }>;

interface Completion {
  id: string;
  created: number;
  outcome: Answered;
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

/** What speaks OpenAI's Chat Completions: any client library works with `base_url` pointing here. */
export function gatewayRoutes(app: FastifyInstance, context: HttpContext): void {
  app.get('/v1/models', { config: { access: 'client' } }, async () => {
    const { tiers } = context.control.config();
    const owned = (id: string, owner: string) => ({ id, object: 'model', created: 0, owned_by: owner });
    return {
      object: 'list',
      data: [
        owned('auto', 'swarmd'),
        ...tierNames.map((tier) => owned(tier, 'swarmd')),
        ...tierNames.flatMap((tier) => tiers[tier].map((model) => owned(model.name, model.provider))),
      ],
    };
  });

  app.post('/v1/chat/completions', { config: { access: 'submit' } }, async (request, reply) => {
    const { input, stream, includeUsage } = readChatBody(request.body, context.control.config());
    const gone = new AbortController();
    const leave = () => gone.abort();
    reply.raw.once('close', leave);
    const signal = AbortSignal.any([gone.signal, context.closing]);
    const client = clientName(context.access.callerOf(request));
    const answering = context.control.chat(input, { signal, ...(client === undefined ? {} : { client }) });
    if (stream) return streamed(request, reply, answering, includeUsage);
    const completion = readResult(await answering, context.now());
    for (const [name, value] of Object.entries(headersOf(completion.outcome))) reply.header(name, value);
    return completionJson(completion);
  });
}

/** The failure of an outcome as the error it is; the answer otherwise. */
function readResult(result: ChatResult, now: number): Completion {
  if (!result.ok) throw new InputRefused(result.errors);
  const { id, outcome, usage } = result;
  if (outcome.kind === 'failed')
    throw new SwarmdError(outcome.error.code, outcome.error.message, {
      where: id,
      retryable: outcome.error.retryable,
    });
  if (outcome.kind === 'waiting')
    throw new SwarmdError('MODEL_UNAVAILABLE', `no place came free on ${outcome.host}`, {
      where: id,
      retryable: true,
    });
  return {
    id: `chatcmpl-${id}`,
    created: Math.floor(now / 1000),
    outcome,
    usage: {
      prompt_tokens: usage.inputTokens,
      completion_tokens: usage.outputTokens,
      total_tokens: usage.inputTokens + usage.outputTokens,
    },
  };
}

function headersOf(outcome: Answered): Record<string, string> {
  return {
    'x-swarmd-tier': outcome.tier,
    'x-swarmd-quality': outcome.quality.toFixed(2),
    'x-swarmd-cost-usd': String(toUsd(outcome.cost)),
  };
}

/** Why it was this model and what it cost: beside OpenAI's fields, where its clients ignore it. */
function aboutJson(outcome: Answered): object {
  return {
    tier: outcome.tier,
    quality: outcome.quality,
    cost_usd: toUsd(outcome.cost),
    cached: outcome.cached,
    degraded: outcome.degraded ?? null,
    reason: outcome.reason,
  };
}

function completionJson({ id, created, outcome, usage }: Completion): object {
  return {
    id,
    object: 'chat.completion',
    created,
    model: outcome.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: outcome.answer.text, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage,
    swarmd: aboutJson(outcome),
  };
}

/**
 * An answer that may still be rejected is never shown: the stream stays open with comments until the
 * assessment has passed, then carries the answer in one piece.
 */
async function streamed(
  request: FastifyRequest,
  reply: FastifyReply,
  answering: Promise<ChatResult>,
  includeUsage: boolean,
): Promise<void> {
  const { raw } = reply;
  reply.hijack();
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const comment = () => raw.write(': the answer is being judged\n\n');
  comment();
  const heartbeat = setInterval(comment, keepOpenMs);
  try {
    const completion = readResult(await answering, Date.now());
    for (const chunk of chunks(completion, includeUsage)) raw.write(`data: ${JSON.stringify(chunk)}\n\n`);
    raw.write('data: [DONE]\n\n');
  } catch (error) {
    if (!(error instanceof SwarmdError)) request.log.error({ err: error }, 'chat failed');
    const known =
      error instanceof SwarmdError
        ? error
        : new SwarmdError('INTERNAL', 'something went wrong inside; the daemon’s log has the details');
    raw.write(`data: ${JSON.stringify({ error: known.toJSON() })}\n\n`);
  } finally {
    clearInterval(heartbeat);
    raw.end();
  }
}

function chunks({ id, created, outcome, usage }: Completion, includeUsage: boolean): object[] {
  const chunk = (delta: object, finish: 'stop' | null) => ({
    id,
    object: 'chat.completion.chunk',
    created,
    model: outcome.model,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }],
  });
  return [
    chunk({ role: 'assistant', content: outcome.answer.text }, null),
    { ...chunk({}, 'stop'), swarmd: aboutJson(outcome) },
    ...(includeUsage ? [{ ...chunk({}, null), choices: [], usage }] : []),
  ];
}
