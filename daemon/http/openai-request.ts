import { z } from 'zod';
import { type Config, tierNames } from '../../config/config.ts';
import { SwarmdError } from '../../config/errors.ts';
import { didYouMean } from '../../config/suggest.ts';
import { parseFields } from './query.ts';

const textPart = z.strictObject({ type: z.literal('text', 'only text parts'), text: z.string() });

const message = z.strictObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool'], 'system, user, assistant or tool'),
  content: z.union([z.string(), z.array(textPart)], 'a text or a list of text parts'),
  name: z.string().optional(),
  tool_call_id: z.string().optional(),
});

const responseFormat = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text') }),
  z.strictObject({ type: z.literal('json_object') }),
  z.strictObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({ name: z.string().optional(), schema: z.record(z.string(), z.unknown()) }),
  }),
]);

/**
 * What of OpenAI's Chat Completions has an effect here. Parameters that would change the answer and are not
 * honoured are refused unless they hold the value that changes nothing: many clients always send those.
 */
const chatBody = z.strictObject({
  model: z.string(),
  messages: z.array(message).min(1),
  max_tokens: z.number().nullish(),
  max_completion_tokens: z.number().nullish(),
  temperature: z.number().nullish(),
  response_format: responseFormat.nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  n: z.literal(1, 'only 1').nullish(),
  top_p: z.literal(1, 'only 1: swarmd does not pass it on').nullish(),
  presence_penalty: z.literal(0, 'only 0: swarmd does not pass it on').nullish(),
  frequency_penalty: z.literal(0, 'only 0: swarmd does not pass it on').nullish(),
  logprobs: z.literal(false, 'only false').nullish(),
  // These name the request for the caller and change no answer.
  user: z.string().nullish(),
  metadata: z.unknown().optional(),
  store: z.boolean().nullish(),
  seed: z.unknown().optional(),
  parallel_tool_calls: z.unknown().optional(),
});

export interface OpenAiRequest {
  /** An action input (DESIGN.md 7.2). */
  input: Record<string, unknown>;
  stream: boolean;
  includeUsage: boolean;
}

/** Translates a body of `POST /v1/chat/completions` into an action of type `chat`. */
export function readChatBody(raw: unknown, config: Config): OpenAiRequest {
  const body = parseFields(chatBody, raw);
  const maxTokens = body.max_completion_tokens ?? body.max_tokens;
  const input = {
    type: 'chat',
    messages: body.messages.map(({ role, content, tool_call_id }) => ({
      role: role === 'developer' ? 'system' : role,
      content: typeof content === 'string' ? content : content.map((part) => part.text).join(''),
      ...(tool_call_id === undefined ? {} : { tool_call_id }),
    })),
    ...placement(body.model, config),
    ...(maxTokens === undefined || maxTokens === null ? {} : { max_tokens: maxTokens }),
    ...(body.temperature === undefined || body.temperature === null ? {} : { temperature: body.temperature }),
    ...schemaOf(body.response_format),
  };
  return { input, stream: body.stream === true, includeUsage: body.stream_options?.include_usage === true };
}

/** `auto` leaves the choice to the router; a tier or a model's name restricts it. */
function placement(model: string, config: Config): { tier?: string; model?: string } {
  if (model === 'auto') return {};
  const tier = tierNames.find((name) => name === model);
  if (tier !== undefined) return { tier };
  const names = tierNames.flatMap((name) => config.tiers[name].map((spec) => spec.name));
  if (names.includes(model)) return { model };
  const known = ['auto', ...tierNames, ...names];
  throw new SwarmdError('NOT_FOUND', `no model ${JSON.stringify(model)}${didYouMean(model, known)}`, {
    where: 'model',
    allowed: known.join(', '),
  });
}

function schemaOf(format: z.output<typeof responseFormat> | null | undefined): { schema?: object } {
  if (format?.type === 'json_object') return { schema: { type: 'object' } };
  if (format?.type === 'json_schema') return { schema: format.json_schema.schema };
  return {};
}
