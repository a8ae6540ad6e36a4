import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type Config, type ModelSpec, tierNames } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import { didYouMean } from '../../config/suggest.ts';
import type { EmbedAttempt } from '../../router/embed-call.ts';
import { clientName } from './access.ts';
import type { HttpContext } from './context.ts';
import { notFound } from './errors.ts';
import { parseFields } from './query.ts';

/** As OpenAI has it. */
const mostTexts = 2_048;
/** Texts of one call of the model: an answer that waits for the same host waits for so many at most. */
const textsPerCall = 16;

const text = z.string().min(1, 'a text that is not empty');
const body = z.strictObject({
  model: z.string().min(1).default('auto'),
  input: z.union([text, z.array(text).min(1).max(mostTexts)], {
    error: `a text, or a list of 1 to ${mostTexts} texts`,
  }),
  encoding_format: z.enum(['float', 'base64'], 'float or base64').default('float'),
  user: z.string().optional(),
});

/** What speaks OpenAI's Embeddings, on embedding models of the user's own hardware: no other may embed. */
export function embeddingRoutes(app: FastifyInstance, context: HttpContext): void {
  app.post('/v1/embeddings', { config: { access: 'submit' } }, async (request, reply) => {
    const { model: name, input, encoding_format: format } = parseFields(body, request.body);
    const config = context.control.config();
    const model = modelOf(name, config);
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, context.closing]);
    const client = clientName(context.access.callerOf(request));
    const { deadlineMs } = config.routing;
    const until = context.now() + deadlineMs;
    const texts = typeof input === 'string' ? [input] : input;
    const vectors: number[][] = [];
    let tokens = 0;
    for (let from = 0; from < texts.length; from += textsPerCall) {
      const left = Math.max(1, until - context.now());
      const attempt = await context.embedTexts({
        model,
        texts: texts.slice(from, from + textsPerCall),
        origin: { actionId: 'embeddings', ...(client === undefined ? {} : { client }) },
        type: 'embedding',
        priority: 5,
        waitMs: left,
        withinMs: left,
        signal,
      });
      if (attempt.kind === 'failed') throw asError(attempt, model);
      vectors.push(...attempt.vectors);
      tokens += attempt.inputTokens;
    }
    return {
      object: 'list',
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: format === 'base64' ? asBase64(vector) : vector,
      })),
      model: model.name,
      usage: { prompt_tokens: tokens, total_tokens: tokens },
    };
  });
}

/** The embedding model of this name or id, or the first for `auto`. */
function modelOf(name: string, config: Config): ModelSpec {
  const embedding = tierNames
    .flatMap((tier) => config.tiers[tier])
    .filter(({ kind }) => kind === 'embedding');
  const own = embedding.filter((model) => model.selfHosted);
  const names = own.map((model) => model.name);
  const allowed = names.length === 0 ? 'none is configured' : ['auto', ...names].join(', ');
  const found = name === 'auto' ? own[0] : embedding.find((one) => one.name === name || one.modelId === name);
  if (found === undefined && name === 'auto')
    throw new SwarmdError('MODEL_UNAVAILABLE', 'no embedding model is configured on your own hardware', {
      where: 'model',
      allowed: 'a model of kind embedding in a tier, such as all-minilm',
    });
  if (found === undefined) throw notFound(`embedding model${didYouMean(name, names)}`, name);
  if (!found.selfHosted)
    throw new SwarmdError(
      'INPUT_INVALID',
      `model: ${found.name} is behind an API; texts are embedded on your own hardware only`,
      { where: 'model', allowed },
    );
  return found;
}

function asError(attempt: Extract<EmbedAttempt, { kind: 'failed' }>, model: ModelSpec): SwarmdError {
  const { message, retryable } = attempt.error;
  if (attempt.ofTexts === true)
    return new SwarmdError('INPUT_INVALID', `input: ${message}`, {
      where: 'input',
      allowed: `texts that fit ${model.name}'s context of ${model.contextWindow} tokens`,
    });
  return new SwarmdError('MODEL_UNAVAILABLE', message, { where: model.name, retryable });
}

function asBase64(vector: readonly number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64');
}
