import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { SwarmdError } from '../../config/errors.ts';
import { connect } from '../../daemon/client.ts';
import { ask } from '../../memory/ask.ts';
import { conflictsWith, supersedeEntry } from '../../memory/curate.ts';
import type { Store } from '../../memory/database.ts';
import { writeEntry } from '../../memory/entries.ts';
import { listLine, renderLine } from '../../memory/entry-lines.ts';
import { toJson } from '../../memory/entry-rows.ts';
import { parseQuery } from '../../memory/grammar.ts';
import { fromObject } from '../../memory/read-entries.ts';
import { searchEntries } from '../../memory/search.ts';
import { durationMs } from '../../memory/time-words.ts';
import { claimTodo, closeTodo, listTodos, todoContext } from '../../memory/todo.ts';
import type { Identity } from '../../memory/types/entries.ts';
import type { QuestionVector } from './question-vector.ts';
import { version } from './version.ts';

export interface MemoryServerOptions {
  store: Store;
  /** Who the client is; undefined: the owner. What it may see and write is the store's to say. */
  identity: Identity | undefined;
  readOnly: boolean;
  now: () => number;
  /** The vector of what is searched for; without it words only are searched. */
  vectorOf?: QuestionVector;
}

const terms = z
  .array(z.string())
  .describe('Filters as key=value, AND-ed: ["t=d", "topic=auth", "recent=7d", "text=two words", "limit=5"]');

/** The memory as an MCP server: tools to ask, search, write and claim; resources for what is new and what it cost. */
export function createMemoryServer(options: MemoryServerOptions): McpServer {
  const server = new McpServer({ name: 'swarmd-memory', version: version() });
  addReading(server, options);
  addResources(server, options);
  if (!options.readOnly) addWriting(server, options);
  return server;
}

function addReading(server: McpServer, { store, identity, now, vectorOf }: MemoryServerOptions): void {
  server.registerTool(
    'memory_query',
    {
      description: 'Entries by filter, newest first.',
      inputSchema: { filters: terms },
      annotations: { readOnlyHint: true },
    },
    ({ filters }) => answer(() => asked(store, filters, now(), identity)),
  );
  server.registerTool(
    'memory_search',
    {
      description:
        'Entries by their words, and by meaning too where the memory has vectors; best match first.',
      inputSchema: { text: z.string(), limit: z.number().int().min(1).max(100).default(10) },
      annotations: { readOnlyHint: true },
    },
    ({ text, limit }) =>
      answer(async () => {
        const vector = await vectorOf?.(text);
        const found = searchEntries(store, { text, vector, limit, now: now(), identity });
        return found.map(({ entry }) => toJson(entry));
      }),
  );
  server.registerTool(
    'ledger_query',
    {
      description:
        'Model calls with tier, quality and cost: filters as for memory_query; by=tier|day|agent|client|model|type sums them.',
      inputSchema: { filters: terms.default([]), summary: z.boolean().default(false) },
      annotations: { readOnlyHint: true },
    },
    ({ filters, summary }) =>
      answer(() =>
        asked(store, [`topic=${summary ? 'llm_summary' : 'llm_cost'}`, ...filters], now(), identity),
      ),
  );
  server.registerTool(
    'todo_list',
    {
      description:
        'Todos that are not done, the most pressing first; with an id, what is known about that one.',
      inputSchema: { id: z.number().int().optional() },
      annotations: { readOnlyHint: true },
    },
    ({ id }) =>
      answer(() => {
        if (id === undefined) {
          const states = ['OPEN', 'IN_PROGRESS', 'BLOCKED'];
          return listTodos(store, { states, limit: 50, now: now(), identity }).map(toJson);
        }
        const { todo, related } = todoContext(store, id, identity);
        return [todo, ...related].map(toJson);
      }),
  );
}

function addWriting(server: McpServer, { store, identity, now }: MemoryServerOptions): void {
  server.registerTool(
    'memory_write',
    {
      description: 'Stores an entry; the same content again is counted, not stored twice.',
      inputSchema: {
        type: z
          .string()
          .describe(
            'decision, question, action, fact, note, conversation, todo, goal, attempt, result, lesson or phase',
          ),
        text: z.string(),
        topic: z.string().optional(),
        choice: z.string().optional(),
        rationale: z.string().optional(),
        importance: z.enum(['H', 'M', 'L']).optional(),
        scope: z.enum(['shared', 'chat', 'agent', 'team']).optional(),
        visibility: z.enum(['public', 'internal', 'private']).optional(),
        task_id: z.string().optional(),
        untrusted: z.boolean().optional().describe('The text was taken from a page, a file or a tool.'),
        supersedes: z.number().int().optional().describe('The id of the entry this one replaces.'),
      },
    },
    ({ supersedes, untrusted, ...fields }) =>
      answer(() =>
        store.transaction(() => {
          const trust = untrusted === true ? 'untrusted' : 'agent';
          const { id: _, ...entry } = fromObject({ ...fields, trust }, now());
          if (supersedes !== undefined) {
            const { replacement } = supersedeEntry(store, {
              id: supersedes,
              by: entry,
              now: now(),
              identity,
            });
            return { ...toJson(replacement), supersedes };
          }
          const stored = writeEntry(store, { entry, now: now(), identity });
          const conflicts = conflictsWith(store, stored, identity).map((other) => other.id);
          return { ...toJson(stored), conflicts };
        }, 'full'),
      ),
  );
  server.registerTool(
    'todo_claim',
    {
      description: 'Takes a todo (the most pressing free one without an id) until the lease ends.',
      inputSchema: { id: z.number().int().optional(), lease: z.string().default('45min') },
    },
    ({ id, lease }) =>
      answer(() =>
        store.transaction(() => {
          const holder = identity?.client ?? 'mcp';
          const claim = claimTodo(store, {
            id,
            holder,
            leaseMs: durationMs(lease, 'lease'),
            now: now(),
            identity,
          });
          return claim === undefined
            ? { free: 0 }
            : { ...toJson(claim.todo), fence: claim.fence, until: new Date(claim.until).toISOString() };
        }, 'full'),
      ),
  );
  server.registerTool(
    'todo_close',
    {
      description:
        'Ends work on a claimed todo: done with its result, blocked with the reason, or open again.',
      inputSchema: {
        id: z.number().int(),
        fence: z.number().int(),
        state: z.enum(['DONE', 'BLOCKED', 'OPEN']),
        text: z.string().optional(),
      },
    },
    ({ id, fence, state, text }) =>
      answer(() =>
        store.transaction(
          () =>
            toJson(
              closeTodo(store, { id, fence, state, text, holder: identity?.client, now: now(), identity }),
            ),
          'full',
        ),
      ),
  );
  // The daemon decides what an action may do; here its own token is used, which is the owner's.
  if (identity !== undefined) return;
  server.registerTool(
    'submit_action',
    {
      description: 'Gives the running daemon an action to work on; returns its id.',
      inputSchema: {
        action: z.record(z.string(), z.unknown()).describe('{type, prompt, …} as for POST /v1/actions'),
      },
    },
    ({ action }) => answer(async () => await (await connect()).submit(action)),
  );
}

function addResources(server: McpServer, { store, identity, now }: MemoryServerOptions): void {
  const lines = (filters: string[], lineOf: typeof listLine) => {
    const found = ask(store, parseQuery(filters, now()), { now: now(), identity });
    return found.kind === 'entries' ? found.entries.map((entry) => lineOf(entry, now())).join('\n') : '';
  };
  server.registerResource(
    'recent',
    'memory://recent',
    { title: 'Recent entries', mimeType: 'text/plain' },
    (uri) => ({ contents: [{ uri: uri.href, text: lines(['limit=20'], renderLine) }] }),
  );
  server.registerResource(
    'costs',
    'memory://costs/today',
    { title: "The day's model calls and costs", mimeType: 'text/plain' },
    (uri) => ({ contents: [{ uri: uri.href, text: lines(['topic=llm_summary', 'limit=1'], listLine) }] }),
  );
}

function asked(store: Store, filters: string[], at: number, identity: Identity | undefined): unknown {
  const found = ask(store, parseQuery(filters, at), { now: at, identity });
  if (found.kind === 'entries') return found.entries.map(toJson);
  return found.kind === 'count' ? { count: found.count } : found.groups;
}

/** An expected mistake is an answer the model can act on; only surprises are errors of the protocol. */
async function answer(work: () => unknown): Promise<CallToolResult> {
  try {
    return { content: [{ type: 'text', text: JSON.stringify(await work()) }] };
  } catch (error) {
    if (!(error instanceof SwarmdError)) throw error;
    return { isError: true, content: [{ type: 'text', text: JSON.stringify(error.toJSON()) }] };
  }
}
