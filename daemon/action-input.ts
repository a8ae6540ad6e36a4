/**
 * The door through which every action comes (DESIGN.md 7.2): HTTP, commands, agents and other programs' BullMQ
 * jobs are validated here, once, and nowhere again.
 */
import type { z } from 'zod';
import { type Config, type ModelSpec, tierNames } from '../config/config.ts';
import { fromUsd } from '../config/money.ts';
import { didYouMean } from '../config/suggest.ts';
import type { NewAction } from '../memory/types/actions.ts';
import type { Privacy } from '../router/types.ts';
import { type ActionInput, actionFields, actionInputSchema } from './action-input-schema.ts';
import { brokenSchema } from './answer-schema.ts';
import { callbackFault } from './notify/callback-address.ts';
import { type PrivacyRules, privateBecause } from './privacy.ts';

/** One thing wrong with an input, for people and programs. */
export interface InputError {
  /** As the user would type it: `messages[2].role`; empty when the input as a whole is wrong. */
  field: string;
  /** Names the field, its value and what is allowed. */
  message: string;
  /** What would have been right, by itself. */
  allowed: string;
}

export interface ActionInputContext {
  config: Config;
  /** Milliseconds since 1970, UTC. */
  now: number;
  newId: () => string;
  /** The agents there are. */
  agents: PrivacyRules['agents'];
  /** Who submits, from the token; never from the input. */
  client?: string;
  /** What holds for everything it hands in. */
  clientPrivacy?: Privacy | undefined;
  /** The id of the job another program put into the queue. */
  queueJob?: string;
}

export type ParsedActionInput =
  | { ok: true; action: NewAction }
  | { ok: false; errors: readonly InputError[] };

/** Fields that `actions` keeps in columns of their own; everything else stays in `input`. */
const columns = [
  'type',
  'agent',
  'parent_id',
  'idempotency_key',
  'privacy',
  'priority',
  'attempts',
  'budget_usd',
  'deadline_ms',
  'delay_ms',
  'tags',
] as const;

/** What is left in `NewAction.input` (and `ActionRecord.input`), snake_case as it was submitted. */
export type StoredInput = Omit<ActionInput, (typeof columns)[number]>;

/** Validates one input and makes the action it asks for. Pure but for `newId`; every fault is reported, not only the first. */
export function parseActionInput(raw: unknown, context: ActionInputContext): ParsedActionInput {
  const parsed = actionInputSchema.safeParse(raw);
  if (!parsed.success)
    return { ok: false, errors: parsed.error.issues.flatMap((i) => describeIssue(i, raw)) };
  const input = parsed.data;
  const type = input.type ?? (input.objective === undefined ? 'prompt' : 'agent');
  const errors = [...faultsOfContent(input, type), ...faultsAgainstConfig(input, type, context)];
  if (errors.length > 0) return { ok: false, errors };
  const { now, config } = context;
  return {
    ok: true,
    action: {
      id: context.newId(),
      type,
      input: storedInput(input),
      client: context.client,
      agent: input.agent,
      parentId: input.parent_id,
      idempotencyKey: input.idempotency_key,
      queueJob: context.queueJob,
      privacy:
        privateBecause({ ...input, type, client: context.client }, context) === undefined ? 'any' : 'local',
      priority: input.priority ?? 5,
      attempts: input.attempts ?? config.queue.attempts,
      budget: input.budget_usd === undefined ? undefined : fromUsd(input.budget_usd),
      deadlineAt: input.deadline_ms === undefined ? undefined : now + input.deadline_ms,
      runAt: input.delay_ms === undefined || input.delay_ms === 0 ? undefined : now + input.delay_ms,
      tags: input.tags ?? [],
      createdAt: now,
      ...(input.parent_id === undefined ? {} : { treeLimits: config.agents }),
    },
  };
}

/** Validates several, all or none: the errors carry the index of the input they are about. */
export function parseActionInputs(
  raws: readonly unknown[],
  context: ActionInputContext,
):
  | { ok: true; actions: readonly NewAction[] }
  | { ok: false; errors: readonly (InputError & { index: number })[] } {
  const actions: NewAction[] = [];
  const errors: (InputError & { index: number })[] = [];
  for (const [index, raw] of raws.entries()) {
    const parsed = parseActionInput(raw, context);
    if (parsed.ok) actions.push(parsed.action);
    else errors.push(...parsed.errors.map((error) => ({ ...error, index })));
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, actions };
}

function storedInput(input: ActionInput): Record<string, unknown> {
  const rest: Record<string, unknown> = { ...input };
  for (const column of columns) delete rest[column];
  return rest;
}

/** The types that exist without any configuration. */
const builtInTypes = ['prompt', 'chat', 'agent'];

/** Every action type there is here: the built-in ones, those of the configuration and of actions_dir. */
export function knownTypes(config: Config): string[] {
  return [...new Set([...builtInTypes, ...Object.keys(config.actionTypes)])].sort();
}

function faultsOfContent(input: ActionInput, type: string): InputError[] {
  const errors: InputError[] = [];
  const content = ['prompt', 'messages', 'input', 'objective'] as const;
  if (content.every((field) => input[field] === undefined)) {
    const allowed = 'one of prompt, messages, input, objective';
    errors.push({ field: '', message: `the action asks for nothing; allowed: ${allowed}`, allowed });
  }
  if (input.prompt !== undefined && input.messages !== undefined)
    errors.push(fault('messages', 'given together with prompt', 'either prompt or messages'));
  if (input.objective !== undefined && type !== 'agent')
    errors.push(fault('objective', `given with type "${type}"`, 'objective only with type "agent"'));
  if (input.source !== undefined && type === 'agent')
    errors.push(
      fault('source', 'given with type "agent"', 'a source of one request; put it into the objective'),
    );
  if (type === 'agent' && input.objective === undefined && input.prompt === undefined)
    errors.push(fault('objective', 'missing', 'a text, because the type is "agent"'));
  const last = input.messages?.at(-1);
  if (last !== undefined && last.role !== 'user' && last.role !== 'tool') {
    const field = `messages[${(input.messages?.length ?? 1) - 1}].role`;
    errors.push(fault(field, quote(last.role), 'the last message comes from "user" or "tool"'));
  }
  const broken = input.schema === undefined ? undefined : brokenSchema(input.schema);
  if (broken !== undefined) errors.push(fault('schema', `not usable (${broken})`, actionFields.schema));
  return errors;
}

function faultsAgainstConfig(input: ActionInput, type: string, context: ActionInputContext): InputError[] {
  const { config, agents } = context;
  const errors: InputError[] = [];
  if (input.agent !== undefined && !agents.has(input.agent)) {
    const names = [...agents.keys()];
    errors.push(fault('agent', `${quote(input.agent)}${didYouMean(input.agent, names)}`, names.join(', ')));
  }
  const callback =
    input.callback_url === undefined ? undefined : callbackFault(input.callback_url, config.notifications);
  if (callback !== undefined)
    errors.push(fault('callback_url', callback, config.notifications.callbackHosts.join(', ') || 'none'));
  if (input.agent !== undefined && type === 'agent') {
    errors.push(
      fault(
        'agent',
        `given with type "agent"`,
        'an agent of its own, or an objective that is split among workers',
      ),
    );
  }
  const types = knownTypes(config);
  if (!types.includes(type))
    errors.push(fault('type', `${quote(type)}${didYouMean(type, types)}`, types.join(', ')));
  const models = tierNames.flatMap((tier) => config.tiers[tier]);
  const named = input.model === undefined ? undefined : models.find((model) => model.name === input.model);
  if (input.model !== undefined && named === undefined) {
    const names = models.map((model) => model.name);
    errors.push(
      fault('model', `${quote(input.model)}${didYouMean(input.model, names)}`, names.join(', ') || 'none'),
    );
  }
  if (named !== undefined && input.tier !== undefined && named.tier !== input.tier)
    errors.push(
      fault('tier', `${quote(input.tier)}, but ${named.name} is in ${named.tier}`, quote(named.tier)),
    );
  const why = privateBecause({ ...input, type, client: context.client }, context);
  if (why !== undefined) errors.push(...faultsOfPrivacy(input, why, named, config));
  return errors;
}

/** A private action that names a model outside can never run: better said now than after a wait. */
function faultsOfPrivacy(
  input: ActionInput,
  why: string,
  named: ModelSpec | undefined,
  config: Config,
): InputError[] {
  if (named !== undefined && !named.selfHosted)
    return [
      fault('model', `${quote(named.name)} runs elsewhere, but ${why}`, 'a model on your own hardware'),
    ];
  if (input.tier === undefined) return [];
  const inTier = config.tiers[input.tier];
  return inTier.length > 0 && inTier.every((model) => !model.selfHosted)
    ? [fault('tier', `${quote(input.tier)} has only models elsewhere, but ${why}`, 'a local tier')]
    : [];
}

function fault(field: string, is: string, allowed: string): InputError {
  return { field, message: `${field}: ${is}; allowed: ${allowed}`, allowed };
}

function describeIssue(issue: z.core.$ZodIssue, raw: unknown): InputError[] {
  const field = pathText(issue.path);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const known = knownKeys(issue.path);
      const name = field === '' ? key : `${field}.${key}`;
      return {
        field: name,
        message: `unknown field "${name}"${didYouMean(key, known)}; allowed: ${known.join(', ')}`,
        allowed: known.join(', '),
      };
    });
  }
  const allowed = allowedAt(issue.path) ?? issue.message;
  const value = valueAt(raw, issue.path);
  if (field === '') {
    const what = raw === null || typeof raw !== 'object' ? quote(raw) : 'something else';
    return [{ field, message: `an action is a JSON object, not ${what}`, allowed: 'a JSON object' }];
  }
  if (value === undefined) return [fault(field, 'missing', allowed)];
  const near =
    issue.code === 'invalid_value' && typeof value === 'string'
      ? didYouMean(value, issue.values.map(String))
      : '';
  return [fault(field, `${quote(value)}${near}`, allowed)];
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** `messages[2].role` is described as `messages.role`; the nearest described ancestor speaks for what is inside it. */
function allowedAt(path: readonly PropertyKey[]): string | undefined {
  const names = path.filter((part) => typeof part === 'string');
  for (let length = names.length; length > 0; length--) {
    const text = actionFields[names.slice(0, length).join('.')];
    if (text !== undefined) return text;
  }
  return undefined;
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  const prefix = path.filter((part) => typeof part === 'string').join('.');
  const start = prefix === '' ? '' : `${prefix}.`;
  return Object.keys(actionFields)
    .filter((name) => name.startsWith(start) && !name.slice(start.length).includes('.'))
    .map((name) => name.slice(start.length));
}

function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const part of path) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

/** The value as JSON, shortened: a whole document in an error message helps nobody. */
function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}…`;
}
