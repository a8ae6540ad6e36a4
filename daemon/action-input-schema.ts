import { z } from 'zod';
import { tierNames } from '../config/config.ts';

const dayMs = 86_400_000;

/** What each field may hold, in the words of an error message; nested fields are joined by dots. */
export const actionFields: Readonly<Record<string, string>> & { schema: string } = {
  type: 'the name of an action type',
  prompt: 'a text of 1 to 4,000,000 characters',
  messages: 'a list of 1 to 1,000 messages {role, content}',
  'messages.role': '"system", "user", "assistant" or "tool"',
  'messages.content': 'a text of at most 4,000,000 characters',
  'messages.tool_calls': 'a list of {id, name, arguments}, on messages of the assistant',
  'messages.tool_calls.id': 'a text',
  'messages.tool_calls.name': 'the name of a tool',
  'messages.tool_calls.arguments': 'the arguments of the call',
  'messages.tool_call_id': 'the id of the call this message answers',
  'messages.tool_name': 'the name of the tool this message comes from',
  input: 'an object with the fields the type’s template names',
  source: 'a text of 1 to 4,000,000 characters that the answer has to stay with',
  system: 'a text of at most 400,000 characters',
  agent: 'the name of an agent',
  objective: 'a text of 1 to 4,000,000 characters, with type "agent"',
  schema: 'a JSON Schema (an object) the answer must satisfy',
  max_tokens: 'a whole number from 1 to 1,000,000',
  temperature: 'a number from 0 to 2',
  privacy: '"local" (your own hardware only) or "any"',
  tier: tierNames.map((name) => `"${name}"`).join(', '),
  model: 'the name of a configured model',
  quality_threshold: 'a number from 0 to 1',
  must_pass: 'true or false',
  critical: 'true or false',
  budget_usd: 'dollars, from 0 (spend nothing) to 1,000,000',
  deadline_ms: 'milliseconds from now, a whole number from 1 to 30 days',
  priority: 'a whole number from 1 (high) to 10 (low)',
  attempts: 'a whole number from 1 to 20',
  idempotency_key: 'a text of 1 to 200 characters',
  parent_id: 'the id of an action',
  tags: 'a list of at most 20 texts of 1 to 64 characters',
  delay_ms: 'milliseconds from now, a whole number from 0 to 366 days',
  callback_url: 'an http or https address whose host notifications.callback_hosts names',
};

const text = z.string().max(4_000_000);

const message = z.strictObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: text,
  tool_calls: z
    .array(z.strictObject({ id: z.string().min(1), name: z.string().min(1), arguments: z.unknown() }))
    .optional(),
  tool_call_id: z.string().min(1).optional(),
  tool_name: z.string().min(1).optional(),
});

const jsonObject = z.record(z.string(), z.unknown());

/** DESIGN.md 7.2: the fields that have an effect today. One that has none yet is refused like any unknown field. */
export const actionInputSchema = z.strictObject({
  type: z.string().min(1).max(100).optional(),
  prompt: text.min(1).optional(),
  messages: z.array(message).min(1).max(1000).optional(),
  input: jsonObject.optional(),
  source: text.min(1).optional(),
  system: z.string().max(400_000).optional(),
  agent: z.string().min(1).max(100).optional(),
  objective: text.min(1).optional(),
  schema: jsonObject.optional(),
  max_tokens: z.int().min(1).max(1_000_000).optional(),
  temperature: z.number().min(0).max(2).optional(),
  privacy: z.enum(['local', 'any']).optional(),
  tier: z.enum(tierNames).optional(),
  model: z.string().min(1).max(200).optional(),
  quality_threshold: z.number().min(0).max(1).optional(),
  must_pass: z.boolean().optional(),
  critical: z.boolean().optional(),
  budget_usd: z.number().min(0).max(1_000_000).optional(),
  deadline_ms: z
    .int()
    .min(1)
    .max(30 * dayMs)
    .optional(),
  priority: z.int().min(1).max(10).optional(),
  attempts: z.int().min(1).max(20).optional(),
  idempotency_key: z.string().min(1).max(200).optional(),
  parent_id: z.string().min(1).max(100).optional(),
  callback_url: z.string().min(1).max(2_000).optional(),
  tags: z.array(z.string().min(1).max(64)).max(20).optional(),
  delay_ms: z
    .int()
    .min(0)
    .max(366 * dayMs)
    .optional(),
});

export type ActionInput = z.infer<typeof actionInputSchema>;
