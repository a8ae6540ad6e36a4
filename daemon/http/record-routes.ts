import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { toJson } from '../../memory/entry-rows.ts';
import type { NewEntry } from '../../memory/types/entries.ts';
import { clientName, identityOf, ownAction, ownCalls } from './access.ts';
import type { HttpContext } from './context.ts';
import { entryId, streamEntries } from './entry-stream.ts';
import { parseColumns, parseFields, sinceTime } from './query.ts';
import { actionJson } from './wire/action-json.ts';
import { callJson } from './wire/explanation-json.ts';
import { budgetJson, ownBudgetJson, sumsJson } from './wire/ledger-json.ts';

const ledgerQuery = z.strictObject({
  action_id: z.string().optional(),
  since: z.string().optional(),
  until: z.string().optional(),
  by: z.string().optional(),
});

const optionalText = z.string().max(10_000).optional();

const entryBody = z.strictObject({
  type: z.string().min(1, 'a letter or a word').max(20),
  text: z.string().min(1, 'a text').max(1_000_000),
  topic: optionalText,
  choice: optionalText,
  rationale: optionalText,
  session: optionalText,
  source: optionalText,
  importance: z.enum(['H', 'M', 'L'], 'H, M or L').optional(),
  due: optionalText,
  links: optionalText,
  scope: optionalText,
  chat_id: optionalText,
  role: optionalText,
  visibility: optionalText,
  project: optionalText,
  task_id: optionalText,
  metric: optionalText,
});

const searchQuery = z.strictObject({
  text: z.string().min(1, 'what is searched for').max(10_000),
  limit: z.coerce.number().int().min(1).max(100).default(10),
});

const read = { config: { access: 'read' } } as const;

/** Reads of the record: trees, entries, ledger, budget; and the writing of entries. */
export function recordRoutes(app: FastifyInstance, context: HttpContext): void {
  const { memory, now, access } = context;
  const { callerOf } = access;

  app.get('/v1/trees/:id', read, async (request: FastifyRequest<{ Params: { id: string } }>) => {
    const { id } = request.params;
    const action = ownAction(callerOf(request), memory.actions.get(id), id);
    return { root_id: action.rootId, actions: memory.actions.tree(action.rootId).map(actionJson) };
  });

  // Every parameter is a term of the grammar of `mem-db query`: /v1/entries?topic=auth&recent=7d
  app.get('/v1/entries', read, async (request) => {
    const terms = Object.entries(request.query as Record<string, string | string[]>).flatMap(([key, value]) =>
      [value].flat().map((one) => `${key}=${one}`),
    );
    return { entries: memory.entries.query(terms, now(), identityOf(callerOf(request))).map(toJson) };
  });

  // By words, and by meaning where the memory has vectors: what `mem-db semantic` finds.
  app.get('/v1/entries/search', read, async (request) => {
    const { text, limit } = parseFields(searchQuery, request.query);
    const identity = identityOf(callerOf(request));
    const found = await context.searchEntries({ text, limit, identity, signal: context.closing });
    return {
      entries: found.results.map(({ entry, score, wordRank, vectorRank }) => ({
        ...toJson(entry),
        score,
        word_rank: wordRank ?? null,
        vector_rank: vectorRank ?? null,
      })),
      words_only: found.wordsOnly ?? null,
    };
  });

  // New entries as they are written, by any process; `Last-Event-ID` or `?after=` goes on where a reader was.
  app.get('/v1/entries/events', read, async (request, reply) => {
    const { after, ...filters } = request.query as Record<string, string>;
    const lastId = request.headers['last-event-id'];
    streamEntries(context, request, reply, {
      after: entryId(typeof lastId === 'string' ? lastId : after),
      terms: Object.entries(filters).map(([key, value]) => `${key}=${value}`),
    });
  });

  app.post('/v1/entries', { config: { access: 'submit' } }, async (request, reply) => {
    const { chat_id, task_id, ...rest } = parseFields(entryBody, request.body);
    const entry = {
      ...rest,
      ...(chat_id === undefined ? {} : { chatId: chat_id }),
      ...(task_id === undefined ? {} : { taskId: task_id }),
    } as NewEntry;
    reply.code(201);
    return toJson(await memory.entries.write(entry, identityOf(callerOf(request))));
  });

  app.get('/v1/ledger', read, async (request) => {
    const query = parseFields(ledgerQuery, request.query);
    const caller = callerOf(request);
    const client = clientName(caller);
    const { action_id: id } = query;
    if (id !== undefined) {
      // The owner also sees the calls of actions that were pruned.
      if (client !== undefined) ownAction(caller, memory.actions.get(id), id);
      return { calls: ownCalls(caller, memory.calls.forAction(id)).map(callJson) };
    }
    const since = sinceTime(query.since ?? '24h', now());
    const until = query.until === undefined ? now() + 1 : sinceTime(query.until, now());
    const sums = memory.calls.sums(since, until, parseColumns(query.by ?? 'tier'), client);
    return {
      since: new Date(since).toISOString(),
      until: new Date(until).toISOString(),
      sums: sums.map(sumsJson),
    };
  });

  app.get('/v1/budget', { config: { access: 'client' } }, async (request) => {
    const caller = callerOf(request);
    const budget = budgetJson(memory.budget.status());
    return caller.kind === 'owner' || caller.client.scopes.includes('admin')
      ? budget
      : ownBudgetJson(budget, caller.client.name);
  });
}
